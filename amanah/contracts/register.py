"""Contract of the register: recipients and their versions."""

from datetime import date
from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.message import Answer, Location, Many, Moment, Page
from amanah.contracts.recipients import READERS, REVEALERS, By, RecipientsRequest


class RecipientStatus(StrEnum):
    """State of a recipient. A roster takes ACTIVE recipients only."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    REMOVED = "REMOVED"


class Sex(StrEnum):
    """Sex on the family card."""

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
    """Page of recipients. `own_list`: the recipients are the viewer's own work."""

    own_list: bool = False

    def data_subjects(self) -> tuple[str, ...]:
        """All recipients of the page, unless they are the viewer's own work."""
        return () if self.own_list else tuple(each.id for each in self.nodes)


class RevealedNik(Answer):
    """The full NIK of a recipient, hidden in the answer's `repr`."""

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
        """The recipient whose versions they are."""
        return (self.recipient_id,) if self.recipient_id else ()


class ListRecipients(Page[RecipientPage]):
    """Lists recipients in the viewer's scope by area. `nik` is matched exactly, `search` against words of the name.

    Each page writes an audit entry with the recipients on it.
    """

    service: ClassVar[str] = "recipients"
    shows_people: ClassVar[bool] = True
    roles: ClassVar[frozenset[Role]] = READERS
    area: AreaCode | None = None
    status: RecipientStatus | None = None
    search: str | None = Field(default=None, max_length=100, description="Words of the name.")
    nik: str | None = Field(default=None, max_length=32, description="The full NIK; matched exactly.")


class GetRecipients(RecipientsRequest[RecipientPage]):
    """Returns recipients by id, those in the viewer's scope, in any order.

    Each answer writes an audit entry, except for an officer's `own_list`: recipients that distribution named as the
    viewer's own work. The gateway vouches for it, as for the viewer's identity. Other roles cannot use it.
    """

    roles: ClassVar[frozenset[Role]] = READERS
    shows_people: ClassVar[bool] = True
    ids: tuple[str, ...] = Field(max_length=500)
    own_list: bool = False


class RevealNik(RecipientsRequest[RevealedNik]):
    """Reveals the full NIK of one recipient to registrars, verifiers, approvers and administrators of the area.

    No other role needs it: officers compare a card with the masked number, and auditors read the log. Each call writes
    an audit entry with its reason, before the answer. NotFound outside the viewer's scope; refuses with reason_unfit and
    reveals_spent.
    """

    roles: ClassVar[frozenset[Role]] = REVEALERS
    changes: ClassVar[bool] = True
    recipient_id: str = Field(max_length=64)
    reason: str = Field(min_length=10, max_length=300, description="Reason; it stands in the public audit log.")


class ListVersions(Page[VersionPage]):
    """Lists the versions of one recipient, the newest first. NotFound outside the viewer's scope.

    Versions hold former names, addresses and phones, which daily work does not need: each page writes an audit entry, for
    every role.
    """

    service: ClassVar[str] = "recipients"
    shows_people: ClassVar[bool] = True
    roles: ClassVar[frozenset[Role]] = READERS
    recipient_id: str
