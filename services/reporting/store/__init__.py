"""Reporting's collections, and every question asked of them. What counts as a figure stands in `domain/figures.py`.

- `rounds`     `_id` round; what the round is called, where it is, which goods it gives
- `totals`     `_id` round|area; the counters of one round in one area, and `parent`, the area above
- `days`       `_id` round|area|day; the same for one local day
- `handovers`  `_id` handover; the row behind a figure: where and when, by whom, how much, which photo. No recipient.
               `states` is what was told of it later, each with its place on the bus
- `cases`      `_id` case; where, when, of which kind, and in `states` its status, level and due time. No text, no person.
- `balances`   `_id` round|area|account|good; what came in and went out at a place or on a leg, in thousandths
- `squares`    `_id` round|level|row|column|area; what happened in a cell of the map's grid
- `checkpoints`  `_id` day (UTC); the audit log's checkpoint that was dated on it
- `marks`      `_id` partition of distribution.events.v1; the time of the last event counted
- `positions`  the consumer's own; the next offset to count, stored in one transaction with what was counted
- `reports`    `_id` report; what was asked, and what became of it

Every question takes the viewer's scope; what lies outside does not exist for them (NotFound).
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from amanah.contracts.area_table import AreaTable
from amanah.contracts.areas import Scope, parent
from amanah.contracts.errors import NotFound, NotYet
from amanah.contracts.ids import just_made
from amanah.contracts.topics import DISTRIBUTION
from amanah.runtime.bus.bus import Bus
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.mongo import Database, Put, Tx, Update
from amanah.runtime.objects import Objects
from amanah.runtime.tables import Document, Index, index
from services.reporting.figures.rules.balances import Entry
from services.reporting.figures.rules.figures import Cell, Counter
from services.reporting.map.rules import Seen, Square, Window
from services.reporting.settings import ReportingSettings
from services.reporting.store.documents import (
    Goods,
    Position,
    Told,
    between,
    counted,
    field_of,
    goods,
    goods_of,
    now,
    row_update,
)

__all__ = ["GROUP", "Goods", "Position", "Store", "Told", "counted", "goods", "goods_of", "now"]

GROUP = "reporting"
"""The consumers' group."""

_MOST_TILES = 64

_INDEXES: Mapping[str, Sequence[Index]] = {
    "rounds": (),
    "totals": (index("round", "parent"),),
    "days": (index("round", "area", "day"), index("round", "parent", "day")),
    "handovers": (index("round", "area", "day", "at", "_id"),),
    "cases": (index("round", "area", "at", "_id"),),
    "balances": (index("round", "area", "_id"),),
    "squares": (index("round", "tile"), index("round", "level", "area")),
    "checkpoints": (index("at"),),
    "marks": (),
    "positions": (),
    "reports": (
        index("status", "leaseUntil"),
        index("number", sparse=True),
        index("round", "_id"),
        index("area", "_id"),
    ),
}


