"""Cases (grievances): complaints and escalated alerts, until they are resolved."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.distribution import MANAGERS, VIEWERS, DistributionEvent, DistributionRequest
from amanah.contracts.message import Answer, Many, Moment, Page, Sha256

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
    """Complaint or escalated alert, followed up until it is resolved, as its viewer may see it."""

    id: str
    reference: str = Field(description="Reference for people, such as `ADU-2611-7K3M9Q`.")
    kind: CaseKind
    channel: CaseChannel
    status: CaseStatus
    level: CaseLevel
    area: AreaCode
    round_id: str | None
    opened_at: Moment
    due_at: Moment = Field(description="Time by which the present level has to answer.")
    overdue: bool
    subject_id: str | None
    assignee_id: str | None
    anonymous: bool
    text: str = Field(description="Text of the complaint.")
    has_contact: bool = Field(description="There is a contact, which `revealCaseContact` shows to you.")
    attachments: int = Field(description="Number of attached files.")
    recipient_id: str | None = Field(
        default=None, description="Recipient of the entitlement in question; null for an anonymous case."
    )
    own: bool = Field(default=False, description="The viewer filed it.")

    def data_subjects(self) -> tuple[str, ...]:
        """Returns the recipient whom it is about, or else the case; nothing for its author."""
        return () if self.own else (self.recipient_id or self.id,)


class CasesAnswer(Many[CaseView]):
    """Cases, the newest first when they are a page."""


class FileComplaint(DistributionRequest[CaseView]):
    """Opens a case; any authenticated actor may. A repeat of `client_id` by the same actor answers the first.

    NOT_RECEIVED, SHORT and DAMAGED dispute the handover that is recorded for the entitlement. Nothing of the
    author of an anonymous complaint is stored, and its contact is never shown.
    """

    changes: ClassVar[bool] = True

    client_id: str = Field(max_length=36, description="Idempotency key: a UUID that the client makes.")
    kind: ComplaintKind
    text: str = Field(min_length=1, max_length=4000, description="Text of the complaint.")
    area: AreaCode
    entitlement_id: str | None = Field(default=None, max_length=64, description="Entitlement in question.")
    contact: str | None = Field(
        default=None, max_length=200, description="Phone number or address at which the author can be reached."
    )
    anonymous: bool = Field(default=False, description="Nothing about the author is stored.")
    attachment_ids: tuple[str, ...] = Field(default=(), max_length=5, description="Uploads to attach.")

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
    note: str | None = Field(default=None, max_length=2000, description="Note; required for RESOLVE and NOTE.")
    assignee_id: str | None = Field(default=None, max_length=64, description="User to ASSIGN the case to.")
    outcome: CaseOutcome | None = Field(
        default=None, description="Result for the disputed handover, for RESOLVE; STANDS by default."
    )


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
    """Event in a case's history. Nobody can change it."""

    at: Moment
    by_id: str | None = Field(description="Author; null for an anonymous one.")
    action: str = Field(description="FILE, an action of `updateCase`, or REVEAL_CONTACT.")
    level: CaseLevel
    note: str | None = Field(description="Note, for viewers who may read it.")


class CaseHistory(Many[CaseEventView]):
    """Page of one case's history, the first event first. `recipient_id` and `own` as the case has them."""

    case_id: str
    recipient_id: str | None = None
    own: bool = False

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
    """File attached to a complaint, as it is served: pictures without their metadata."""

    id: str
    sha256: Sha256
    content_type: str
    size: int
    url: str = Field(description="Address of the file until it expires.")


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
    reason: str = Field(min_length=5, max_length=500, description="Reason for reading the contact.")


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
    parties: tuple[str, ...] = Field(
        default=(),
        description="Users who may read it wherever they work: its author, unless anonymous, and its assignee.",
    )

    def key(self) -> str:
        """The case."""
        return self.case_id


class CaseUpdated(DistributionEvent):
    """An action on a case: ASSIGN, NOTE, ESCALATE, RESOLVE or REOPEN. `was` is the status before."""

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
    parties: tuple[str, ...] = Field(
        default=(),
        description="Users who may read it wherever they work: its author, unless anonymous, and its assignee.",
    )

    def key(self) -> str:
        """The case."""
        return self.case_id
