"""Recipient lists that offices upload. They are read, checked and approved by a second person."""

import strawberry
from strawberry import Parent

from amanah.contracts import imports as imports_contract
from amanah.contracts.errors import translate
from amanah.contracts.imports import (
    ApproveImport,
    GetImports,
    ImportRecipients,
    ImportStatus,
    ImportView,
    ListImports,
    ListProblems,
)
from gateway.context import Info
from gateway.language import localize
from gateway.schema.derive import input_over, over, request, resolver
from gateway.schema.errors import payload, with_user_errors
from gateway.schema.node import Node
from gateway.schema.pagination import PAGE, Connection, page_of, page_size


@over(imports_contract.RowProblem)
class RowProblem:
    """Error in one cell of a list."""

    @resolver
    @staticmethod
    def message(problem: Parent[imports_contract.RowProblem]) -> str:
        """The error in words, with what to do."""
        return localize(translate(problem.code, problem.message))


@over(ImportView, found_by=GetImports)
class RecipientImport(Node):
    """Recipient list and the progress of its import."""

    @resolver
    @staticmethod
    def failure_message(import_: Parent[ImportView]) -> str | None:
        """The error in words, with what to do."""
        return import_.failure_message and localize(translate(import_.failure_code or "", import_.failure_message))

    @resolver
    @staticmethod
    async def problems(
        import_: Parent[ImportView], info: Info, first: int | None = PAGE, after: str | None = None
    ) -> Connection[imports_contract.RowProblem]:
        """Errors in its rows, in the order of the rows."""
        ask = ListProblems(import_id=import_.id, first=page_size(first), after=after)
        page = await info.context.call(ask)
        return page_of(page, after)


@input_over(ImportRecipients)
class ImportRecipientsInput:
    """Upload to import."""


@input_over(ApproveImport)
class ApproveImportInput:
    """Import to approve."""


@payload
class ImportRecipientsPayload:
    """The import, or the errors of the input."""

    import_: ImportView | None = strawberry.field(name="import", default=None)


@payload
class ApproveImportPayload:
    """The import, or the errors of the input."""

    import_: ImportView | None = strawberry.field(name="import", default=None)


@strawberry.type
class ImportQueries:
    """Queries on imports."""

    @resolver
    async def imports(
        self,
        info: Info,
        status: ImportStatus | None = None,
        first: int | None = PAGE,
        after: str | None = None,
    ) -> Connection[ImportView]:
        """Imports, the newest first: those whose rows all lie in the areas that the viewer may see."""
        ask = ListImports(status=status, first=page_size(first), after=after)
        return page_of(await info.context.call(ask), after)


@strawberry.type
class ImportMutations:
    """Mutations on imports."""

    @resolver
    @with_user_errors
    async def import_recipients(self, info: Info, input: ImportRecipientsInput) -> ImportRecipientsPayload:
        """Reads an uploaded list and stages its valid rows. The work continues after the answer."""
        return ImportRecipientsPayload(import_=await info.context.call(request(ImportRecipients, input)))

    @resolver
    @with_user_errors
    async def approve_import(self, info: Info, input: ApproveImportInput) -> ApproveImportPayload:
        """Applies the staged rows to the register. Another person than the importer must approve."""
        return ApproveImportPayload(import_=await info.context.call(request(ApproveImport, input)))
