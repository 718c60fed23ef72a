"""Cases: complaints and escalated alerts, followed up until they are resolved."""

from datetime import datetime
from uuid import UUID

import strawberry

from amanah.contracts.cases import (
    CaseAction,
    CaseHistory,
    CaseKind,
    CaseLevel,
    CaseOutcome,
    CaseStatus,
    CaseView,
    FileComplaint,
    ListAttachments,
    ListCaseEvents,
    ListCases,
    RevealContact,
    UpdateCase,
)
from amanah.contracts.errors import Refused
from amanah.contracts.users import OfficerView
from gateway.context import Context, Info
from gateway.schema.areas import Area, area
from gateway.schema.case_history import Attachment, CaseEvent, attachment, event, person
from gateway.schema.enums import register
from gateway.schema.errors import UserError, attempt
from gateway.schema.fields import resolved
from gateway.schema.node import Node
from gateway.schema.pagination import PAGE, Connection, connection, page_size
from gateway.schema.scalars import AreaCode
from gateway.schema.subjects import Subject, subject

register(CaseKind, "ComplaintKind")
register(CaseStatus)
register(CaseAction)
register(CaseOutcome)


@strawberry.type(description="A complaint or an escalated alert.")
class Case(Node):
    """One case."""

    reference: str = strawberry.field(description="What people call it: `ADU-2611-7K3M9Q`.")
    kind: CaseKind
    channel: str = strawberry.field(description="How it came: APP, SMS or ALERT.")
    status: CaseStatus
    level: CaseLevel
    opened_at: datetime
    due_at: datetime
    overdue: bool
    anonymous: bool
    text: str
    has_contact: bool = strawberry.field(description="Whether there is a contact that `revealCaseContact` shows you.")
    area_code: strawberry.Private[str]
    subject_id: strawberry.Private[str | None]
    assignee_id: strawberry.Private[str | None]
    files: strawberry.Private[int]

    @resolved("Where it happened.")
    def area(self, info: Info) -> Area:
        """The case's area."""
        return area(info.context.areas, self.area_code)

    @resolved("What it is about; none when it names nothing that the viewer may see.")
    async def subject(self, info: Info) -> Subject | None:
        """The case's subject."""
        return await subject(info.context, self.subject_id)

    @resolved("Who follows it up.")
    async def assignee(self, info: Info) -> OfficerView | None:
        """The assignee."""
        return await person(info.context, self.assignee_id)

    @resolved("What was done about it, the first thing first.")
    async def events(self, info: Info, first: int | None = PAGE, after: str | None = None) -> Connection[CaseEvent]:
        """A page of the history."""
        size = page_size(first)
        if after is None:
            history = await info.context.load(ListCaseEvents, self.id, key="case_id", first=size)
        else:
            ask = ListCaseEvents(case_ids=(self.id,), first=size, after=after)
            history = next(iter((await info.context.call(ask)).nodes), None)
        found = history or CaseHistory(case_id=self.id)
        return connection(
            [event(view) for view in found.nodes], found.cursors, total=found.total, more=found.more, after=after
        )

    @resolved("What was attached, for those who handle the case; looking is on the audit trail.")
    async def attachments(self, info: Info) -> list[Attachment]:
        """The files."""
        if not self.files or not info.context.actor.has(ListAttachments.roles):
            return []
        found = await info.context.load(ListAttachments, self.id, key="case_id")
        return [attachment(view) for view in found.nodes] if found else []


@strawberry.input
class FileComplaintInput:
    """A complaint. `clientId` is the client's own id for it: a repeat answers the first result."""

    client_id: UUID
    kind: CaseKind
    text: str
    area: AreaCode
    entitlement_id: strawberry.ID | None = None
    contact: str | None = None
    anonymous: bool | None = None
    attachment_ids: list[strawberry.ID] | None = None


@strawberry.input
class UpdateCaseInput:
    """What is done about a case. RESOLVE and NOTE need a note, ASSIGN an assignee."""

    case_id: strawberry.ID
    action: CaseAction
    note: str | None = None
    assignee_id: strawberry.ID | None = None
    outcome: CaseOutcome | None = None


