"""The register: recipients and their versions."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, cast

import strawberry

from amanah.contracts.register import ListRecipients, ListVersions, RecipientView, RevealNik, VersionView
from gateway.context import Info
from gateway.schema.areas import Area, area
from gateway.schema.errors import UserError, attempt
from gateway.schema.fields import resolved
from gateway.schema.locations import Location
from gateway.schema.node import Node
from gateway.schema.pagination import PAGE, Connection, connection, page_size
from gateway.schema.people import By, by
from gateway.schema.scalars import AreaCode


@strawberry.enum(description="Whether a recipient may be on a roster.")
class RecipientStatus(StrEnum):
    """The status of a recipient."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    REMOVED = "REMOVED"


@strawberry.enum(description="As the family card has it.")
class Sex(StrEnum):
    """The sex of a recipient."""

    MALE = "MALE"
    FEMALE = "FEMALE"


@strawberry.type(description="The people of one family card; its number is masked.")
class Household:
    """A household."""

    number: str
    size: int | None


@strawberry.type(description="What one version changed in one field; personal numbers are masked.")
class FieldChange:
    """One field's change."""

    field: str
    before: str | None
    after: str | None


@strawberry.type(description="One version of a recipient: who made it, when, on what authority and why.")
class RecipientVersion:
    """One version."""

    version: int
    at: datetime
    by: By
    authority: str
    reason: str
    changes: list[FieldChange]


@strawberry.type(description="A person on the register. NIK and family card number are masked.")
class Recipient(Node):
    """One recipient, as most may see them."""

    nik: str
    name: str
    birth_date: date | None
    sex: Sex | None
    address: str
    status: RecipientStatus
    version: int
    area_code: strawberry.Private[str]
    household: Household
    location: Location | None

    @resolved("Where the recipient lives.")
    def area(self, info: Info) -> Area:
        """The recipient's area."""
        return area(info.context.areas, self.area_code)

    @resolved("The history, the newest version first.")
    async def versions(
        self, info: Info, first: int | None = PAGE, after: str | None = None
    ) -> Connection[RecipientVersion]:
        """A page of the history."""
        ask = ListVersions(recipient_id=self.id, first=page_size(first), after=after)
        page = await info.context.call(ask)
        versions = [version(view) for view in page.nodes]
        return connection(versions, [str(v.version) for v in versions], total=page.total, more=page.more, after=after)


@strawberry.input(description="Which recipients: all of what is given must hold. `nik` is matched exactly.")
class RecipientFilter:
    """Which recipients."""

    area: AreaCode | None = None
    status: RecipientStatus | None = None
    search: str | None = None
    nik: str | None = None


def recipient(view: RecipientView) -> Recipient:
    """The recipient of a view."""
    return Recipient(
        id=strawberry.ID(view.id),
        nik=view.nik,
        name=view.name,
        birth_date=view.birth_date,
        sex=Sex(view.sex) if view.sex else None,
        address=view.address,
        status=RecipientStatus(view.status),
        version=view.version,
        area_code=view.area,
        household=Household(number=view.household_number, size=view.household_size),
        location=cast(Any, view.location),
    )


def version(view: VersionView) -> RecipientVersion:
    """The version of a view."""
    return RecipientVersion(
        version=view.version,
        at=view.at,
        by=by(view.by),
        authority=view.authority,
        reason=view.reason,
        changes=[FieldChange(field=c.field, before=c.before, after=c.after) for c in view.changes],
    )


@strawberry.input
class RevealNikInput:
    """Whose NIK, and why: the reason stands in the audit log, which is public."""

    recipient_id: strawberry.ID
    reason: str


@strawberry.type
class RevealNikPayload:
    """The sixteen digits, or what to mend."""

    nik: str | None
    user_errors: list[UserError]


@strawberry.type
class RecipientQueries:
    """Queries on recipients."""

    @resolved("Recipients in the areas that the viewer may see.")
    async def recipients(
        self, info: Info, filter: RecipientFilter | None = None, first: int | None = PAGE, after: str | None = None
    ) -> Connection[Recipient]:
        """A page of recipients."""
        which = filter or RecipientFilter()
        page = await info.context.call(
            ListRecipients(
                area=which.area,
                status=which.status,
                search=which.search,
                nik=which.nik,
                first=page_size(first),
                after=after,
            )
        )
        return connection(
            [recipient(view) for view in page.nodes], page.cursors, total=page.total, more=page.more, after=after
        )


@strawberry.type
class RecipientMutations:
    """Mutations on recipients."""

    @resolved("The full NIK of one recipient, for those whose role allows it; every call is in the audit trail.")
    async def reveal_nik(self, info: Info, input: RevealNikInput) -> RevealNikPayload:
        """Reveals a NIK."""
        nik, errors = await attempt(
            lambda: info.context.call(RevealNik(recipient_id=input.recipient_id, reason=input.reason)),
            lambda view: view.nik,
        )
        return RevealNikPayload(nik=nik, user_errors=errors)
