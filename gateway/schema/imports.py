"""Recipient lists handed in by offices: read, checked, approved by a second person."""

from datetime import datetime
from enum import StrEnum

import strawberry

from amanah.contracts.imports import ApproveImport, ImportRecipients, ImportView, ListImports, ListProblems
from gateway.context import Info
from gateway.schema.errors import UserError, attempt
from gateway.schema.fields import resolved
from gateway.schema.node import Node, shown
from gateway.schema.pagination import PAGE, Connection, connection, listed, page_size
from gateway.schema.people import By, by


@strawberry.enum(description="How far an import has come; rows count on the register once it is APPLIED.")
class ImportStatus(StrEnum):
    """The status of an import."""

    RUNNING = "RUNNING"
    STAGED = "STAGED"
    APPLYING = "APPLYING"
    APPLIED = "APPLIED"
    FAILED = "FAILED"


@strawberry.type(description="What was wrong with one cell: the row as the spreadsheet counts it.")
class RowProblem:
    """One problem."""

    row: int
    column: str
    code: str
    message: str


@strawberry.type(description="A recipient list and how far it has come.")
class RecipientImport(Node):
    """One import."""

    status: ImportStatus
    source: str
    rows_total: int
    rows_accepted: int
    rows_rejected: int
    rows_duplicate: int
    failure_code: str | None = strawberry.field(description="Why the list could not be read, for a FAILED one.")
    failure_message: str | None = strawberry.field(description="The same in words, with what to do.")
    started_at: datetime
    started_by: By
    approved_by: By | None

    @resolved("What was wrong with its rows, in their order.")
    async def problems(self, info: Info, first: int | None = PAGE, after: str | None = None) -> Connection[RowProblem]:
        """A page of problems."""
        ask = ListProblems(import_id=self.id, first=page_size(first), after=after)
        page = await info.context.call(ask)
        problems = [RowProblem(row=p.row, column=p.column, code=p.code, message=p.message) for p in page.nodes]
        return connection(problems, page.cursors, total=page.total, more=page.more, after=after)


@strawberry.input
class ImportRecipientsInput:
    """Which upload to import."""

    upload_id: strawberry.ID
    source: str = strawberry.field(description="The office or system that the list is from.")
    period: str | None = None


@strawberry.input
class ApproveImportInput:
    """Which import to approve."""

    import_id: strawberry.ID
    note: str | None = None


@strawberry.type
class ImportRecipientsPayload:
    """The import, or what to mend."""

    import_: RecipientImport | None = strawberry.field(name="import")
    user_errors: list[UserError]


@strawberry.type
class ApproveImportPayload:
    """The import, or what to mend."""

    import_: RecipientImport | None = strawberry.field(name="import")
    user_errors: list[UserError]


def recipient_import(view: ImportView) -> RecipientImport:
    """The import of a view."""
    return RecipientImport(
        id=strawberry.ID(view.id),
        status=ImportStatus(view.status),
        source=view.source,
        rows_total=view.rows_total,
        rows_accepted=view.rows_accepted,
        rows_rejected=view.rows_rejected,
        rows_duplicate=view.rows_duplicate,
        failure_code=view.failure_code,
        failure_message=view.failure_message,
        started_at=view.started_at,
        started_by=by(view.started_by),
        approved_by=shown(view.approved_by, by),
    )


@strawberry.type
class ImportQueries:
    """Queries on imports."""

    @resolved("Lists handed in, the newest first: those of which every row lies in the areas that the viewer may see.")
    async def imports(
        self, info: Info, status: ImportStatus | None = None, first: int | None = PAGE, after: str | None = None
    ) -> Connection[RecipientImport]:
        """A page of imports."""
        ask = ListImports(status=status, first=page_size(first), after=after)
        return listed(await info.context.call(ask), recipient_import, after)


@strawberry.type
class ImportMutations:
    """Mutations on imports."""

    @resolved("Reads an uploaded list and stages what is right; the work goes on after the answer.")
    async def import_recipients(self, info: Info, input: ImportRecipientsInput) -> ImportRecipientsPayload:
        """Starts an import."""
        view, errors = await attempt(
            lambda: info.context.call(
                ImportRecipients(upload_id=input.upload_id, source=input.source, period=input.period)
            ),
            recipient_import,
        )
        return ImportRecipientsPayload(import_=view, user_errors=errors)

    @resolved("Makes the staged rows versions on the register; by another person than who imported.")
    async def approve_import(self, info: Info, input: ApproveImportInput) -> ApproveImportPayload:
        """Approves an import."""
        view, errors = await attempt(
            lambda: info.context.call(ApproveImport(import_id=input.import_id, note=input.note)),
            recipient_import,
        )
        return ApproveImportPayload(import_=view, user_errors=errors)
