"""Imports and their problems as the contract shows them."""

from amanah.contracts.errors import error_text
from amanah.contracts.imports import ImportView, RowProblem
from services.recipients.imports.documents import ImportDocument, ProblemDocument
from services.recipients.register.views import person_view


def import_view(document: ImportDocument) -> ImportView:
    """An import and its progress."""
    return ImportView(
        id=document["_id"],
        status=document["status"],
        source=document["source"],
        rows_total=document["rowsTotal"],
        rows_accepted=document["rowsAccepted"],
        rows_rejected=document["rowsRejected"],
        rows_duplicate=document["rowsDuplicate"],
        failure_code=document["failureCode"],
        failure_message=document["failureMessage"],
        started_at=document["at"],
        started_by=person_view(document["by"]),
        approved_by=person_view(document["approvedBy"]) if document["approvedBy"] else None,
    )


def problem_view(document: ProblemDocument) -> RowProblem:
    """A wrong cell with the English message of its code."""
    code = document["code"]
    return RowProblem(row=document["row"], column=document["column"], code=code, message=error_text(code).en)
