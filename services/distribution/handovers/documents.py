"""Stored handovers and failed attempts, with their indexes."""

from collections.abc import Iterable

from amanah.contracts.audit.entry import related_subjects
from amanah.runtime.tables import Document, Table, index
from services.distribution.store import RelatedSubjects

HANDOVERS = Table(
    "handovers",
    Document,
    index("officer", "clientId", unique=True),
    index("standing", unique=True, sparse=True),
    index("officer", "occurredAt"),
    index("package", "occurredAt"),
    index("round", "area"),
    index("round", "_id"),
    # Few have a flag, and few stand no longer: these stay small.
    index("round", "flags.code", "_id", partial={"flags.code": {"$exists": True}}),
    index("round", "status", "_id", partial={"status": {"$gt": "ACCEPTED"}}),
)

FAILED_ATTEMPTS = Table("failures", Document, index("officer", "clientId", unique=True), index("entitlement"))

PHOTO_VIEWS = Table("photo_views", Document, index("at", expire_after=2 * 86_400))

OFFICER_COUNTERS = Table(
    "officers",
    Document,
)


def related_to_handover(handover: Document) -> RelatedSubjects:
    """Who was handed what by whom, out of which package."""
    parts = ("recipient", "entitlement", "_id", "officer", "packageId", "round")
    return related_subjects(*(handover.get(part) for part in parts), packages=[handover["package"]])


def related_to_handovers(handovers: Iterable[Document]) -> RelatedSubjects:
    """Those of each of them."""
    return tuple(dict.fromkeys(each for handover in handovers for each in related_to_handover(handover)))
