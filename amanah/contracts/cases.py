"""Cases: complaints, and alerts that somebody escalated, until they are answered."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.distribution import MANAGERS, VIEWERS, DistributionEvent, DistributionRequest
from amanah.contracts.message import Answer, Many, Moment, Page, Sha256

CASE_READERS = frozenset({Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR, Role.APPROVER})


class CaseKind(StrEnum):
    """Subject of a case. ALERT is an alert that somebody escalated; nobody files one."""

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
"""A kind of case that people file."""


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
        """The recipient who complains, or of whom somebody does; the case, when none is known.

        Who filed a case knows what it says.
        """
        return () if self.own else (self.recipient_id or self.id,)


class CasesAnswer(Many[CaseView]):
    """Cases, the newest first when they are a page."""


class FileComplaint(DistributionRequest[CaseView]):
    """Opens a case; any authenticated actor may. A repeat of `client_id` by the same actor answers the first.

    NOT_RECEIVED, SHORT and DAMAGED dispute the handover that is recorded for the entitlement. An anonymous complaint keeps
    nothing of its author, and its contact is never shown to anybody.
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
        """When it is anonymous."""
        return self.anonymous


class UpdateCase(DistributionRequest[CaseView]):
    """ASSIGN, NOTE, ESCALATE, RESOLVE or REOPEN. Whoever a case is assigned to may NOTE and RESOLVE it.

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
    """Cases in the areas that the viewer oversees, those they filed and those assigned to them; the newest first.

    The words of a complaint are its author's: reading those of others is an entry of the audit log, one a page.
    """

    service: ClassVar[str] = "distribution"
    shows_people: ClassVar[bool] = True
    area: AreaCode | None = None
    status: CaseStatus | None = None
    kind: CaseKind | None = None
    overdue: bool | None = None


class GetCases(DistributionRequest[CasesAnswer]):
    """Cases by id, those the viewer may see. An entry of the audit log, as for ListCases."""

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
        """As of the case."""
        return () if self.own else (self.recipient_id or self.case_id,)


class CaseHistories(Answer):
    """One page a case."""

    nodes: tuple[CaseHistory, ...] = ()

    def data_subjects(self) -> tuple[str, ...]:
        """That of each case."""
        return tuple(each for history in self.nodes for each in history.data_subjects())


class ListCaseEvents(DistributionRequest[CaseHistories]):
    """The histories of cases that the viewer may see; of each at most `first` events after the cursor.

    They tell who filed a case and what was found out: an entry of the audit log, as for ListCases.
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
    """The files of one case."""

    case_id: str
    nodes: tuple[AttachmentView, ...] = ()


class AttachmentsAnswer(Answer):
    """One list a case."""

    nodes: tuple[CaseAttachments, ...] = ()


class ListAttachments(DistributionRequest[AttachmentsAnswer]):
    """What was attached to cases, for those who handle them; an audit entry for each case with files."""

    roles: ClassVar[frozenset[Role]] = VIEWERS
    changes: ClassVar[bool] = True
    case_ids: tuple[str, ...] = Field(max_length=100)


class ContactView(Answer):
    """How to reach who complained."""

    contact: str


class RevealContact(DistributionRequest[ContactView]):
    """The contact of a complaint, for those who handle it; each call is an audit entry with its reason."""

    roles: ClassVar[frozenset[Role]] = MANAGERS
    changes: ClassVar[bool] = True
    case_id: str = Field(max_length=64)
    reason: str = Field(min_length=5, max_length=500, description="Reason for reading the contact.")


class CaseOpened(DistributionEvent):
    """Somebody complained, or an alert was escalated. `round_id` is None when it is about no round that is known.

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
    """Something was done about a case: ASSIGN, NOTE, ESCALATE, RESOLVE or REOPEN. `was` is the status before."""

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
