"""Contract of rosters: the recipients of one program period, frozen with a content hash."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.message import Answer, Event, Many, Moment, Page, Sha256
from amanah.contracts.recipients import APPROVERS, READERS, By, RecipientsRequest
from amanah.contracts.topics import RECIPIENTS


class RosterStatus(StrEnum):
    """State of a roster. One person proposes it and another approves it."""

    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class RosterView(Answer):
    """Recipients of one program period, frozen once approved."""

    id: str
    program_id: str
    period: str
    area: AreaCode
    status: RosterStatus
    size: int = Field(description="Number of recipients.")
    hash: str | None = Field(default=None, description="SHA-256 of the content, once approved.")
    decree: str | None = Field(default=None, description="Decree (SK) of the approval.")
    proposed_at: Moment
    proposed_by: By
    approved_at: Moment | None = None
    approved_by: By | None = None


class RosterProposed(Event):
    """A roster waits for approval."""

    type: ClassVar[str] = "id.amanah.recipients.roster.proposed.v1"
    topic: ClassVar[str] = RECIPIENTS.name
    roster_id: str
    program_id: str
    period: str
    area: AreaCode
    size: int

    def key(self) -> str:
        """The roster's id."""
        return self.roster_id


class RosterApproved(Event):
    """A roster is frozen. Its content is the object `bucket/key`: gzip of canonical JSON lines, one per recipient,
    `{"area","household","latitude_e6","longitude_e6","nik","recipientId","version"}` sorted by recipientId; `household`
    and `nik` are blind indexes (of "kk" and "nik"), `household` empty without a family card; older rosters have no `nik`.
    `hash` is the SHA-256 of the uncompressed content. A roster for payment has its payees in `bucket/payees_key` (see `payees`);
    `payees_hash` is the SHA-256 of that object's uncompressed content.
    """

    type: ClassVar[str] = "id.amanah.recipients.roster.approved.v1"
    topic: ClassVar[str] = RECIPIENTS.name
    roster_id: str
    program_id: str
    period: str
    area: AreaCode
    size: int
    hash: Sha256
    decree: str
    bucket: str
    object_key: str
    payees_key: str | None = None
    payees_hash: Sha256 | None = None

    def key(self) -> str:
        """The roster's id."""
        return self.roster_id


class ProposeRoster(RecipientsRequest[RosterView]):
    """Proposes a roster of the active recipients of an area.

    `for_payment`: the program gives money, so its approval also stores the payees, encrypted (see `payees`).
    """

    roles: ClassVar[frozenset[Role]] = frozenset({Role.REGISTRAR, Role.SUPERVISOR, Role.ADMIN})
    changes: ClassVar[bool] = True
    program_id: str
    period: str = Field(min_length=1, max_length=50)
    area: AreaCode
    for_payment: bool = False


class ApproveRoster(RecipientsRequest[RosterView]):
    """Approves a roster on the authority of a decree. The approver must not be the proposer."""

    roles: ClassVar[frozenset[Role]] = APPROVERS
    changes: ClassVar[bool] = True
    roster_id: str
    decree: str = Field(min_length=1, max_length=200, description="Decree (SK) of the approval.")


class RostersAnswer(Answer):
    """Rosters found by id."""

    nodes: tuple[RosterView, ...] = ()


class ListRosters(Page[Many[RosterView]]):
    """Lists rosters of areas in the viewer's scope, the newest first."""

    service: ClassVar[str] = "recipients"
    roles: ClassVar[frozenset[Role]] = READERS
    program_id: str | None = None
    status: RosterStatus | None = None


class GetRosters(RecipientsRequest[RostersAnswer]):
    """Returns rosters by id, those in the viewer's scope."""

    roles: ClassVar[frozenset[Role]] = READERS
    ids: tuple[str, ...] = Field(max_length=100)


class VerifiedRoster(Answer):
    """Public facts of an approved roster, without its recipients.

    `hash` is the SHA-256 of its uncompressed content. `action` is the action of the audit entry that proves it.
    """

    action: ClassVar[AuditAction] = AuditAction.ROSTER_APPROVE

    id: str
    period: str
    area: AreaCode
    size: int
    decree: str
    approved_at: Moment
    hash: Sha256


class VerifyRoster(RecipientsRequest[VerifiedRoster]):
    """Verifies a roster for the public. NotFound for one that is not approved."""

    id: str
