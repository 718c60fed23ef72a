"""The register: recipients and their versions."""

from datetime import date
from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.message import Answer, Location, Moment, Page
from amanah.contracts.recipients import READERS, REVEALERS, By, RecipientsRequest


class RecipientView(Answer):
    """A recipient as most may see them: NIK and family card number masked."""

    id: str
    nik: str
    name: str
    birth_date: date | None
    sex: str | None
    address: str
    status: str
    version: int
    area: AreaCode
    household_number: str
    household_size: int | None
    location: Location | None


class RecipientPage(Answer):
    """A page of recipients; each cursor continues after its node. `own_list`: they are the viewer's own work."""

    nodes: tuple[RecipientView, ...] = ()
    cursors: tuple[str, ...] = ()
    total: int = 0
    more: bool = False
    own_list: bool = False

    def shown(self) -> tuple[str, ...]:
        """All of them, unless they are on a list of the viewer's own."""
        return () if self.own_list else tuple(each.id for each in self.nodes)


class RevealedNik(Answer):
    """The sixteen digits of a recipient's NIK; kept out of what is printed of the answer."""

    nik: str = Field(repr=False)


class FieldChange(Answer):
    """One field of a version; personal numbers are masked."""

    field: str
    before: str | None
    after: str | None


class VersionView(Answer):
    """One version of a recipient: who made it, when, on what authority and why."""

    version: int
    at: Moment
    by: By
    authority: str
    reason: str
    changes: tuple[FieldChange, ...]


class VersionPage(Answer):
    """Versions of `recipient_id`, the newest first."""

    recipient_id: str = ""
    nodes: tuple[VersionView, ...] = ()
    total: int = 0
    more: bool = False

    def shown(self) -> tuple[str, ...]:
        """The recipient."""
        return (self.recipient_id,) if self.recipient_id else ()


class ListRecipients(Page[RecipientPage]):
    """Recipients in the viewer's scope. `nik` is matched exactly, `search` against the words of the name.

    The register is nobody's own list: each page is an entry of the audit log.
    """

    service: ClassVar[str] = "recipients"
    shows_people: ClassVar[bool] = True
    roles: ClassVar[frozenset[Role]] = READERS
    area: AreaCode | None = None
    status: str | None = None
    search: str | None = Field(default=None, max_length=100)
    nik: str | None = Field(default=None, max_length=32)


class GetRecipients(RecipientsRequest[RecipientPage]):
    """Recipients by id, those the viewer may see; in any order.

    Each answer is an entry of the audit log, but for an officer's `own_list`: recipients whom distribution has named as the
    viewer's own work. The gateway says so, as it says who the viewer is; from anybody but an officer it counts for nothing.
    """

    roles: ClassVar[frozenset[Role]] = READERS
    shows_people: ClassVar[bool] = True
    ids: tuple[str, ...] = Field(max_length=500)
    own_list: bool = False


class RevealNik(RecipientsRequest[RevealedNik]):
    """The full NIK of one recipient, for those who put people on the register and decide who they are, in their areas.

    Nobody else has to know it: not officers, who compare a card with the masked number, nor auditors, who read the log.
    Each call is an audit entry with its reason, before the answer. NotFound outside the viewer's scope; refuses with
    reason_unfit and reveals_spent.
    """

    roles: ClassVar[frozenset[Role]] = REVEALERS
    changes: ClassVar[bool] = True
    recipient_id: str = Field(max_length=64)
    reason: str = Field(min_length=10, max_length=300)


class ListVersions(Page[VersionPage]):
    """The history of one recipient, the newest version first. NotFound outside the viewer's scope.

    It tells former names, addresses and phones, which no day's work needs: it is an entry of the audit log for everybody.
    """

    service: ClassVar[str] = "recipients"
    shows_people: ClassVar[bool] = True
    roles: ClassVar[frozenset[Role]] = READERS
    recipient_id: str
