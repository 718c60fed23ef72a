"""Reactions of a service to messages: tables from event types and topics to functions, and the handling of a batch by them.

Nothing here polls, retries or parks (`consumer.py` does): it either handles all that it is given within the transaction,
or raises.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from amanah.contracts.envelope import BadEnvelope, Envelope
from amanah.contracts.errors import AmanahError, Kind
from amanah.contracts.message import Event, registry
from amanah.runtime import telemetry
from amanah.runtime.bus.bus import Message
from amanah.runtime.bus.deadletter import is_for
from amanah.runtime.mongo import Database, Tx
from amanah.runtime.tables import index

INBOX_DAYS = 30
"""Days for which ids of events are stored; an event that the relay publishes again comes within seconds."""

E = TypeVar("E", bound=Event)


_Events = list[tuple[Message, "Received[Any]"]]


class Poison(AmanahError):
    """Error of a message that can never be handled: it is parked with the code and the text, which holds no personal data."""

    kind = Kind.REFUSED


@dataclass(frozen=True, slots=True)
class Received(Generic[E]):
    """Event with its envelope and its position on the bus."""

    event: E
    envelope: Envelope
    topic: str
    partition: int
    offset: int


Reaction = Callable[[Any, Tx, Received[Any]], Awaitable[None]]
"""`async fn(store, tx, received)` applies one event to the store."""

BatchReaction = Callable[[Any, Tx, Sequence[Received[Any]]], Awaitable[None]]
"""`async fn(store, tx, events)` applies new events of one topic to the store, in their order per key."""


@dataclass(frozen=True, slots=True)
class Parked:
    """Message that cannot be handled, with the reason."""

    message: Message
    reason: AmanahError


RawReaction = Callable[[Any, Tx, Sequence[Message]], Awaitable[Sequence[Parked] | None]]
"""`async fn(store, tx, messages)` applies undecoded messages, and returns those that are to be parked, if any."""


@dataclass
class Counts:
    """Numbers of messages since the start, by outcome."""

    handled: int = 0
    repeated: int = 0
    skipped: int = 0


@dataclass(slots=True)
class Attempt:
    """One try at a run of messages of one partition. When it raises, `at` is the message to blame, None if it may be any.

    Once it is `over()`, the events that have a reaction each are left after the current one: `messages` are then the first
    ones, which are done.
    """

    messages: Sequence[Message]
    over: Callable[[], bool] = lambda: False
    at: Message | None = None
    counts: Counts = field(default_factory=Counts)
    events: dict[str, _Events] = field(default_factory=dict)
    raw: dict[str, list[Message]] = field(default_factory=dict)
    parked: list[Parked] = field(default_factory=list)
    recorded: list[Parked] | None = None
    """Of the parked those that have an entry of their own; None before the letters are published."""


class Reactions:
    """Tables of one consumer.

    `each` has a reaction an event type, `batches` one for all the given event types of a topic, `raw` one for a topic
    whose messages are not our events. A topic belongs to one table only.
    """

    def __init__(
        self,
        db: Database,
        group: str,
        store: Any,
        *,
        each: Mapping[type[Event], Reaction],
        batches: Mapping[tuple[type[Event], ...], BatchReaction],
        raw: Mapping[str, RawReaction],
    ) -> None:
        self._inbox = db["inbox"]
        self._group = group
        self._store = store
        self._each = {event.type: reaction for event, reaction in each.items()}
        self._batches = {event.topic: reaction for events, reaction in batches.items() for event in events}
        self._raw = dict(raw)
        self._events = registry(*each, *(event for events in batches for event in events))
        self.topics = sorted({e.topic for e in self._events.values()} | self._raw.keys())
        one_by_one = {event.topic for event in each}
        if clash := (one_by_one & self._batches.keys()) | ((one_by_one | self._batches.keys()) & self._raw.keys()):
            raise ValueError(f"more than one table has reactions to {sorted(clash)}")

    async def prepare(self) -> None:
        """Creates missing indexes."""
        await self._inbox.ensure_indexes([index("at", expire_after=INBOX_DAYS * 86_400)])

    def decode(self, attempt: Attempt) -> None:
        """Decodes our messages, once for all attempts of the transaction. Raises Poison; `attempt.at` has the message."""
        for message in attempt.messages:
            if not is_for(message, self._group):
                attempt.counts.skipped += 1
            elif message.topic in self._raw:
                attempt.raw.setdefault(message.topic, []).append(message)
            else:
                attempt.at = message
                if (received := self._decode(message)) is None:
                    attempt.counts.skipped += 1
                else:
                    attempt.events.setdefault(message.topic, []).append((message, received))
        attempt.at = None

    async def handle(self, tx: Tx, attempt: Attempt) -> None:
        """Applies the messages in the transaction, each event once even if it is delivered again."""
        attempt.at = None
        attempt.counts = Counts(skipped=attempt.counts.skipped)
        attempt.parked = []
        new = await self._unseen(tx, attempt)
        for topic, events in new.items():
            if (batch := self._batches.get(topic)) is not None:
                await batch(self._store, tx, [received for _, received in events])
            else:
                events = await self._one_by_one(tx, attempt, events)
            at = datetime.now(UTC)
            seen = [{"_id": self._seen_id(received), "at": at} for _, received in events]
            await self._inbox.insert_many(seen, tx=tx)
            attempt.counts.handled += len(seen)
        for topic, messages in attempt.raw.items():
            attempt.parked += await self._raw[topic](self._store, tx, messages) or ()
            attempt.counts.handled += len(messages)

    async def _one_by_one(self, tx: Tx, attempt: Attempt, events: _Events) -> _Events:
        """Applies the events until the attempt is over, and returns those that are applied."""
        for number, (message, received) in enumerate(events):
            if number and attempt.over():
                attempt.at = None
                attempt.messages = attempt.messages[: attempt.messages.index(message)]
                return events[:number]
            attempt.at = message
            with telemetry.span(f"react {received.envelope.type}", _carrier(received.envelope)):
                await self._each[received.envelope.type](self._store, tx, received)
        attempt.at = None
        return events

    async def _unseen(self, tx: Tx, attempt: Attempt) -> dict[str, _Events]:
        """Returns the new events by topic."""
        ids = [self._seen_id(received) for events in attempt.events.values() for _, received in events]
        if not ids:
            return {}
        seen = {d["_id"] for d in await self._inbox.list({"_id": {"$in": ids}}, projection={"_id": 1}, tx=tx)}
        new: dict[str, _Events] = {}
        for topic, events in attempt.events.items():
            for message, received in events:
                identifier = self._seen_id(received)
                if identifier in seen:
                    attempt.counts.repeated += 1
                    continue
                seen.add(identifier)
                new.setdefault(topic, []).append((message, received))
        return new

    def _seen_id(self, received: Received[Any]) -> str:
        return f"{self._group}/{received.envelope.id}"

    def _decode(self, message: Message) -> Received[Any] | None:
        """Returns the event, or None if its type is none of ours. Raises Poison."""
        try:
            envelope = Envelope.from_headers(message.headers)
        except BadEnvelope as error:
            raise Poison.with_text(error.code, error.text) from None
        kind = self._events.get(envelope.type)
        if kind is None or kind.topic != message.topic:
            return None
        try:
            event = kind.model_validate_json(message.value)
        except ValidationError as error:
            raise Poison("undecodable", problem=_describe(error)) from None
        return Received(event, envelope, message.topic, message.partition, message.offset)


def _carrier(envelope: Envelope) -> dict[str, str]:
    return {"traceparent": envelope.traceparent} if envelope.traceparent else {}


def _describe(error: ValidationError) -> str:
    """Describes the place and kind of each fault, without the values, which may be personal."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc']) or 'value'}: {fault['type']}" for fault in faults[:5]
    )
