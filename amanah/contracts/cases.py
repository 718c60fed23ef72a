"""Cases (grievances): complaints and escalated alerts, until they are resolved."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.distribution import MANAGERS, VIEWERS, DistributionEvent, DistributionRequest
from amanah.contracts.message import Answer, Moment, Page, Sha256

CASE_READERS = frozenset({Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR, Role.APPROVER})


class CaseKind(StrEnum):
    """Subject of a case. ALERT is an escalated alert; people do not file it."""

    NOT_RECEIVED = "NOT_RECEIVED"
    SHORT = "SHORT"
    DAMAGED = "DAMAGED"
    CONDUCT = "CONDUCT"
    ELIGIBILITY = "ELIGIBILITY"
    OTHER = "OTHER"
    ALERT = "ALERT"


class CaseChannel(StrEnum):
    """Channel through which a case was opened."""

    APP = "APP"
    SMS = "SMS"
    ALERT = "ALERT"


class CaseLevel(StrEnum):
    """Level of administration that has to answer a case."""

    VILLAGE = "VILLAGE"
    DISTRICT = "DISTRICT"
    REGENCY = "REGENCY"
    NATIONAL = "NATIONAL"


class CaseStatus(StrEnum):
    """Status of a case. All but RESOLVED are open."""

    OPEN = "OPEN"
    ASSIGNED = "ASSIGNED"
    ESCALATED = "ESCALATED"
    RESOLVED = "RESOLVED"


class CaseAction(StrEnum):
    """Action on a case."""

    ASSIGN = "ASSIGN"
    NOTE = "NOTE"
    ESCALATE = "ESCALATE"
    RESOLVE = "RESOLVE"
    REOPEN = "REOPEN"


class CaseOutcome(StrEnum):
    """Result of a resolved case for the handover that it disputed.

    The handover STANDS and is accepted again, or stays disputed FOR_CORRECTION.
    """

    STANDS = "STANDS"
    FOR_CORRECTION = "FOR_CORRECTION"


def _filed_by_people(kind: CaseKind) -> CaseKind:
    if kind is CaseKind.ALERT:
        raise ValueError(f"choose one of {', '.join(each for each in CaseKind if each is not CaseKind.ALERT)}")
    return kind


ComplaintKind = Annotated[CaseKind, AfterValidator(_filed_by_people)]
"""Kind of a complaint; all but ALERT."""


class CaseView(Answer):
    """A case as its viewer may see it.

    `text` is the complaint. `has_contact`: the author left a contact, which `RevealContact` shows. `recipient_id` is the
    recipient of the entitlement, None of an anonymous case. `own`: the viewer filed it.
    """

    id: str
    reference: str
    kind: CaseKind
    channel: CaseChannel
    status: CaseStatus
    level: CaseLevel
    area: AreaCode
    round_id: str | None
    opened_at: Moment
    due_at: Moment
    overdue: bool
    subject_id: str | None
    assignee_id: str | None
    anonymous: bool
    text: str
    has_contact: bool
    attachments: int
    recipient_id: str | None = None
    own: bool = False

    def data_subjects(self) -> tuple[str, ...]:
        """Returns the recipient whom it is about, or else the case; nothing for its author."""
        return () if self.own else (self.recipient_id or self.id,)


class CasesAnswer(Answer):
    """Cases, the newest first when they are a page."""

    nodes: tuple[CaseView, ...] = ()
    cursors: tuple[str, ...] = ()
    total: int = 0
    more: bool = False

    def data_subjects(self) -> tuple[str, ...]:
        """Returns the data subjects of each case."""
        return tuple(each for case in self.nodes for each in case.data_subjects())


class FileComplaint(DistributionRequest[CaseView]):
    """Opens a case; any authenticated actor may. A repeat of `client_id` by the same actor answers the first.

    NOT_RECEIVED, SHORT and DAMAGED dispute the handover that is recorded for the entitlement. Nothing of the
    author of an anonymous complaint is stored, and its contact is never shown.
    """

    changes: ClassVar[bool] = True

    client_id: str = Field(max_length=36)
    kind: ComplaintKind
    text: str = Field(min_length=1, max_length=4000)
    area: AreaCode
    entitlement_id: str | None = Field(default=None, max_length=64)
    contact: str | None = Field(default=None, max_length=200)
    anonymous: bool = False
    attachment_ids: tuple[str, ...] = Field(default=(), max_length=5)

    def hides_author(self) -> bool:
        """Returns True for an anonymous complaint."""
        return self.anonymous


class UpdateCase(DistributionRequest[CaseView]):
    """Takes an action on a case: ASSIGN, NOTE, ESCALATE, RESOLVE or REOPEN. Its assignee may NOTE and RESOLVE it.

    `outcome` is for RESOLVE of a case that disputes a handover: the handover STANDS (default), or stays disputed
    FOR_CORRECTION.
    """

    roles: ClassVar[frozenset[Role]] = VIEWERS
    changes: ClassVar[bool] = True
    case_id: str = Field(max_length=64)
    action: CaseAction
    note: str | None = Field(default=None, max_length=2000)
    assignee_id: str | None = Field(default=None, max_length=64)
    outcome: CaseOutcome | None = None


class ListCases(Page[CasesAnswer]):
    """Lists cases in the areas that the viewer oversees, filed by them or assigned to them; the newest first.

    Complaints are personal data: reading those of others is an entry of the audit log, one a page.
    """

    service: ClassVar[str] = "distribution"
    shows_people: ClassVar[bool] = True
    area: AreaCode | None = None
    status: CaseStatus | None = None
    kind: CaseKind | None = None
    overdue: bool | None = None


class GetCases(DistributionRequest[CasesAnswer]):
    """Returns cases by id, those the viewer may see. An entry of the audit log, as for ListCases."""

    shows_people: ClassVar[bool] = True
    ids: tuple[str, ...] = Field(max_length=100)


class CaseEventView(Answer):
    """One line of a case's history. `by_id` is None for an anonymous author; `note` where the viewer may read it."""

    at: Moment
    by_id: str | None
    action: str
    level: CaseLevel
    note: str | None