@strawberry.input
class CaseFilter:
    """Which cases: all of what is given must hold."""

    area: AreaCode | None = None
    status: CaseStatus | None = None
    kind: CaseKind | None = None
    overdue: bool | None = None


@strawberry.input
class RevealCaseContactInput:
    """Whose contact, and why it is needed."""

    case_id: strawberry.ID
    reason: str


@strawberry.type
class FileComplaintPayload:
    """The case, or what to mend."""

    case: Case | None
    user_errors: list[UserError]


@strawberry.type
class UpdateCasePayload:
    """The case, or what to mend."""

    case: Case | None
    user_errors: list[UserError]


@strawberry.type
class RevealCaseContactPayload:
    """The contact, or what to mend."""

    contact: str | None
    user_errors: list[UserError]


def case(view: CaseView) -> Case:
    """The case of a view."""
    return Case(
        id=strawberry.ID(view.id),
        reference=view.reference,
        kind=view.kind,
        channel=view.channel,
        status=view.status,
        level=view.level,
        opened_at=view.opened_at,
        due_at=view.due_at,
        overdue=view.overdue,
        anonymous=view.anonymous,
        text=view.text,
        has_contact=view.has_contact,
        area_code=view.area,
        subject_id=view.subject_id,
        assignee_id=view.assignee_id,
        files=view.attachments,
    )


def complaint(given: FileComplaintInput) -> FileComplaint:
    """What the owner is asked."""
    return FileComplaint(
        client_id=str(given.client_id),
        kind=given.kind,
        text=given.text,
        area=given.area,
        entitlement_id=given.entitlement_id,
        contact=given.contact,
        anonymous=bool(given.anonymous),
        attachment_ids=tuple(given.attachment_ids or ()),
    )


async def update(context: Context, given: UpdateCaseInput) -> CaseView:
    """Asks the owner, once it is sure that the assignee is somebody."""
    ask = UpdateCase(
        case_id=given.case_id,
        action=given.action,
        note=given.note,
        assignee_id=given.assignee_id,
        outcome=given.outcome,
    )
    await context.authorize(ask)
    if given.assignee_id and given.assignee_id not in await context.names([given.assignee_id]):
        unknown = Refused("assignee_unknown", "assignee_id")
        raise await context.record_refusal(ask, unknown)
    return await context.call(ask)


@strawberry.type
class CaseQueries:
    """Queries on cases."""

    @resolved("Cases of the areas that the viewer oversees, those they filed and those assigned to them; newest first.")
    async def cases(
        self, info: Info, filter: CaseFilter | None = None, first: int | None = PAGE, after: str | None = None
    ) -> Connection[Case]:
        """A page of cases."""
        which = filter or CaseFilter()
        page = await info.context.call(
            ListCases(
                area=which.area,
                status=which.status,
                kind=which.kind,
                overdue=which.overdue,
                first=page_size(first),
                after=after,
            )
        )
        return connection(
            [case(view) for view in page.nodes], page.cursors, total=page.total, more=page.more, after=after
        )


@strawberry.type
class CaseMutations:
    """Mutations on cases."""

    @resolved("Files a complaint, which opens a case; anybody who is signed in may, also anonymously.")
    async def file_complaint(self, info: Info, input: FileComplaintInput) -> FileComplaintPayload:
        """Opens a case."""
        view, errors = await attempt(lambda: info.context.call(complaint(input)), case)
        return FileComplaintPayload(case=view, user_errors=errors)

    @resolved("Assigns, notes, escalates, resolves or reopens a case.")
    async def update_case(self, info: Info, input: UpdateCaseInput) -> UpdateCasePayload:
        """Updates a case."""
        view, errors = await attempt(lambda: update(info.context, input), case)
        return UpdateCasePayload(case=view, user_errors=errors)

    @resolved("Shows how to reach who complained; every call is in the audit trail.")
    async def reveal_case_contact(self, info: Info, input: RevealCaseContactInput) -> RevealCaseContactPayload:
        """Reveals a contact."""
        contact, errors = await attempt(
            lambda: info.context.call(RevealContact(case_id=input.case_id, reason=input.reason)),
            lambda view: view.contact,
        )
        return RevealCaseContactPayload(contact=contact, user_errors=errors)
