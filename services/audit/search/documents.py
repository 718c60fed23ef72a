"""Stored entries with their search terms, and their indexes."""

from datetime import datetime
from typing import NotRequired, TypedDict

from amanah.runtime.tables import Table, index
from services.audit.search.rules.entry import Entry
from services.audit.search.rules.terms import TERMS, entry_terms, order_of


class RelatedDocument(TypedDict):
    """An id that an entry concerns besides its subject."""

    type: str
    id: str


class EntryDocument(TypedDict):
    """An entry: its leaf, its index, the time that the log took it in, and its place and terms in search.

    `terms`, in the first entry only, is the version of the terms that all entries have.
    """

    _id: str
    index: int
    order: str
    found: list[str]
    leaf: bytes
    at: datetime
    loggedAt: datetime
    action: str
    outcome: str
    reason: str
    authority: str
    area: str
    actorId: str
    actorRole: str
    actorArea: str
    subjectType: str
    subjectId: str
    concerns: list[RelatedDocument]
    service: str
    trace: str
    terms: NotRequired[int]


ENTRIES = Table("entries", EntryDocument, index("index", unique=True), index("found", "order"))


def entry_document(entry: Entry, leaf: bytes, index: int, logged_at: datetime) -> EntryDocument:
    """Returns the document of an entry at its index."""
    document: EntryDocument = {
        "_id": entry.id,
        "index": index,
        "order": order_of(entry, index),
        "found": entry_terms(entry),
        "leaf": leaf,
        "at": entry.time,
        "loggedAt": logged_at,
        "action": entry.action,
        "outcome": entry.outcome,
        "reason": entry.reason,
        "authority": entry.authority,
        "area": entry.area,
        "actorId": entry.actor_id,
        "actorRole": entry.actor_role,
        "actorArea": entry.actor_area,
        "subjectType": entry.subject_type,
        "subjectId": entry.subject_id,
        "concerns": [{"type": each.type, "id": each.id} for each in entry.concerns],
        "service": entry.service,
        "trace": entry.trace,
    }
    if index == 0:
        # The first entry is the last that `update_stored_terms` writes, so its version holds for all of them.
        document["terms"] = TERMS
    return document
