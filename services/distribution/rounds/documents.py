"""Stored programs, rounds, entitlements and rosters, with their indexes."""

from amanah.contracts.audit.entry import concerning
from amanah.runtime.mongo import Condition, Document
from services.distribution.rounds.rules.money import LIVE
from services.distribution.store import Concerns


def of_entitlement(entitlement: Document) -> Concerns:
    """Whose it is, of which round, and the batch that pays it."""
    batch = (entitlement.get("payment") or {}).get("batch")
    return concerning(entitlement["recipient"], entitlement["_id"], entitlement["round"], batch)


NOT_IN_PAYMENT: Condition = {"payment.status": {"$nin": sorted(LIVE)}}
"""That an entitlement's money is neither paid nor in a batch: without it, it may be paid, or handed over, twice."""
