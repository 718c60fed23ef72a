"""Transactional outbox: events and audit entries are stored in the transaction of their change, and published afterwards.

`Outbox.record` adds both to the caller's transaction, so that every change has its entry and every event its change. All that a
transaction records is one write, before it commits: a batch of many changes costs the outbox what one change costs.
`Relay` (relay.py) publishes the messages at least once, in order per key; consumers skip repeated messages.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Required, TypedDict, Unpack

from amanah.contracts.actor import Acting
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import MAX_RELATED, AuditEntry, EventRef, Origin, Subject, new_entry_id
from amanah.contracts.envelope import Envelope, source_of
from amanah.contracts.ids import new_id
from amanah.contracts.message import Event, encode
from amanah.contracts.topics import AUDIT_ENTRIES
from amanah.runtime import telemetry
from amanah.runtime.bus.bus import Outgoing, check_size
from amanah.runtime.bus.trail import Rates, Trail
from amanah.runtime.mongo import Database, Tx
from amanah.runtime.tables import Document, Table, index

ENTRY_RECORDED = "id.amanah.audit.entry.recorded.v1"

_BUNDLE_MESSAGES = 200
_BUNDLE_BYTES = 1_000_000
_RATES = Rates()

Messages = list[tuple[str, Outgoing]]
"""Messages with their ids."""


class PendingMessage(TypedDict):
    """Message that waits to be published."""

    _id: str
    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


class BundleDocument(TypedDict):
    """Messages of one transaction in order; `keys` are theirs. Bundles are published in the order of `order`."""

    _id: str
    order: int
    keys: list[bytes]
    messages: list[PendingMessage]


OUTBOX = Table("outbox", BundleDocument, index("order"), index("keys", "-order"))


class EntryFields(TypedDict, total=False):
    """Fields of an audit entry that its writer gives.

    `area` is the subject's; the default is the actor's. `concerns` has the related ids. `after` is a commitment.
    """

    action: Required[AuditAction]
    subject: Required[Subject]
    concerns: Sequence[Subject]
    authority: str
    area: str | None
    after: str
    outcome: str
    reason: str


class ChangeFields(EntryFields, total=False):
    """Fields of the audit entry of a change; `before` is a commitment."""

    before: str


@dataclass
class _Batch:
    """Messages of concurrent callers that are committed together."""

    messages: Messages = field(default_factory=list)
    committed: asyncio.Future[None] | None = None


class Outbox:
    """Outbox of a service, in its own database. `service` names it in events; the default is the database's name.

    `trail` has the entries of requests that change nothing.
    """

    def __init__(self, db: Database, service: str | None = None, rates: Rates = _RATES) -> None:
        self.db = db
        self.service = service or db.name.rpartition("_")[2]
        self._bundles = db[OUTBOX]
        self._last = 0
        self._batch = _Batch()
        self._committing = asyncio.Lock()
        self.nudged = asyncio.Event()
        self.trail = Trail(self.record_entry, rates)

    async def prepare(self) -> None:
        """Creates missing indexes; needed before the first `record`."""
        await self.db.create([OUTBOX])

    async def record(self, tx: Tx, by: Acting, *, event: Event | None = None, **fields: Unpack[ChangeFields]) -> str:
        """Adds the audit entry, and the event if there is one, to the transaction. Returns the entry's id.

        More than `MAX_RELATED` related ids give several entries that are equal otherwise, and the first one's id is
        returned. Raises Refused("message_too_large") if the event is too large for the bus.
        """
        entry_id, messages = self._compose(by, event, fields)
        self._add(tx, messages)
        return entry_id

    def publish(self, tx: Tx, by: Acting, subject: str, events: Sequence[Event], topic: str | None = None) -> None:
        """Adds events that need no audit entry of their own to the transaction, on `topic` instead of theirs if it is given.

        Raises Refused("message_too_large").
        """
        envelope = self._envelopes(by, datetime.now(UTC))
        messages: Messages = []
        for event in events:
            about = envelope(new_id("evt"), event.type, subject)
            messages.append((about.id, _outgoing(topic or event.topic, event.key(), encode(event), about)))
        check_size([m for _, m in messages])
        self._add(tx, messages)

    def _add(self, tx: Tx, messages: Messages) -> None:
        """Adds messages to those that the transaction writes before it commits."""
        collected: Messages = tx.before_commit(self, lambda waiting: self._write(tx, waiting))
        collected += messages

    async def record_entry(self, by: Acting, **fields: Unpack[EntryFields]) -> str:
        """Writes an audit entry without a change, such as a denial or a read. It is durable when this returns.

        Entries of concurrent callers are committed together, so that readers do not wait for each other's commits.
        """
        entry_id, messages = self._compose(by, None, fields)
        batch = self._batch
        batch.messages += messages
        if batch.committed is None:
            batch.committed = asyncio.ensure_future(self._commit(batch))
        # Shielded: a caller that is cancelled must not cancel the others' entries.
        await asyncio.shield(batch.committed)
        return entry_id

    async def _commit(self, batch: _Batch) -> None:
        async with self._committing:  # meanwhile more callers may join the batch
            self._batch = _Batch()

            async def write(tx: Tx) -> None:
                self._add(tx, batch.messages)

            await self.db.transaction(write)

    def _compose(self, by: Acting, event: Event | None, fields: EntryFields | ChangeFields) -> tuple[str, Messages]:
        """Returns the first entry's id and the messages, with the current time and origin."""
        now, subject = datetime.now(UTC), fields["subject"]
        envelope_of = self._envelopes(by, now, fields.get("authority", ""))
        messages: Messages = []
        published = EventRef()
        if event is not None:
            published = EventRef(topic=event.topic, type=event.type, id=new_id("evt"))
            envelope = envelope_of(published.id, published.type, subject.id)
            messages.append((published.id, _outgoing(event.topic, event.key(), encode(event), envelope)))
        here, area = telemetry.origin(), fields.get("area")
        entries = [
            AuditEntry(
                id=new_entry_id(),
                time=now,
                actor=by,
                origin=Origin(service=self.service, ip=here.ip, device=here.device, trace=telemetry.trace_id()),
                event=published,
                **{**fields, "concerns": part, "area": by.area if area is None else area},
            )
            for part in _parts(fields.get("concerns", ()))
        ]
        for entry in entries:
            envelope = envelope_of(entry.id, ENTRY_RECORDED, subject.id)
            messages.append((entry.id, _outgoing(AUDIT_ENTRIES.name, subject.id, entry.canonical(), envelope)))
        check_size([m for _, m in messages])
        return entries[0].id, messages

    def _envelopes(self, by: Acting, now: datetime, authority: str = "") -> Callable[[str, str, str], Envelope]:
        """Returns a function from id, type and subject to the envelope of what `by` does now."""
        carrier: dict[str, str] = {}
        telemetry.inject(carrier)

        def envelope(identifier: str, kind: str, subject: str) -> Envelope:
            return Envelope(
                id=identifier,
                source=source_of(self.service),
                type=kind,
                subject=subject,
                time=now,
                actor_id=by.id,
                actor_role=by.role,
                actor_area=by.area,
                authority=authority,
                traceparent=carrier.get("traceparent", ""),
            )

        return envelope

    def nudge(self) -> None:
        """Wakes the relay; each transaction with a record does so after its commit."""
        self.nudged.set()

    async def pending(self, limit: int) -> list[PendingMessage]:
        """Returns committed messages that are not published yet, in order, of at most `limit` transactions."""
        return [message for bundle in await self.bundles(limit) for message in bundle["messages"]]

    async def bundles(self, limit: int) -> list[BundleDocument]:
        """Returns committed bundles that are not published yet, in order, at most `limit`."""
        return await self._bundles.list({}, sort=[("order", 1)], limit=limit)

    async def delete(self, bundles: Sequence[BundleDocument]) -> None:
        """Deletes published bundles."""
        await self._bundles.delete({"_id": {"$in": [b["_id"] for b in bundles]}})

    async def depth(self) -> int:
        """Counts the bundles, one a transaction mostly, that wait to be published."""
        return await self._bundles.count({})

    async def _write(self, tx: Tx, messages: Messages) -> None:
        order = max(time.time_ns() // 1000, self._last + 1)
        # Clocks of different instances differ: what is pending of the same key comes before, whatever our clock says. Asked
        # is for what is later than that alone, by order: mostly nothing, however much of the same key is pending.
        keys = sorted({m.key or b"" for _, m in messages})
        later: Document = {"order": {"$gte": order}, "keys": {"$in": keys}}
        latest = await self._bundles.get(later, projection={"order": 1}, sort=[("order", -1)], tx=tx)
        if latest:
            order = latest["order"] + 1
        bundles = [_bundle(turn, part) for turn, part in enumerate(_bundled(messages), order)]
        self._last = bundles[-1]["order"]
        await self._bundles.insert_many(bundles, tx=tx)
        tx.on_commit(self.nudge)


def _bundled(messages: Messages) -> Iterator[Messages]:
    """Splits messages into parts that a document holds, in order."""
    part: Messages = []
    size = 0
    for message in messages:
        if part and (len(part) == _BUNDLE_MESSAGES or size + message[1].size() > _BUNDLE_BYTES):
            yield part
            part, size = [], 0
        part.append(message)
        size += message[1].size()
    yield part


def _bundle(order: int, messages: Messages) -> BundleDocument:
    return {
        "_id": messages[0][0],
        "order": order,
        "keys": sorted({m.key or b"" for _, m in messages}),
        "messages": [
            {"_id": identifier, "topic": m.topic, "key": m.key or b"", "value": m.value, "headers": [*m.headers]}
            for identifier, m in messages
        ],
    }


def _parts(concerns: Sequence[Subject]) -> Iterator[tuple[Subject, ...]]:
    """Splits related ids into the parts that an entry holds each; one empty part if there are none."""
    for start in range(0, max(1, len(concerns)), MAX_RELATED):
        yield tuple(concerns[start : start + MAX_RELATED])


def _outgoing(topic: str, key: str, value: bytes, envelope: Envelope) -> Outgoing:
    return Outgoing(topic, key.encode(), value, envelope.to_headers())
