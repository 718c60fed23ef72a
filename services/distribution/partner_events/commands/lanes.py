"""Lanes: each partner's deliveries wait in a queue of their own, and the lanes are served in turn.

So no partner waits for another's flood, whether the events came over HTTP or by Kafka. One instance serves a lane at a time
(a lease), in batches: one transaction applies a batch, publishes its outcomes and moves the lane on, so every event takes
effect exactly once, whatever is killed when.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import structlog

from amanah.contracts.actor import Actor
from amanah.contracts.errors import Conflict, Unavailable
from amanah.contracts.ids import new_id
from amanah.contracts.logistics import Read, Rejection, read
from amanah.contracts.partner_outcomes import EventOutcome
from amanah.runtime.bus.deadletter import place
from amanah.runtime.bus.lease import Lease
from amanah.runtime.jobs import NEVER
from amanah.runtime.mongo import Operation, Tx, Update
from amanah.runtime.tables import Document
from services.distribution.partner_events.commands.events import PARTNERS, Incoming, apply_events
from services.distribution.partner_events.commands.outcomes import Decided, announce, captured_event
from services.distribution.partner_events.commands.senders import find_sender
from services.distribution.partner_events.documents import (
    CAPTURES,
    DELIVERIES,
    DELIVERY_CONTENTS,
    PACES,
    DeliveredDocument,
    DeliveryContentDocument,
    DeliveryDocument,
)
from services.distribution.partner_events.rules import Pace, events_in, rejected
from services.distribution.partners.lookup import find_limits
from services.distribution.store import Store

ROLLED_BACK = "rolled_back"
NOT_PROCESSED = "not_processed"

MOST_DELIVERIES = 5_000
"""Deliveries that may wait in a lane, so that counting its events costs little."""

_BATCH = 100
"""Events of one transaction; it takes some 0.3 s, so others wait no longer for their turn."""
_DELIVERIES = 50
_LARGE_BYTES = 50_000
_LEASE_SECONDS = 6.0
"""The lanes that a killed instance served wait that long; a turn takes about a second."""

log = structlog.get_logger()


class LaneMoved(Exception):
    """Another instance has served the batch: the lease was lost."""


@dataclass(frozen=True)
class Delivery:
    """A delivery with its next `events`; `last` when nothing is left after these."""

    entry: DeliveryDocument
    events: Sequence[Incoming]
    last: bool


@dataclass(frozen=True)
class Batch:
    """Events of one actor at the head of a lane."""

    actor: Actor
    deliveries: Sequence[Delivery]

    @property
    def events(self) -> list[Incoming]:
        """All events of the batch, in order."""
        return [event for delivery in self.deliveries for event in delivery.events]

    @property
    def rollback(self) -> bool:
        """True when all events are accepted or none."""
        return self.deliveries[0].entry["rollback"]


async def deliver(
    store: Store, tx: Tx, actor: Actor, lane: str, documents: Sequence[DeliveredDocument], *,
    job: str | None = None, rollback: bool = False,
) -> None:  # fmt: skip
    """Puts documents that a partner sent at the end of its lane."""
    entry: DeliveryDocument = {
        "_id": new_id("evt"), "lane": lane, "order": time.time_ns() // 1000,
        "events": sum(events_in(d["value"], d["mediaType"]) for d in documents), "next": 0, "rollback": rollback,
    }  # fmt: skip
    if job is not None:
        entry["job"] = job
    content: DeliveryContentDocument = {
        "_id": entry["_id"], "actor": actor.model_dump(mode="json"), "documents": list(documents),
    }  # fmt: skip
    await store[DELIVERIES].insert(entry, tx=tx)
    await store[DELIVERY_CONTENTS].insert(content, tx=tx)


async def waiting_events(store: Store, lane: str) -> tuple[int, bool]:
    """About how many events wait in a lane, and whether it has all the documents that it may have: then no more are counted."""
    left = {"$subtract": [{"$ifNull": ["$events", 1]}, "$next"]}
    groups = await store[DELIVERIES].aggregate(
        [
            {"$match": {"lane": lane}},
            {"$limit": MOST_DELIVERIES},
            {"$group": {"_id": None, "left": {"$sum": left}, "deliveries": {"$sum": 1}}},
        ]
    )
    return (max(0, groups[0]["left"]), groups[0]["deliveries"] >= MOST_DELIVERIES) if groups else (0, False)


@dataclass
class Lane:
    """The lane of one partner, while this instance serves it. `rest` is the seconds until its pace lets it go on."""

    store: Store
    id: str
    size: int = field(default_factory=lambda: _BATCH)
    faults: int = 0
    rest: float = 0.0
    _pace: Pace | None = None
    _lease: Lease = field(init=False)
    _read: dict[str, tuple[Actor, list[Incoming]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lease = Lease(self.store.db, f"lane {self.id}", _LEASE_SECONDS)

    async def hold(self) -> bool:
        """Takes or renews the lease; False while another instance serves the lane."""
        return await self._lease.hold()

    async def release(self) -> None:
        """Lets others serve the lane."""
        await self._lease.release()

    async def serve_batch(self) -> int:
        """Applies the next batch, and returns the number of its deliveries: 0 when the lane is empty, or has to rest.

        An event that fails for a fault of ours is found by halving the batch, and rejected as `not_processed`: it holds up
        nothing behind it. Raises Unavailable, Conflict and LaneMoved, after which the batch is tried again.
        """
        pace, now = await self._paced(), datetime.now(UTC)
        self.rest = pace.wait(now)
        if self.rest > 0:
            return 0
        batch = await self._next_batch(max(1, min(self.size, pace.room(now))))
        if batch is None:
            return 0
        try:
            await self._apply(batch)
        except (Unavailable, Conflict, LaneMoved):
            raise
        except Exception as error:
            if len(batch.events) > 1 and not batch.rollback:
                self.size = max(1, len(batch.events) // 2)
                return await self.serve_batch()
            log.error("partner event failed", lane=self.id, fault=place(error))
            self.faults += 1
            await self._reject(batch, [_rejection(e.event, NOT_PROCESSED) for e in batch.events])
        self.size = min(_BATCH, self.size * 2)
        return len(batch.deliveries)

    async def _paced(self) -> Pace:
        """The pace of the lane; limits that an administrator changes hold from the lane's next turn."""
        if self._pace is None:
            used = await self.store[PACES].get({"_id": self.id})
            limits = await find_limits(self.store, self.id)
            self._pace = Pace(limits["eventsPerMinute"], used["usedUntil"] if used else NEVER)
        return self._pace

    async def _next_batch(self, room: int) -> Batch | None:
        """The head of the lane with at most `room` events; a delivery with `rollback` comes whole and alone."""
        entries = await self.store[DELIVERIES].list({"lane": self.id}, sort=[("order", 1)], limit=_DELIVERIES)
        actor: Actor | None = None
        batch: list[Delivery] = []
        ahead = 1
        for number, entry in enumerate(entries):
            if batch and (entry["rollback"] or room <= 0):
                break
            if entry["_id"] not in self._read:
                await self._load(entries[number : number + ahead])
                ahead *= 2
            by, events = self._read[entry["_id"]]
            if batch and by != actor:
                break
            actor = by
            waiting = events[entry["next"] :]
            taken = waiting if entry["rollback"] else waiting[:room]
            batch.append(Delivery(entry, taken, last=len(taken) == len(waiting)))
            room -= len(taken)
            if entry["rollback"]:
                break
        return Batch(actor, batch) if actor is not None else None

    async def _load(self, entries: Sequence[DeliveryDocument]) -> None:
        """Reads the contents of the deliveries. Raises LaneMoved when one of them is done already.

        The caller asks for few first, and for more while there is room: a delivery of the bus has hundreds of events, one over
        HTTP often a single one.
        """
        ids = [e["_id"] for e in entries if e["_id"] not in self._read]
        for content in await self.store[DELIVERY_CONTENTS].list({"_id": {"$in": ids}}):
            self._read[content["_id"]] = await _read(content)
        if not self._read.keys() >= set(ids):
            raise LaneMoved

    async def _apply(self, batch: Batch) -> None:
        async def work(tx: Tx) -> None:
            sender = await find_sender(self.store, batch.actor, tx)
            decided = await apply_events(self.store, tx, batch.actor, sender, batch.events)
            if batch.rollback and any(isinstance(each.verdict, Rejection) for each in decided):
                raise _NotAll(decided)
            await self._finish(tx, batch, decided)

        try:
            await self.store.db.transaction(work)
        except _NotAll as failed:
            verdicts = [each.verdict for each in failed.decided]
            await self._reject(
                batch,
                [
                    verdict if isinstance(verdict, Rejection) else _rejection(event.event, ROLLED_BACK)
                    for event, verdict in zip(batch.events, verdicts, strict=True)
                ],
            )
        self._forget(batch)

    async def _reject(self, batch: Batch, rejections: Sequence[Rejection]) -> None:
        """Rejects all events of a batch, each with its reason."""
        decided = [Decided(r, event.source, event.at) for r, event in zip(rejections, batch.events, strict=True)]

        async def work(tx: Tx) -> None:
            sender = await find_sender(self.store, batch.actor, tx)
            await announce(self.store, tx, batch.actor.anywhere(PARTNERS), sender, decided)
            await self._finish(tx, batch, decided)

        await self.store.db.transaction(work)
        self._forget(batch)

    async def _finish(self, tx: Tx, batch: Batch, decided: Sequence[Decided]) -> None:
        """Moves the lane past the batch, and reports the outcomes in the capture jobs. Raises LaneMoved."""
        done = [d.entry["_id"] for d in batch.deliveries if d.last]
        deleted = await self.store[DELIVERIES].delete({"_id": {"$in": done}}, tx=tx) if done else 0
        if deleted != len(done):
            raise LaneMoved
        if done:
            await self.store[DELIVERY_CONTENTS].delete({"_id": {"$in": done}}, tx=tx)
        for rest in (d for d in batch.deliveries if not d.last):
            here = {"_id": rest.entry["_id"], "next": rest.entry["next"]}
            if not await self.store[DELIVERIES].update(here, {"$inc": {"next": len(rest.events)}}, tx=tx):
                raise LaneMoved
        jobs: list[Operation] = []
        start = 0
        for delivery in batch.deliveries:
            outcomes = [captured_event(each) for each in decided[start : start + len(delivery.events)]]
            start += len(delivery.events)
            if "job" in delivery.entry:
                change: Document = {"$push": {"events": {"$each": [o.model_dump(mode="json") for o in outcomes]}}}
                if any(o.result == EventOutcome.REJECTED for o in outcomes):
                    change["$set"] = {"success": False}
                if delivery.last:
                    change["$set"] = change.get("$set", {}) | {"running": False}
                jobs.append(Update({"_id": delivery.entry["job"]}, change))
        await self.store[CAPTURES].bulk(jobs, tx=tx)
        pace = (await self._paced()).after(len(decided), datetime.now(UTC))
        await self.store[PACES].put({"_id": self.id, "usedUntil": pace.used_until}, tx=tx)
        tx.on_commit(partial(self._take_pace, pace))

    def _take_pace(self, pace: Pace) -> None:
        self._pace = pace

    def _forget(self, batch: Batch) -> None:
        """Frees the memory of deliveries that are done."""
        for delivery in batch.deliveries:
            if delivery.last:
                self._read.pop(delivery.entry["_id"], None)


class _NotAll(Exception):
    """An event was rejected in a document that is accepted as a whole or not at all."""

    def __init__(self, decided: Sequence[Decided]) -> None:
        super().__init__("not all")
        self.decided = decided


async def _read(content: DeliveryContentDocument) -> tuple[Actor, list[Incoming]]:
    """The actor and the events of a delivery. Large documents are read in a thread, so that nobody waits for them."""
    large = sum(len(d["value"]) for d in content["documents"]) > _LARGE_BYTES
    events = await asyncio.to_thread(_events, content) if large else _events(content)
    return Actor.model_validate(content["actor"]), events


def _events(content: DeliveryContentDocument) -> list[Incoming]:
    return [
        Incoming(event, document["source"], document["at"])
        for document in content["documents"]
        for event in read(bytes(document["value"]), now=document["at"], media_type=document["mediaType"])
    ]


def _rejection(event: Read, code: str) -> Rejection:
    """The rejection of an event for a reason that is not its own; a rejected one keeps its reason."""
    if isinstance(event, Rejection):
        return event
    return rejected(event, code, "")
