"""Lookups of entries by id, by index, and by the id of which they are evidence."""

import asyncio
from collections.abc import Sequence

from amanah.contracts.areas import Scope
from services.audit.alarms.rules import LogBroken
from services.audit.search.documents import ENTRIES, EntryDocument
from services.audit.search.rules.terms import Conditions, OrderRange, SearchFilters, evidence_term, on_level
from services.audit.search.skip_list import SkipList
from services.audit.store import Store

_BATCH = 200


async def find_entry(store: Store, scope: Scope, entry_id: str) -> EntryDocument | None:
    """Returns the entry if it exists and the viewer may see it."""
    entry = await store[ENTRIES].get({"_id": entry_id})
    return entry if entry is not None and _is_visible(scope, entry) else None


async def find_entries(store: Store, scope: Scope, ids: Sequence[str]) -> list[EntryDocument]:
    """Returns those of the entries that exist and that the viewer may see, the newest first."""
    found: list[EntryDocument] = []
    each = list(dict.fromkeys(ids))
    for start in range(0, len(each), _BATCH):
        found += await store[ENTRIES].list({"_id": {"$in": each[start : start + _BATCH]}})
    visible = (entry for entry in found if _is_visible(scope, entry))
    return sorted(visible, key=lambda entry: entry["order"], reverse=True)


def _is_visible(scope: Scope, entry: EntryDocument) -> bool:
    """Tests that the actor acted for an area of the scope, or that the subject lies there."""
    return Conditions.of(scope, SearchFilters()).hold(entry["found"], entry["action"])


async def read_leaves(store: Store, first: int, end: int) -> list[bytes]:
    """Returns the leaves of the entries [first, end), in order. Raises LogBroken when one is missing."""
    found = await store[ENTRIES].list(
        {"index": {"$gte": first, "$lt": end}}, sort=[("index", 1)], projection={"leaf": 1, "index": 1}
    )
    if [document["index"] for document in found] != list(range(first, end)):
        raise LogBroken("log_broken.entries", first=first, last=end - 1)
    return [bytes(document["leaf"]) for document in found]


async def find_newest(store: Store, action: str, ids: Sequence[str], below: int) -> dict[str, EntryDocument]:
    """Returns by id the newest entry of `action` that is evidence of it and has an index under `below`, if there is one.

    It reads no other entry, whatever that concerns.
    """

    def fits(entry: EntryDocument) -> bool:
        return entry["index"] < below

    async def newest_of(proven_id: str) -> EntryDocument | None:
        term = evidence_term(action, proven_id)
        # Nearly always there is one entry: level 1 tells, and one more query is enough, where a scan needs one a level.
        if await store[ENTRIES].list({"found": on_level(1, term)}, limit=1):
            scan = await SkipList(store[ENTRIES]).newest((term,), OrderRange(), fits, enough=1, most=None)
            return next(iter(scan.entries), None)
        few = await store[ENTRIES].list({"found": on_level(0, term)})
        return max(filter(fits, few), key=lambda entry: entry["order"], default=None)

    each = list(dict.fromkeys(ids))
    found = await asyncio.gather(*map(newest_of, each))
    return {proven_id: entry for proven_id, entry in zip(each, found, strict=True) if entry is not None}
