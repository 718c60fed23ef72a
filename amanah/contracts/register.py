"""The register: recipients and their versions."""

from datetime import date
from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.message import Answer, Location, Many, Moment, Page
from amanah.contracts.recipients import READERS, REVEALERS, By, RecipientsRequest


class RecipientStatus(StrEnum):
    """State of a recipient. Only ACTIVE recipients come on a roster."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    REMOVED = "REMOVED"


class Sex(StrEnum):
    """Sex, as the family card has it."""

    MALE = "MALE"
    FEMALE = "FEMALE"


class RecipientView(Answer):
    """Person on the register. NIK and family card number are masked."""

    id: str
    nik: str = Field(description="National identity number, masked.")
    name: str
    birth_date: date | None
    sex: Sex | None
    address: str
    status: RecipientStatus
    version: int = Field(description="Number of the newest version.")
    area: AreaCode
    household_number: str
    household_size: int | None
    location: Location | None


class RecipientPage(Many[RecipientView]):
    """A page of recipients; each cursor continues after its node. `own_list`: they are the viewer's own work."""

    own_list: bool = False

    def data_subjects(self) -> tuple[str, ...]:
        """All of them, unless they are on a list of the viewer's own."""
        return () if self.own_list else tuple(each.id for each in self.nodes)


class RevealedNik(Answer):
    """The sixteen digits of a recipient's NIK; kept out of what is printed of the answer."""

    nik: str = Field(repr=False)


class FieldChange(Answer):
    """Change of one field in a version. Personal numbers are masked."""

    field: str
    before: str | None
    after: str | None


class VersionView(Answer):
    """One version of a recipient, with author, authority and reason."""

    version: int = Field(description="Number of the version, from 1.")
    at: Moment = Field(description="Time of the change.")
    by: By = Field(description="Author of the change.")
    authority: str = Field(description="Decree, list or request that allowed the change.")
    reason: str
    changes: tuple[FieldChange, ...]


class VersionPage(Answer):
    """Versions of `recipient_id`, the newest first."""

    recipient_id: str = ""
    nodes: tuple[VersionView, ...] = ()
    total: int = 0
    more: bool = False

    def data_subjects(self) -> tuple[str, ...]:
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
    status: RecipientStatus | None = None
    search: str | None = Field(default=None, max_length=100, description="Words of the name.")
    nik: str | None = Field(default=None, max_length=32, description="The full NIK; matched exactly.")


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
    reason: str = Field(min_length=10, max_length=300, description="Reason; it stands in the public audit log.")


class ListVersions(Page[VersionPage]):
    """The history of one recipient, the newest version first. NotFound outside the viewer's scope.

    It tells former names, addresses and phones, which no day's work needs: it is an entry of the audit log for everybody.
    """

    service: ClassVar[str] = "recipients"
    shows_people: ClassVar[bool] = True
    roles: ClassVar[frozenset[Role]] = READERS
    recipient_id: str
