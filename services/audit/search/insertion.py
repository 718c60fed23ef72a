"""Insertion of entries with their search terms, and the update of stored entries to another version of the terms."""

from collections.abc import Sequence
from datetime import datetime

from amanah.runtime.mongo import Put, Tx
from services.audit.search.documents import ENTRIES, EntryDocument, entry_document
from services.audit.search.rules.entry import NewEntry, read
from services.audit.search.rules.log_position import LogPosition
from services.audit.search.rules.terms import TERMS
from services.audit.store import Store

_BATCH = 200


async def select_unknown(store: Store, tx: Tx, entries: Sequence[NewEntry]) -> list[NewEntry]:
    """Returns the entries that are not stored, each once, in their order."""
    by_id = {each.entry.id: each for each in reversed(entries)}
    known = await store[ENTRIES].list({"_id": {"$in": list(by_id)}}, projection={"_id": 1}, tx=tx)
    for document in known:
        del by_id[document["_id"]]
    return [each for each in entries if by_id.get(each.entry.id) is each]


async def insert_entries(store: Store, tx: Tx, new: Sequence[NewEntry], position: LogPosition) -> None:
    """Stores new entries at consecutive indexes from `position` on."""
    documents = [
        entry_document(each.entry, each.leaf, index, position.logged_at)
        for index, each in enumerate(new, start=position.first)
    ]
    await store[ENTRIES].insert_many(documents, tx=tx)


async def update_stored_terms(store: Store) -> None:
    """Derives all stored entries anew from their leaves if they have another version of the search terms.

    The first entry, which has the version, is written last: an interrupted update starts again.
    """
    first = await store[ENTRIES].get({"index": 0})
    if first is None or first.get("terms") == TERMS:
        return
    # An entry without `loggedAt` gets its own time, raised where the log's time would go backwards.
    clock = first["at"]
    start = 1
    while some := await store[ENTRIES].list({"index": {"$gte": start, "$lt": start + _BATCH}}):
        changed = []
        for entry in sorted(some, key=lambda each: each["index"]):
            clock = max(clock, entry.get("loggedAt", entry["at"]))
            if (derived := _derived(entry, clock)) != entry:
                changed.append(Put(derived))
        await store[ENTRIES].bulk(changed)
        start += _BATCH
    await store[ENTRIES].put(_derived(first, first.get("loggedAt", first["at"])))


def _derived(entry: EntryDocument, logged_at: datetime) -> EntryDocument:
    leaf = bytes(entry["leaf"])
    return entry_document(read(leaf), leaf, entry["index"], logged_at)
