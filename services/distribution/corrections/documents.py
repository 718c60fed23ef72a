"""Stored corrections, with their indexes."""

from amanah.contracts.audit.entry import Subject, related_subjects
from amanah.runtime.tables import Document, Table, index
from services.distribution.store import RelatedSubjects

CORRECTIONS = Table(
    "corrections",
    Document,
    index("proposer", "clientId", unique=True),
    index("open", unique=True, sparse=True),
    index("handover"),
    index("area", "_id"),
)


def related_to_correction(correction: Document) -> RelatedSubjects:
    """The handover that it reverses, with all that this concerns."""
    return related_subjects(correction["proposer"], correction["_id"]) + tuple(
        Subject.model_validate(each) for each in correction.get("concerns", ())
    )
