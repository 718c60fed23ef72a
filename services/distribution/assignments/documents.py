"""Stored assignments, with their indexes."""

from amanah.contracts.audit.entry import concerning
from amanah.runtime.mongo import Document
from services.distribution.store import Concerns


def of_assignment(assignment: Document) -> Concerns:
    """Who works for which round, and whom they follow or who follows them."""
    parts = ("officer", "_id", "replaces", "replacedBy", "round")
    return concerning(*(assignment.get(part) for part in parts))
