"""Stored corrections, with their indexes."""

from amanah.contracts.audit.entry import Subject, concerning
from amanah.runtime.tables import Document, Table, index
from services.distribution.store import Concerns

CORRECTIONS = Table(
    "corrections",
    Document,
    index("proposer", "clientId", unique=True),
    index("open", unique=True, sparse=True),
    index("handover"),
    index("area", "_id"),
)


def of_correction(correction: Document) -> Concerns:
    """The handover that it reverses, with all that this concerns."""
    return concerning(correction["proposer"], correction["_id"]) + tuple(
        Subject.model_validate(each) for each in correction.get("concerns", ())
    )