class Store:
    """What reporting keeps, and what it needs of the house."""

    def __init__(
        self,
        db: Database,
        objects: Objects,
        outbox: Outbox,
        bus: Bus,
        areas: AreaTable,
        public_url: str,
        settings: ReportingSettings,
    ) -> None:
        self.db = db
        self.objects = objects
        self.outbox = outbox
        self.bus = bus
        self.areas = areas
        self.public_url = public_url.rstrip("/")
        self.settings = settings
        self.rounds = db["rounds"]
        self.totals = db["totals"]
        self.days = db["days"]
        self.handovers = db["handovers"]
        self.cases = db["cases"]
        self.balances = db["balances"]
        self.squares = db["squares"]
        self.checkpoints = db["checkpoints"]
        self.marks = db["marks"]
        self.positions = db["positions"]
        self.reports = db["reports"]
        self.queued: Callable[[], None] = lambda: None
        """Called when a report was queued, so that its maker need not wait for its next look."""

    async def prepare(self) -> None:
        """Creates what is missing in the store."""
        for name, indexes in _INDEXES.items():
            await self.db[name].ensure_indexes(indexes)

    # ------------------------------------------------------------ counting

    async def add(self, tx: Tx, sums: Mapping[Cell, Mapping[Counter, int]]) -> None:
        """Add to the counters, in one round trip a collection."""
        totals, days = [], []
        for cell, row in sums.items():
            change: Document = {"$inc": {field_of(counter): amount for counter, amount in row.items()}}
            known: Document = {"round": cell.round_id, "area": cell.area, "parent": parent(cell.area)}
            key = f"{cell.round_id}|{cell.area}"
            if cell.day is None:
                totals.append(Update({"_id": key}, {**change, "$setOnInsert": known}, upsert=True))
            else:
                day = cell.day.isoformat()
                known["day"] = day
                days.append(Update({"_id": f"{key}|{day}"}, {**change, "$setOnInsert": known}, upsert=True))
        await self.totals.bulk(totals, tx=tx)
        await self.days.bulk(days, tx=tx)

    async def balance(self, tx: Tx, changes: Mapping[Entry, Mapping[str, int]]) -> None:
        """Add to the balances of places and legs."""
        await self.balances.bulk(
            [
                Update(
                    {"_id": "|".join(entry)},
                    {
                        "$inc": dict(row),
                        "$setOnInsert": {
                            "round": entry.round_id, "area": entry.area, "account": entry.account, "sku": entry.sku,
                        },
                    },
                    upsert=True,
                )
                for entry, row in changes.items()
            ],
            tx=tx,
        )  # fmt: skip

    async def see(self, tx: Tx, sightings: Mapping[Square, Seen]) -> None:
        """Add to the cells of the map."""
        await self.squares.bulk(
            [
                Update(
                    {"_id": "|".join(map(str, square))},
                    {
                        "$inc": {name: amount for name, amount in seen._asdict().items() if amount},
                        "$setOnInsert": {
                            "round": square.round_id, "level": square.level, "row": square.row,
                            "column": square.column, "area": square.area, "tile": square.tile,
                        },
                    },
                    upsert=True,
                )
                for square, seen in sightings.items()
            ],
            tx=tx,
        )  # fmt: skip

    async def keep(
        self, tx: Tx, *, rounds: Sequence[Document], handovers: Sequence[Told], cases: Sequence[Told]
    ) -> None:
        """Keep what rounds are called, and the rows behind the figures."""
        await self.rounds.bulk([Put(round_) for round_ in rounds], tx=tx)
        await self.handovers.bulk([row_update(told) for told in handovers], tx=tx)
        await self.cases.bulk([row_update(told) for told in cases], tx=tx)

    async def mark(self, tx: Tx, latest: Mapping[int, datetime]) -> None:
        """Note the time of the latest event counted, by partition, so that consumers of others need not meet here."""
        marks = [Update({"_id": number}, {"$max": {"at": at}}, upsert=True) for number, at in latest.items()]
        await self.marks.bulk(marks, tx=tx)

    async def keep_checkpoints(self, tx: Tx, checkpoints: Sequence[Document]) -> None:
        """Keep dated checkpoints of the audit log."""
        await self.checkpoints.bulk([Put(checkpoint) for checkpoint in checkpoints], tx=tx)

    async def position(self, *, tx: Tx | None = None) -> Position:
        """How far events were counted. The offsets are those that the consumer stores together with the figures."""
        times = [mark["at"] for mark in await self.marks.list({}, tx=tx)]
        return Position(await self._reached(DISTRIBUTION.name, tx), max(times) if times else None)

    async def has_reached(self, topic: str, ends: Mapping[int, int]) -> bool:
        """Whether everything of a topic before `ends` was consumed."""
        reached = await self._reached(topic)
        return all(reached.get(number, 0) >= end for number, end in ends.items())

    async def _reached(self, topic: str, tx: Tx | None = None) -> Mapping[int, int]:
        start = f"{GROUP}/{topic}/"
        # "0" is the character after "/" in ASCII: the half-open range has the positions of this topic.
        found = await self.positions.list({"_id": {"$gt": start, "$lt": start[:-1] + "0"}}, tx=tx)
        return {int(document["_id"].removeprefix(start)): document["next"] for document in found}

    # ------------------------------------------------------------ reading figures

    async def round(self, scope: Scope, round_id: str) -> Document:
        """What is known of a round that touches the scope.

        Of one that was just made the news may be on its way: it is waited for, then NotYet. Any other is NotFound at once.
        """
        coming = just_made(round_id, datetime.now(UTC))
        deadline = asyncio.get_running_loop().time() + self.settings.round_wait_s
        while True:
            found = await self.rounds.get({"_id": round_id})
            if found is not None and scope.narrowed(found["area"]):
                return found
            # One that may not be seen is answered like one that is not there, after the same time.
            if not coming:
                raise NotFound("not_found.round")
            if asyncio.get_running_loop().time() >= deadline:
                raise NotYet("not_yet.round", "roundId")
            await asyncio.sleep(0.05)

    async def total(self, scope: Scope, round_id: str, area: str, *, tx: Tx | None = None) -> Document:
        """The counters of a round in an area; empty when nothing was counted there."""
        _inside(scope, area)
        return await self.totals.get({"_id": f"{round_id}|{area}"}, tx=tx) or {}

    async def below(
        self, scope: Scope, round_id: str, areas: Sequence[str], *, tx: Tx | None = None
    ) -> Sequence[Document]:
        """The counters of the areas one level below each of `areas`."""
        for area in areas:
            _inside(scope, area)
        parents: Any = areas[0] if len(areas) == 1 else {"$in": list(areas)}
        return await self.totals.list({"round": round_id, "parent": parents}, sort=[("_id", 1)], tx=tx)

    async def by_day(
        self,
        scope: Scope,
        round_id: str,
        area: str,
        since: date | None = None,
        until: date | None = None,
        *,
        tx: Tx | None = None,
    ) -> Sequence[Document]:
        """What happened in an area, a document a local day, both ends included."""
        _inside(scope, area)
        condition = {"round": round_id, "area": area, **between(since, until)}
        return await self.days.list(condition, sort=[("day", 1)], tx=tx)

    async def days_below(
        self,
        scope: Scope,
        round_id: str,
        areas: Sequence[str],
        since: date | None,
        until: date | None,
        *,
        tx: Tx | None = None,
    ) -> Sequence[Document]:
        """What happened on those days in the areas one level below each of `areas`."""
        for area in areas:
            _inside(scope, area)
        condition = {"round": round_id, "parent": {"$in": list(areas)}, **between(since, until)}
        return await self.days.list(condition, tx=tx)

    async def handovers_in(
        self, scope: Scope, round_id: str, area: str, since: date | None, until: date | None
    ) -> AsyncIterator[Document]:
        """The handovers of an area and its days, by village, day and time."""
        _inside(scope, area)
        condition = {"round": round_id, **Scope([area]).condition("area"), **between(since, until)}
        order = [("area", 1), ("day", 1), ("at", 1), ("_id", 1)]
        async for row in self.handovers.stream(condition, sort=order):
            yield row

    async def cases_in(
        self, scope: Scope, round_id: str, area: str, since: date | None, until: date | None
    ) -> AsyncIterator[Document]:
        """The cases of an area that were opened on those days, by area and time."""
        _inside(scope, area)
        condition = {"round": round_id, **Scope([area]).condition("area"), **between(since, until)}
        async for row in self.cases.stream(condition, sort=[("area", 1), ("at", 1), ("_id", 1)]):
            yield row

    async def balances_of(self, scope: Scope, round_id: str, area: str, *, tx: Tx | None = None) -> Sequence[Document]:
        """The balances of packages that are meant for an area, by account and good."""
        _inside(scope, area)
        return await self.balances.list({"round": round_id, "area": area}, sort=[("_id", 1)], tx=tx)

    async def squares_in(self, scope: Scope, round_id: str, window: Window) -> Sequence[Document]:
        """The cells of a window that are kept for areas of the scope."""
        tiles = window.tiles
        # Of small areas seen from far away there are few cells, and in the window many blocks without any.
        by = (
            {"tile": {"$in": tiles}}
            if len(tiles) <= _MOST_TILES
            else {"level": window.level, **scope.condition("area")}
        )
        found = await self.squares.list({"round": round_id, **by})
        return [s for s in found if window.shows(s["row"], s["column"]) and scope.covers(s["area"])]

    async def checkpoint(self, as_of: datetime) -> Document | None:
        """The audit log's newest checkpoint that was dated by `as_of`; None before the first.

        One dated within the last `settle_s` may not have arrived: with it, the same `as_of` could have two answers.
        """
        surely_here = as_of - timedelta(seconds=self.settings.settle_s)
        found = await self.checkpoints.list({"at": {"$lte": surely_here}}, sort=[("at", -1)], limit=1)
        return found[0] if found else None

    # ------------------------------------------------------------ reports

    async def reports_of(self, scope: Scope, ids: Sequence[str]) -> Sequence[Document]:
        """Reports by id, those on areas of the scope."""
        return await self.reports.list({"$and": [{"_id": {"$in": list(ids)}}, scope.condition("area")]})

    async def reports_on(
        self, scope: Scope, round_id: str | None, first: int, after: str | None
    ) -> tuple[Sequence[Document], int]:
        """At most `first` reports on areas of the scope, made before the one with the id `after`; and how many in all."""
        fits: Document = {"$and": [{"round": round_id} if round_id else {}, scope.condition("area")]}
        here = {"$and": [fits, {"_id": {"$lt": after}}]} if after is not None else fits
        return await self.reports.list(here, sort=[("_id", -1)], limit=first), await self.reports.count(fits)

    async def ready_report(self, named: str) -> Document | None:
        """A finished report by its id or by the number printed on it; public."""
        for name in ("_id", "number"):
            found = await self.reports.get({name: named, "status": "READY"}, sort=[("madeAt", 1)])
            if found is not None:
                return found
        return None


def _inside(scope: Scope, area: str) -> None:
    if not scope.covers(area):
        raise NotFound("not_found.area")
