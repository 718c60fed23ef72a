"""The outbox: events and audit entries are written with the change they tell of, and published afterwards.

`Outbox.record` puts both into the caller's transaction, so that no change lacks its entry and no event tells of what did
not happen. `Relay` publishes them at least once, in order per key; consumers drop what they have seen.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import structlog

from amanah.contracts.actor import Acting
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import MOST_CONCERNED, AuditEntry, EventRef, Origin, Subject, new_entry_id
from amanah.contracts.envelope import Envelope, source_of
from amanah.contracts.errors import AmanahError
from amanah.contracts.ids import new_id
from amanah.contracts.message import Event, encode
from amanah.contracts.topics import AUDIT_ENTRIES
from amanah.runtime import telemetry
from amanah.runtime.bus.bus import Bus, Outgoing, check_size
from amanah.runtime.bus.lease import Lease
from amanah.runtime.bus.trail import Rates, Trail
from amanah.runtime.bus.waiting import pause_after, within
from amanah.runtime.mongo import Database, Tx
from amanah.runtime.tables import Document, index

ENTRY_RECORDED = "id.amanah.audit.entry.recorded.v1"

_BATCH = 500
_POLL_SECONDS = 0.25
_LEASE_SECONDS = 3.0
_RENEW_SECONDS = 1.0
_FOLLOW_SECONDS = 1.0
_RATES = Rates()

log = structlog.get_logger()

Messages = list[tuple[str, Outgoing]]


@dataclass
class _Batch:
    """Entries that are committed together."""

    messages: Messages = field(default_factory=list)
    committed: asyncio.Future[None] | None = None


class Outbox:
    """A service's outbox, in its own database. `service` names it in events; by default the database's name does.

    What its doors tell, they put on its `trail`.
    """

    def __init__(self, db: Database, service: str | None = None, rates: Rates = _RATES) -> None:
        self.db = db
        self.service = service or db.name.rpartition("_")[2]
        self._documents = db["outbox"]
        self._last = 0
        self._batch = _Batch()
        self._committing = asyncio.Lock()
        self.nudged = asyncio.Event()
        self.trail = Trail(self.record_entry, rates)

    async def prepare(self) -> None:
        """Create what is missing in the store; needed before the first `record`."""
        await self._documents.ensure_indexes([index("order"), index("key", "-order")])

    async def record(
        self,
        tx: Tx,
        by: Acting,
        *,
        action: AuditAction,
        subject: Subject,
        concerns: Sequence[Subject] = (),
        event: Event | None = None,
        authority: str = "",
        area: str | None = None,
        before: str = "",
        after: str = "",
        outcome: str = "done",
        reason: str = "",
    ) -> str:
        """Write the audit entry, and the event if there is one, in the transaction; the entry's id.

        `action` follows `service:noun:verb`. `area` is the subject's, by default the actor's. `concerns` are all the other
        things it touches; more than `MOST_CONCERNED` are several entries, alike in all else, of which the first one's id is
        answered. `before` and `after` are commitments.
        Raises Refused("message_too_large") for an event that the bus would not carry.
        """
        entry_id, messages = self._told(
            by, action=action, subject=subject, concerns=concerns, event=event, authority=authority, area=area,
            before=before, after=after, outcome=outcome, reason=reason,
        )  # fmt: skip
        await self._write(tx, messages)
        return entry_id

    async def record_entry(
        self,
        by: Acting,
        *,
        action: AuditAction,
        subject: Subject,
        concerns: Sequence[Subject] = (),
        authority: str = "",
        area: str | None = None,
        after: str = "",
        outcome: str = "done",
        reason: str = "",
    ) -> str:
        """Write an audit entry alone: a denial, something shown. It is durable when this returns.

        Those of many callers at a time are committed together, so that who reads does not wait for each other's writing.
        """
        entry_id, messages = self._told(
            by, action=action, subject=subject, concerns=concerns, authority=authority, area=area, after=after,
            outcome=outcome, reason=reason,
        )  # fmt: skip
        batch = self._batch
        batch.messages += messages
        if batch.committed is None:
            batch.committed = asyncio.ensure_future(self._commit(batch))
        # Shielded: who gives up waiting must not take the others' entries along.
        await asyncio.shield(batch.committed)
        return entry_id

    async def _commit(self, batch: _Batch) -> None:
        async with self._committing:  # meanwhile more may join
            self._batch = _Batch()
            await self.db.transaction(lambda tx: self._write(tx, batch.messages))

    def _told(
        self,
        by: Acting,
        *,
        action: AuditAction,
        subject: Subject,
        concerns: Sequence[Subject],
        event: Event | None = None,
        authority: str,
        area: str | None,
        before: str = "",
        after: str,
        outcome: str,
        reason: str,
    ) -> tuple[str, Messages]:
        """The first entry's id, and the messages that tell of it: from where and when is as it is here and now."""
        now = datetime.now(UTC)
        carrier: dict[str, str] = {}
        telemetry.inject(carrier)
        who: dict[str, Any] = {
            "source": source_of(self.service),
            "time": now,
            "actor_id": by.id,
            "actor_role": by.role,
            "actor_area": by.area,
            "authority": authority,
            "traceparent": carrier.get("traceparent", ""),
        }
        messages: Messages = []
        told = EventRef()
        if event is not None:
            told = EventRef(topic=event.topic, type=event.type, id=new_id("evt"))
            envelope = Envelope(id=told.id, type=told.type, subject=subject.id, **who)
            messages.append((told.id, _outgoing(event.topic, event.key(), encode(event), envelope)))
        here = telemetry.origin()
        entries = [
            AuditEntry(
                id=new_entry_id(),
                time=now,
                actor=by,
                action=action,
                subject=subject,
                concerns=part,
                area=by.area if area is None else area,
                outcome=outcome,
                reason=reason,
                authority=authority,
                origin=Origin(service=self.service, ip=here.ip, device=here.device, trace=telemetry.trace_id()),
                before=before,
                after=after,
                event=told,
            )
            for part in _parts(concerns)
        ]
        for entry in entries:
            envelope = Envelope(id=entry.id, type=ENTRY_RECORDED, subject=subject.id, **who)
            messages.append((entry.id, _outgoing(AUDIT_ENTRIES.name, subject.id, entry.canonical(), envelope)))
        check_size([m for _, m in messages])
        return entries[0].id, messages

    def nudge(self) -> None:
        """There is something to publish. Every transaction that recorded does this when it is committed."""
        self.nudged.set()

    async def pending(self, limit: int) -> list[Document]:
        """What is committed and not yet published, in order."""
        return await self._documents.list({}, sort=[("order", 1)], limit=limit)

    async def forget(self, documents: Sequence[Document]) -> None:
        """Delete what was published."""
        await self._documents.delete({"_id": {"$in": [d["_id"] for d in documents]}})

    async def depth(self) -> int:
        """How much waits to be published."""
        return await self._documents.count({})

    async def _write(self, tx: Tx, messages: Messages) -> None:
        # Clocks of different instances differ: what is pending of the same key comes before, whatever our clock says.
        latest = await self._documents.get(
            {"key": {"$in": sorted({m.key for _, m in messages})}}, projection={"order": 1}, sort=[("order", -1)], tx=tx
        )
        order = max(time.time_ns() // 1000, self._last + 1, latest["order"] + 1 if latest else 0)
        self._last = order + len(messages) - 1
        documents = [
            {
                "_id": identifier,
                "order": turn,
                "topic": m.topic,
                "key": m.key,
                "value": m.value,
                "headers": [[name, value] for name, value in m.headers],
            }
            for turn, (identifier, m) in enumerate(messages, order)
        ]
        await self._documents.insert_many(documents, tx=tx)
        tx.on_commit(self.nudge)


def _parts(concerns: Sequence[Subject]) -> Iterator[tuple[Subject, ...]]:
    """As many of them as an entry holds, each time; one empty part when there are none."""
    for start in range(0, max(1, len(concerns)), MOST_CONCERNED):
        yield tuple(concerns[start : start + MOST_CONCERNED])


class Relay:
    """Publishes an outbox to the bus; a `Worker` of its service. Of all instances of the service one does it at a time.

    Each writes what its own trail omitted.
    """

    name = "outbox relay"

    def __init__(self, outbox: Outbox, bus: Bus) -> None:
        self._outbox = outbox
        self._bus = bus
        self._lease = Lease(outbox.db, "outbox relay", _LEASE_SECONDS)
        self._held_until = 0.0
        self._stopping = asyncio.Event()
        self._published = 0
        self._depth = 0
        self._failures = 0
        self._trouble: str | None = None

    async def run(self) -> None:
        """Publish until cancelled; what is in hand is finished."""
        working = asyncio.create_task(self._work())
        try:
            await asyncio.shield(working)
        except asyncio.CancelledError:
            self._stopping.set()
            self._outbox.nudge()
            await working

    def trouble(self) -> str | None:
        """Only what a person must look at; while the bus or the store is away, the service may well take traffic."""
        return self._trouble

    def figures(self) -> dict[str, float]:
        """`depth` waits in the outbox, `published` since the start, `failures` in a row."""
        return {"depth": self._depth, "published": self._published, "failures": self._failures}

    async def _tell(self, *, ending: bool = False) -> None:
        """What was omitted is counted on where it cannot be told, and keeps no event back."""
        try:
            await self._outbox.trail.tell(ending=ending)
        except AmanahError as error:
            log.warning("what was omitted waits", service=self._outbox.service, reason=error.message)
        except Exception:
            log.exception("what was omitted cannot be told", service=self._outbox.service)

    async def _work(self) -> None:
        while not self._stopping.is_set():
            await self._tell()
            try:
                self._outbox.nudged.clear()
                leading = await self._leading()
                more = leading and await self._publish()
                self._failures, self._trouble = 0, None
                if not leading:
                    await within(_FOLLOW_SECONDS, self._stopping)
                elif not more:
                    await within(_POLL_SECONDS, self._outbox.nudged)
            except Exception as error:  # nothing may end the relay: whatever it is, the events stay in the outbox
                self._failures += 1
                if not isinstance(error, AmanahError):
                    log.exception("outbox relay stumbles", service=self._outbox.service)
                    self._trouble = f"cannot publish: {type(error).__name__}; see the logs"
                else:
                    log.warning("outbox relay waits", service=self._outbox.service, reason=error.message)
                await within(pause_after(self._failures), self._stopping)
        await self._tell(ending=True)
        with suppress(AmanahError):  # it runs out by itself
            await self._lease.release()

    async def _leading(self) -> bool:
        """Whether this relay is the one that publishes."""
        if time.monotonic() >= self._held_until:
            self._depth = await self._outbox.depth()
            if not await self._lease.hold():
                return False
            self._held_until = time.monotonic() + _RENEW_SECONDS
        return True

    async def _publish(self) -> bool:
        """Publish what is pending, up to a batch; whether there is more."""
        documents = await self._outbox.pending(_BATCH)
        if documents:
            await self._bus.publish([_message(d) for d in documents])
            await self._outbox.forget(documents)
            self._published += len(documents)
        return len(documents) == _BATCH


def _outgoing(topic: str, key: str, value: bytes, envelope: Envelope) -> Outgoing:
    return Outgoing(topic, key.encode(), value, envelope.to_headers())


def _message(document: Document) -> Outgoing:
    headers = tuple((name, bytes(value)) for name, value in document["headers"])
    return Outgoing(document["topic"], bytes(document["key"]), bytes(document["value"]), headers)
