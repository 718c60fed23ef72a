"""Stored cases and their history, with their indexes."""

from amanah.contracts.audit.entry import related_subjects
from amanah.runtime.tables import Document, Table, index
from services.distribution.store import RelatedSubjects

CASES = Table(
    "cases",
    Document,
    index("once", unique=True),
    index("reference", unique=True),
    index("area", "_id"),
    index("filedBy", "_id"),
    index("assignee", "_id"),
    index("entitlement", "number"),
    index("escalateAt"),
)

CASE_EVENTS = Table("case_events", Document, index("case", "number", unique=True))


def of_case(case: Document) -> RelatedSubjects:
    """What was complained of and who is involved. An anonymous case names its round and who answers it.

    Who complains of an entitlement is nearly always its recipient, and the log is public.
    """
    if case["anonymous"]:
        return related_subjects(case.get("assignee"), case["round"])
    parts = ("recipient", "entitlement", "handover", "subject", "alert", "party", "assignee", "round")
    return related_subjects(*(case.get(part) for part in parts))
