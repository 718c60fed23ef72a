"""Stored programs, rounds, entitlements and rosters, with their indexes."""

from amanah.contracts.audit.entry import related_subjects
from amanah.runtime.mongo import Condition
from amanah.runtime.tables import CHANGED, Document, Table, index
from services.distribution.rounds.rules.money import LIVE
from services.distribution.store import RelatedSubjects

PROGRAMS = Table("programs", Document, index("code", unique=True))

ROSTERS = Table(
    "rosters",
    Document,
)

ROUNDS = Table(
    "rounds", Document, index("program", "roster", "name", unique=True), index("status"), index("area", "_id")
)

ENTITLEMENTS = Table(
    "entitlements",
    Document,
    index("round", "status", "area", "_id"),
    index("round", "area", CHANGED),
    index("recipient"),
    index("household"),
    index("payment.batch", "_id", sparse=True),
    index("payment.watched", "payment.at", sparse=True),
    tracks_changes=True,
)


def related_to_entitlement(entitlement: Document) -> RelatedSubjects:
    """Whose it is, of which round, and the batch that pays it."""
    batch = (entitlement.get("payment") or {}).get("batch")
    return related_subjects(entitlement["recipient"], entitlement["_id"], entitlement["round"], batch)


NOT_IN_PAYMENT: Condition = {"payment.status": {"$nin": sorted(LIVE)}}
"""That an entitlement's money is neither paid nor in a batch: without it, it may be paid, or handed over, twice."""
