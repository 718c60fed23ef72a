"""Imports as the contract shows them."""

from amanah.contracts.imports import ImportView
from amanah.runtime.tables import Document
from services.recipients.store import _signed


def import_view(document: Document) -> ImportView:
    """How far an import is."""
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
        started_by=_signed(document["by"]),
        approved_by=_signed(document["approvedBy"]) if document["approvedBy"] else None,
    )
