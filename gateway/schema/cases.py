"""Cases: complaints and escalated alerts, followed up until they are resolved."""

from uuid import UUID

import strawberry
from strawberry import Parent

from amanah.contracts.cases import (
    AttachmentView,
    CaseEventView,
    CaseHistory,
    CaseKind,
    CaseView,
    FileComplaint,
    GetCases,
    ListAttachments,
    ListCaseEvents,
    ListCases,
    RevealContact,
    UpdateCase,
)
from amanah.contracts.errors import Refused
from amanah.contracts.users import OfficerView
from gateway.context import Context, Info
from gateway.schema.annotations import description
from gateway.schema.areas import Area, area_of
from gateway.schema.case_history import load_person
from gateway.schema.derive import input_over, over, request, resolver
from gateway.schema.errors import payload, with_user_errors
from gateway.schema.node import Node
from gateway.schema.pagination import PAGE, Connection, page_of, page_size
from gateway.schema.subjects import Subject, load_subject

# The schema has another name than the contract.
strawberry.enum(CaseKind, name="ComplaintKind", description=description(CaseKind))


@over(CaseView, without=("round_id", "subject_id", "assignee_id", "recipient_id", "own"), found_by=GetCases)
class Case(Node):
    """Complaint or escalated alert (grievance), followed up until it is resolved."""

    area: Area = strawberry.field(resolver=area_of, description="Area of the case.")
    channel: str = strawberry.field(description="Channel through which it was opened: APP, SMS or ALERT.")

    @resolver
    @staticmethod
    async def subject(case: Parent[CaseView], info: Info) -> Subject | None:
        """Subject of the case; null when it has none that the viewer may see."""
        return await load_subject(info.context, case.subject_id)

    @resolver
    @staticmethod
    async def assignee(case: Parent[CaseView], info: Info) -> OfficerView | None:
        """User who follows it up."""
        return await load_person(info.context, case.assignee_id)

    @resolver
    @staticmethod
    async def events(
        case: Parent[CaseView], info: Info, first: int | None = PAGE, after: str | None = None
    ) -> Connection[CaseEventView]:
        """Events of the case, the earliest first."""
        size = page_size(first)
        if after is None:
            # The first pages of several cases are one call.
            history = await info.context.load(ListCaseEvents, case.id, key="case_id", first=size)
        else:
            ask = ListCaseEvents(case_ids=(case.id,), first=size, after=after)
            history = next(iter((await info.context.call(ask)).nodes), None)
        return page_of(history or CaseHistory(case_id=case.id), after)

    @resolver
    @staticmethod
    async def attachments(case: Parent[CaseView], info: Info) -> tuple[AttachmentView, ...]:
        """Attached files, for those who handle the case. Reading them writes an audit entry."""
        if not case.attachments or not info.context.actor.has(ListAttachments.roles):
            return ()
        found = await info.context.load(ListAttachments, case.id, key="case_id")
        return found.nodes if found else ()


@input_over(FileComplaint)
class FileComplaintInput:
    """Complaint. A repeat of `clientId` answers the first result."""

    client_id: UUID


@input_over(UpdateCase)
class UpdateCaseInput:
    """Action on a case. RESOLVE and NOTE need a note, ASSIGN an assignee."""


@input_over(ListCases, without=("first", "after"))
class CaseFilter:
    """Conditions on cases. All that are given must hold."""


@input_over(RevealContact)
class RevealCaseContactInput:
    """Case whose contact is to be read, and the reason."""


@payload
class FileComplaintPayload:
    """The case, or the errors of the input."""

    case: CaseView | None = None


@payload
class UpdateCasePayload:
    """The case, or the errors of the input."""

    case: CaseView | None = None


@payload
class RevealCaseContactPayload:
    """The contact, or the errors of the input."""

    contact: str | None = None


async def update(context: Context, ask: UpdateCase) -> CaseView:
    """Updates a case. Refuses an assignee whom the gateway does not know: distribution has no users."""
    await context.authorize(ask)
    if ask.assignee_id and ask.assignee_id not in await context.names([ask.assignee_id]):
        unknown = Refused("assignee_unknown", "assignee_id")
        raise await context.record_refusal(ask, unknown)
    return await context.call(ask)


@strawberry.type
class CaseQueries:
    """Queries on cases."""

    @resolver
    async def cases(
        self, info: Info, filter: CaseFilter | None = None, first: int | None = PAGE, after: str | None = None
    ) -> Connection[CaseView]:
        """Cases of the areas that the viewer oversees, cases they filed and cases assigned to them, the newest first."""
        page = await info.context.call(request(ListCases, filter, first=page_size(first), after=after))
        return page_of(page, after)


@strawberry.type
class CaseMutations:
    """Mutations on cases."""

    @resolver
    @with_user_errors
    async def file_complaint(self, info: Info, input: FileComplaintInput) -> FileComplaintPayload:
        """Files a complaint, which opens a case. Any authenticated user may, also anonymously."""
        return FileComplaintPayload(case=await info.context.call(request(FileComplaint, input)))

    @resolver
    @with_user_errors
    async def update_case(self, info: Info, input: UpdateCaseInput) -> UpdateCasePayload:
        """Assigns, notes, escalates, resolves or reopens a case."""
        return UpdateCasePayload(case=await update(info.context, request(UpdateCase, input)))

    @resolver
    @with_user_errors
    async def reveal_case_contact(self, info: Info, input: RevealCaseContactInput) -> RevealCaseContactPayload:
        """Reveals the contact of a complaint. Every call writes an audit entry."""
        answer = await info.context.call(request(RevealContact, input))
        return RevealCaseContactPayload(contact=answer.contact)
