"""Stored handovers and failed attempts, with their indexes."""

from collections.abc import Iterable

from amanah.contracts.audit.entry import concerning
from amanah.runtime.mongo import Document
from services.distribution.store import Concerns


def of_handover(handover: Document) -> Concerns:
    """Who was handed what by whom, out of which package."""
    parts = ("recipient", "entitlement", "_id", "officer", "packageId", "round")
    return concerning(*(handover.get(part) for part in parts), packages=[handover["package"]])


def of_handovers(handovers: Iterable[Document]) -> Concerns:
    """Those of each of them."""
    return tuple(dict.fromkeys(each for handover in handovers for each in of_handover(handover)))
