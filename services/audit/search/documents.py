"""The entries in their order, and how they are found.

- `entries`  `_id` entry; its index, its leaf, when the log took it in, what it is found by, and its place in that order

Every question takes the viewer's scope; what lies outside does not exist for them.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from amanah.contracts.areas import NATION, Scope
from amanah.contracts.audit.search import COUNTED
from amanah.runtime.mongo import Database, Put, Tx
from amanah.runtime.tables import Document, index
from services.audit.alarms.rules import LogBroken
from services.audit.search.rules.entry import Entry, read
from services.audit.search.rules.place import Place
from services.audit.search.rules.terms import (
    EVERY,
    STEP,
    TERMS,
    Conditions,
    Span,
    Terms,
    Wanted,
    found_by,
    on,
    order,
    proves,
)
from services.audit.search.skip_list import READ, Walks

_SLICE = 200
_LOOKED_AT = 500


@dataclass(frozen=True)
class Arrived:
    """An entry as it came: what it says, and the bytes that say it."""

    entry: Entry
    leaf: bytes


@dataclass(frozen=True)
class Found:
    """A page: its entries; the place below which the next one begins, if there may be more; and how many there are at least:
    no more than COUNTED are counted, and where several conditions hold, among the newest 500 that come into question.
    """

    entries: Sequence[Document]
    end: str | None
    total: int


@dataclass(frozen=True)
class Path:
    """What a page walks along: alternatives, how many entries it may read (all of them if None), and whether all fit."""

    terms: Terms
    most: int | None
    alone: bool = False


class Entries:
    """The collection of entries."""

    def __init__(self, db: Database) -> None:
        self.documents = db["entries"]
        self._walks = Walks(self.documents)

    async def prepare(self) -> None:
        """Creates the indexes that are missing, and what stored entries lack to be found."""
        await self.documents.ensure_indexes([index("index", unique=True), index("found", "order")])
        first = await self.documents.get({"index": 0})
        if first is not None and first.get("terms") != TERMS:
            await self._make_found(first)

    async def _make_found(self, first: Document) -> None:
        """Derives all entries anew from their leaves. The first is done last: as long as it is not, this is not finished."""
        clock = first["at"]
        start = 1
        while some := await self.documents.list({"index": {"$gte": start, "$lt": start + _SLICE}}):
            changed = []
            for entry in sorted(some, key=lambda each: int(each["index"])):
                clock = max(clock, entry.get("loggedAt", entry["at"]))
                if (anew := _anew(entry, clock)) != entry:
                    changed.append(Put(anew))
            await self.documents.bulk(changed)
            start += _SLICE
        await self.documents.put(_anew(first, first.get("loggedAt") or first["at"]))

    async def unknown(self, tx: Tx, arrived: Sequence[Arrived]) -> list[Arrived]:
        """Those that have no index yet, each once, in their order."""
        by_id = {each.entry.id: each for each in reversed(arrived)}
        known = await self.documents.list({"_id": {"$in": list(by_id)}}, projection={"_id": 1}, tx=tx)
        for document in known:
            del by_id[document["_id"]]
        return [each for each in arrived if by_id.get(each.entry.id) is each]

    async def insert(self, tx: Tx, new: Sequence[Arrived], place: Place) -> None:
        """Keeps new entries at their place."""
        await self.documents.insert_many([_document(each, place, i) for i, each in enumerate(new)], tx=tx)

    async def leaves(self, first: int, end: int) -> list[bytes]:
        """The leaves of the entries [first, end), in order. Raises LogBroken when one is missing."""
        found = await self.documents.list(
            {"index": {"$gte": first, "$lt": end}}, sort=[("index", 1)], projection={"leaf": 1, "index": 1}
        )
        if [document["index"] for document in found] != list(range(first, end)):
            raise LogBroken("log_broken.entries", first=first, last=end - 1)
        return [bytes(document["leaf"]) for document in found]

    async def one(self, scope: Scope, entry_id: str) -> Document | None:
        """An entry by id; None when there is none that the viewer may see."""
        entry = await self.documents.get({"_id": entry_id})
        return entry if entry is not None and _seen(scope, entry) else None

    async def by_ids(self, scope: Scope, ids: Sequence[str]) -> Sequence[Document]:
        """Of these entries those that the viewer may see, the newest first."""
        found: list[Document] = []
        each = list(dict.fromkeys(ids))
        for start in range(0, len(each), _SLICE):
            some = each[start : start + _SLICE]
            found += await self.documents.list({"_id": {"$in": some}})
        return sorted(
            (entry for entry in found if _seen(scope, entry)), key=lambda entry: str(entry["order"]), reverse=True
        )

    async def page(self, scope: Scope, wanted: Wanted, first: int, after: str | None) -> Found:
        """At most `first` entries that are wanted and that the viewer sees, from below the place `after` on."""
        conditions = Conditions.of(scope, wanted)
        path = await self._path(scope, conditions, wanted.span)

        def fits(entry: Document) -> bool:
            return conditions.hold(entry["found"], entry["action"])

        page = await self._walks.along(path.terms, wanted.span.below(after), fits, enough=first + 1, most=path.most)
        shown = page.entries[:first]
        end = shown[-1]["order"] if len(page.entries) > first else page.stopped
        whole = after is None and end is None
        return Found(shown, end, len(shown) if whole else max(len(shown), await self._total(path, wanted.span, fits)))

    async def _path(self, scope: Scope, conditions: Conditions, span: Span) -> Path:
        """Along the condition that the fewest entries fit.

        A walk that stops because it has read enough tells where it stopped. That has to be at an entry that the viewer sees:
        a condition that reaches beyond their sight is walked to its end, so only if few fit it.
        """
        choices = [terms for terms in (conditions.sight, *conditions.others) if terms != (EVERY,)] or [(EVERY,)]
        if len(choices) == 1:
            return Path(choices[0], READ, alone=not conditions.action)
        sizes = await asyncio.gather(*(self._walks.size(terms, span) for terms in choices))
        sees_all = NATION in scope.codes
        paths = [
            (size, Path(terms, READ if sees_all or terms is conditions.sight else None))
            for size, terms in zip(sizes, choices, strict=True)
            if sees_all or terms is conditions.sight or size <= READ
        ]
        return min(paths, key=lambda path: path[0])[1]

    async def _total(self, path: Path, span: Span, fits: Callable[[Document], bool]) -> int:
        """How many entries of the span fit, at least."""
        if not path.alone:
            return len((await self._walks.along(path.terms, span, fits, enough=COUNTED, most=_LOOKED_AT)).entries)
        # With twice as many of the next level as there should be, there are enough, as good as certainly.
        sample = 2 * COUNTED // STEP
        if len((await self._walks.along(path.terms, span, fits, enough=sample, level=1)).entries) == sample:
            return COUNTED
        return len((await self._walks.along(path.terms, span, fits, enough=COUNTED)).entries)

    async def newest(self, action: str, ids: Sequence[str], below: int) -> dict[str, Document]:
        """Of each id the newest entry of `action` that proves it and has an index below `below`, where there is one.

        No other entry is read, whatever it concerns.
        """

        def fits(entry: Document) -> bool:
            return bool(entry["index"] < below)

        async def newest_of(thing_id: str) -> Document | None:
            term = proves(action, thing_id)
            # Nearly always it is one entry: one level tells, and one more question is enough, where a walk asks one a level.
            if await self.documents.list({"found": on(1, term)}, limit=1):
                walked = await self._walks.along((term,), Span(), fits, enough=1, most=None)
                return next(iter(walked.entries), None)
            few = await self.documents.list({"found": on(0, term)})
            return max(filter(fits, few), key=lambda entry: str(entry["order"]), default=None)

        each = list(dict.fromkeys(ids))
        found = await asyncio.gather(*map(newest_of, each))
        return {thing_id: entry for thing_id, entry in zip(each, found, strict=True) if entry is not None}


def _seen(scope: Scope, entry: Document) -> bool:
    """Whether its actor acted for an area of the scope, or its subject lies there."""
    return Conditions.of(scope, Wanted()).hold(entry["found"], entry["action"])


def _anew(entry: Document, logged_at: datetime) -> Document:
    leaf = bytes(entry["leaf"])
    return _document(Arrived(read(leaf), leaf), Place(entry["index"], logged_at), 0)


def _document(arrived: Arrived, place: Place, at: int) -> Document:
    entry, index = arrived.entry, place.first + at
    # The first tells for all of them, as it is the last that is derived anew.
    terms = {"terms": TERMS} if index == 0 else {}
    return terms | {
        "_id": entry.id,
        "index": index,
        "order": order(entry, index),
        "found": found_by(entry),
        "leaf": arrived.leaf,
        "at": entry.time,
        "loggedAt": place.logged_at,
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