class CaseHistory(Answer):
    """A page of one case's history, the first event first. `recipient_id` and `own` as the case has them."""

    case_id: str
    recipient_id: str | None = None
    own: bool = False
    nodes: tuple[CaseEventView, ...] = ()
    cursors: tuple[str, ...] = ()
    total: int = 0
    more: bool = False

    def data_subjects(self) -> tuple[str, ...]:
        """Returns the data subjects of the case."""
        return () if self.own else (self.recipient_id or self.case_id,)


class CaseHistories(Answer):
    """Histories, one page a case."""

    nodes: tuple[CaseHistory, ...] = ()

    def data_subjects(self) -> tuple[str, ...]:
        """Returns the data subjects of each history."""
        return tuple(each for history in self.nodes for each in history.data_subjects())


class ListCaseEvents(DistributionRequest[CaseHistories]):
    """Lists the histories of cases that the viewer may see; of each at most `first` events after the cursor.

    They name authors and findings: an entry of the audit log, as for ListCases.
    """

    shows_people: ClassVar[bool] = True
    case_ids: tuple[str, ...] = Field(max_length=100)
    first: int = Field(default=20, ge=1, le=100)
    after: str | None = Field(default=None, max_length=20)


class AttachmentView(Answer):
    """Attachment of a complaint; pictures are without metadata. `url` expires."""

    id: str
    sha256: Sha256
    content_type: str
    size: int
    url: str


class CaseAttachments(Answer):
    """Attachments of one case."""

    case_id: str
    nodes: tuple[AttachmentView, ...] = ()


class AttachmentsAnswer(Answer):
    """Attachments, one list a case."""

    nodes: tuple[CaseAttachments, ...] = ()


class ListAttachments(DistributionRequest[AttachmentsAnswer]):
    """Lists the attachments of cases for their handlers; an audit entry for each case with files."""

    roles: ClassVar[frozenset[Role]] = VIEWERS
    changes: ClassVar[bool] = True
    case_ids: tuple[str, ...] = Field(max_length=100)


class ContactView(Answer):
    """Contact of a complaint's author."""

    contact: str


class RevealContact(DistributionRequest[ContactView]):
    """Returns the contact of a complaint to its handlers; each call is an audit entry."""

    roles: ClassVar[frozenset[Role]] = MANAGERS
    changes: ClassVar[bool] = True
    case_id: str = Field(max_length=64)
    reason: str = Field(min_length=5, max_length=500)


class CaseOpened(DistributionEvent):
    """A complaint was filed, or an alert escalated. `round_id` is None when no round is known.

    `channel` is APP, SMS or ALERT. A case counts as open until a CaseUpdated says RESOLVED.
    """

    type: ClassVar[str] = "id.amanah.distribution.case.opened.v1"
    case_id: str
    reference: str
    kind: CaseKind
    channel: CaseChannel
    status: CaseStatus
    level: CaseLevel
    at: Moment
    due_at: Moment
    area: AreaCode
    round_id: str | None
    subject_type: str | None
    subject_id: str | None
    handover_id: str | None
    anonymous: bool

    def key(self) -> str:
        """The case."""
        return self.case_id


class CaseUpdated(DistributionEvent):
    """An action was taken on a case: ASSIGN, NOTE, ESCALATE, RESOLVE or REOPEN. `was` is the status before."""

    type: ClassVar[str] = "id.amanah.distribution.case.updated.v1"
    case_id: str
    kind: CaseKind
    action: CaseAction
    was: CaseStatus
    status: CaseStatus
    level: CaseLevel
    at: Moment
    due_at: Moment
    area: AreaCode
    round_id: str | None

    def key(self) -> str:
        """The case."""
        return self.case_id
