"""Stored assignments, with their indexes."""

from amanah.contracts.audit.entry import related_subjects
from amanah.runtime.tables import Document, Table, index
from services.distribution.store import RelatedSubjects

ASSIGNMENTS = Table(
    "assignments", Document, index("officer", "round"), index("round", "area"), index("once", unique=True, sparse=True)
)


def related_to_assignment(assignment: Document) -> RelatedSubjects:
    """Who works for which round, and whom they follow or who follows them."""
    parts = ("officer", "_id", "replaces", "replacedBy", "round")
    return related_subjects(*(assignment.get(part) for part in parts))
