"""The register: recipients and their versions."""

import strawberry
from strawberry import Parent

from amanah.contracts import register
from amanah.contracts.register import GetRecipients, ListRecipients, ListVersions, RecipientView, RevealNik, VersionView
from gateway.context import Info
from gateway.schema.areas import Area, area_of
from gateway.schema.derive import input_over, output, over, request, resolver
from gateway.schema.errors import payload, with_user_errors
from gateway.schema.node import Node
from gateway.schema.pagination import PAGE, Connection, connection, page_of, page_size


@output
class Household:
    """People of one family card. Its number is masked."""

    number: str
    size: int | None


@over(register.FieldChange)
class FieldChange:
    """Change of one field in a version. Personal numbers are masked."""


@over(VersionView)
class RecipientVersion:
    """One version of a recipient, with author, authority and reason."""


@over(RecipientView, without=("household_number", "household_size"), found_by=GetRecipients)
class Recipient(Node):
    """Person on the register. NIK and family card number are masked."""

    area: Area = strawberry.field(resolver=area_of, description="Area where the recipient lives.")

    @resolver
    @staticmethod
    def household(recipient: Parent[RecipientView]) -> Household:
        """Household of the recipient."""
        return Household(number=recipient.household_number, size=recipient.household_size)

    @resolver
    @staticmethod
    async def versions(
        recipient: Parent[RecipientView], info: Info, first: int | None = PAGE, after: str | None = None
    ) -> Connection[VersionView]:
        """History of the recipient, the newest version first."""
        ask = ListVersions(recipient_id=recipient.id, first=page_size(first), after=after)
        page = await info.context.call(ask)
        cursors = [str(version.version) for version in page.nodes]
        return connection(page.nodes, cursors, total=page.total, more=page.more, after=after)


@input_over(ListRecipients, without=("first", "after"))
class RecipientFilter:
    """Filter of recipients. All conditions must hold."""


@input_over(RevealNik)
class RevealNikInput:
    """Recipient whose NIK is to be shown, and the reason."""


@payload
class RevealNikPayload:
    """The sixteen digits, or the errors of the input."""

    nik: str | None = None


@strawberry.type
class RecipientQueries:
    """Queries on recipients."""

    @resolver
    async def recipients(
        self, info: Info, filter: RecipientFilter | None = None, first: int | None = PAGE, after: str | None = None
    ) -> Connection[RecipientView]:
        """Recipients in the areas that the viewer may see."""
        page = await info.context.call(request(ListRecipients, filter, first=page_size(first), after=after))
        return page_of(page, after)


@strawberry.type
class RecipientMutations:
    """Mutations on recipients."""

    @resolver
    @with_user_errors
    async def reveal_nik(self, info: Info, input: RevealNikInput) -> RevealNikPayload:
        """Shows the full NIK of one recipient to those whose role allows it. Every call writes an audit entry."""
        return RevealNikPayload(nik=(await info.context.call(request(RevealNik, input))).nik)
