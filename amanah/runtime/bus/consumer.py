"""Consumer of the bus: polls, handles and stores messages, and deals with failures.

The effects of a batch, the new position and the ids of its events are stored in one transaction, and every partition
begins where that position says: each event takes effect exactly once, whatever is delivered again. The position is
compared before it is set, so that of two consumers that both believe to have a partition only one gets on.

Transient failures (`Unavailable`) are waited out; nothing is polled meanwhile and nothing lost. Poison (what cannot be
decoded, `Poison`, `Refused`) is parked with the reason, and the rest goes on. Any other exception is a bug: the one
message is found and parked, and after several in a row the consumer halts, so that a bad release does not drain a topic
into the dead letters.
"""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog

from amanah.contracts.actor import SYSTEM
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.errors import AmanahError, Refused, Unavailable
from amanah.contracts.message import Event
from amanah.runtime import telemetry
from amanah.runtime.bus.bus import Bus, Message, Outgoing, Partition, Positions, Subscription, lag
from amanah.runtime.bus.deadletter import address, letter_for, place
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.bus.reactions import (
    Attempt,
    BatchReaction,
    Counts,
    Parked,
    Poison,
    RawReaction,
    Reaction,
    Reactions,
    Received,
)
from amanah.runtime.bus.waiting import pause_after, within
from amanah.runtime.mongo import Database, DuplicateKey, Tx

__all__ = ["BatchReaction", "Consumer", "Parked", "Phase", "Poison", "RawReaction", "Reaction", "Received", "State"]

_POLL_SECONDS = 0.25
_OBSERVE_SECONDS = 5.0

log = structlog.get_logger()


class Phase(StrEnum):
    """Phase of a consumer."""

    STARTING = "starting"
    RUNNING = "running"
    BACKING_OFF = "backing off"
    FAILING = "failing"
    HALTED = "halted"
    STOPPED = "stopped"


@dataclass(frozen=True)
class State:
    """Phase of a consumer, with the reason if it has one."""

    phase: Phase
    reason: str = ""


class _Moved(Exception):
    """Another consumer has moved the position: the partition is not, or was not, ours."""


class _Halted(Exception):
    """Too many messages were parked in a row."""


class Consumer:
    """Worker of a service that consumes messages. Instances with the same group divide the partitions.

    `store` is passed to the reactions. `outbox` takes an audit entry for each parked message. `batch` bounds the messages of
    a transaction. It halts after `halt_after` bugs in a row, or `drain_after` parked messages of any kind in a row, except
    poison on `raw` topics, which is the fault of strangers.
    """

    def __init__(
        self,
        bus: Bus,
        db: Database,
        *,
        group: str,
        store: Any,
        reactions: Mapping[type[Event], Reaction] | None = None,
        batches: Mapping[tuple[type[Event], ...], BatchReaction] | None = None,
        raw: Mapping[str, RawReaction] | None = None,
        outbox: Outbox | None = None,
        batch: int = 200,
        halt_after: int = 5,
        drain_after: int = 50,
    ) -> None:
        self.name = f"consumer {group}"
        self._bus = bus
        self._db = db
        self._positions = db["positions"]
        self._group = group
        self._reactions = Reactions(db, group, store, each=reactions or {}, batches=batches or {}, raw=raw or {})
        self._raw = frozenset(raw or {})
        self._outbox = outbox
        self._batch = batch
        self._halt_after = halt_after
        self._drain_after = drain_after
        self._state = State(Phase.STARTING)
        self._stopping = asyncio.Event()
        self._subscription: Subscription | None = None
        self._reached: dict[Partition, int | None] = {}
        self._done = 0
        self._failures = 0
        self._bugs_in_a_row = self._parks_in_a_row = 0
        self._counts = Counts()
        self._parked = 0
        self._lag = 0
        self._observed = 0.0

    async def run(self) -> None:
        """Consumes until cancelled; finishes the current batch first."""
        working = asyncio.create_task(self._live())
        try:
            await asyncio.shield(working)
        except asyncio.CancelledError:
            self._stopping.set()
            await working

    def holds(self, topic: str) -> bool:
        """Tells if partitions of the topic are assigned to this consumer, as far as it knows.

        A consumer that was paused or cut off may be wrong for a while after others took over; the store decides.
        """
        return self._subscription is not None and any(p.topic == topic for p in self._subscription.assigned())

    def state(self) -> State:
        """Returns the phase and its reason."""
        return self._state

    def trouble(self) -> str | None:
        """Returns the reason if it has halted or fails. Waiting for a store to come back is no trouble."""
        return self._state.reason if self._state.phase in (Phase.HALTED, Phase.FAILING) else None

    def figures(self) -> dict[str, float]:
        """`lag` in messages, what was handled, repeated, skipped and parked since the start, and failures in a row."""
        return {
            "lag": self._lag,
            "handled": self._counts.handled,
            "repeated": self._counts.repeated,
            "skipped": self._counts.skipped,
            "parked": self._parked,
            "failures": self._failures,
        }

    # ------------------------------------------------------------ life

    async def _live(self) -> None:
        with telemetry.originating(service=self._group):
            while not self._stopping.is_set():
                try:
                    await self._prepare()
                    await self._consume()
                except _Halted as why:
                    self._enter(Phase.HALTED, str(why))
                    log.error("consumer halted", group=self._group, reason=str(why))
                    return
                except Exception as error:  # not a message's fault, or it would be parked: begin anew, lose nothing
                    await self._back_off(error)
        self._enter(Phase.STOPPED)

    async def _prepare(self) -> None:
        await self._positions.ensure_indexes([])
        await self._reactions.prepare()

    async def _consume(self) -> None:
        subscription = await self._bus.subscribe(self._reactions.topics, group=self._group, stored=self._stored)
        self._subscription = subscription
        try:
            while not self._stopping.is_set():
                messages = await subscription.poll(self._batch, _POLL_SECONDS)
                self._fine()
                if messages:
                    await self._take(messages, subscription)
                await self._observe(subscription)
        finally:
            self._subscription = None
            with suppress(Unavailable):
                await subscription.close()

    async def _take(self, messages: Sequence[Message], subscription: Subscription) -> None:
        """Handles the batch, with any number of attempts; gives up only to stop, or when a partition was moved."""
        self._done = 0
        while self._done < len(messages) and not (self._stopping.is_set() and self._failures):
            # After a failure in smaller parts: a transaction may have been too much for the store.
            size = max(1, self._batch >> min(self._failures, 8))
            try:
                await self._handle(messages[self._done : self._done + size])
                self._fine()
            except Unavailable as error:
                await self._back_off(error)
            except _Moved:
                log.info("partition was moved by another", group=self._group)
                await subscription.seek(await self._stored(subscription.assigned()))
                return

    async def _back_off(self, error: Exception) -> None:
        self._failures += 1
        if isinstance(error, AmanahError):
            self._enter(Phase.BACKING_OFF, error.message)
            log.warning("consumer waits", group=self._group, reason=error.message, failures=self._failures)
        else:
            self._enter(Phase.FAILING, f"an unexpected error ({place(error)}); see the logs")
            log.error("consumer failed", group=self._group, reason=place(error), failures=self._failures)
        await within(pause_after(self._failures), self._stopping)

    def _fine(self) -> None:
        self._failures = 0
        self._enter(Phase.RUNNING)

    def _enter(self, phase: Phase, reason: str = "") -> None:
        self._state = State(phase, reason)

    async def _observe(self, subscription: Subscription) -> None:
        """Measures the lag at intervals, and commits the positions to the bus for monitoring tools."""
        if time.monotonic() < self._observed + _OBSERVE_SECONDS:
            return
        self._observed = time.monotonic()
        with suppress(Unavailable):
            assigned = subscription.assigned()
            reached = {p: offset for p, offset in self._reached.items() if p in assigned and offset is not None}
            ends = await self._bus.ends(self._reactions.topics)
            self._lag = lag({p: end for p, end in ends.items() if p in assigned}, reached)
            if reached:
                await subscription.commit(reached)

    # ------------------------------------------------------------ one batch

    async def _handle(self, messages: Sequence[Message]) -> None:
        """Applies or parks each message, in order. Raises Unavailable and _Moved; `_done` counts the finished ones."""
        while messages:
            attempt = Attempt(messages)
            try:
                await self._commit(attempt)
                return
            except (Unavailable, _Moved, _Halted):
                raise
            except Exception as error:
                if len(messages) == 1:
                    await self._park(messages[0], error)
                    return
                if attempt.at is None:
                    cut = len(messages) // 2
                else:
                    # Up to the one to blame, then that one alone: perhaps it was only the size of the whole.
                    cut = messages.index(attempt.at) or 1
                await self._handle(messages[:cut])
                messages = messages[cut:]

    async def _commit(self, attempt: Attempt) -> None:
        self._reactions.decode(attempt)

        async def work(tx: Tx) -> None:
            await self._advance(tx, attempt.messages)
            await self._reactions.handle(tx, attempt)
            await self._park_returned(tx, attempt)

        await self._db.transaction(work)
        self._reach(attempt.messages)
        self._count_returned(attempt)
        self._counts.handled += attempt.counts.handled
        self._counts.repeated += attempt.counts.repeated
        self._counts.skipped += attempt.counts.skipped
        if attempt.counts.handled:
            self._bugs_in_a_row = self._parks_in_a_row = 0

    async def _park_returned(self, tx: Tx, attempt: Attempt) -> None:
        """Parks what raw reactions returned: the letters are published before the commit, once for all attempts of it."""
        if not attempt.parked:
            return
        if attempt.recorded is None:
            await self._bus.publish([self._letter(p.message, p.reason.code, p.reason.message) for p in attempt.parked])
            attempt.recorded = [p for p in attempt.parked if await self._has_entry(p.message.topic)]
        for parked in attempt.recorded:
            await self._record_parked(tx, parked.message, parked.reason.code)

    def _count_returned(self, attempt: Attempt) -> None:
        if not attempt.parked:
            return
        recorded = attempt.recorded or []
        if self._outbox is not None:
            for parked in attempt.parked[len(recorded) :]:
                self._outbox.trail.suppress(SYSTEM, Subject(type="Topic", id=parked.message.topic))
        self._parked += len(attempt.parked)
        first = attempt.parked[0]
        log.warning(
            "messages parked",
            group=self._group, count=len(attempt.parked), topic=first.message.topic,
            partition=first.message.partition, first_offset=first.message.offset, first_code=first.reason.code,
        )  # fmt: skip

    def _letter(self, message: Message, code: str, explanation: str) -> Outgoing:
        return letter_for(message, code=code, explanation=explanation, group=self._group)

    async def _has_entry(self, topic: str) -> bool:
        """Each letter is kept; but whoever writes to the topic says how many there are, so not each has an entry."""
        return self._outbox is not None and await self._outbox.trail.count_refusal(Subject(type="Topic", id=topic))

    async def _record_parked(self, tx: Tx, message: Message, code: str) -> None:
        if self._outbox is not None:
            subject = Subject(type="Message", id=address(message.topic, message.partition, message.offset))
            await self._outbox.record(
                tx, SYSTEM, action=AuditAction.LETTER_PARK, subject=subject, outcome="refused", reason=code
            )

    async def _park(self, message: Message, error: Exception) -> None:
        """Publishes a dead letter first, then moves past the message: a crash in between parks it twice, never loses it."""
        poison = isinstance(error, Poison | Refused)
        code = error.code if isinstance(error, AmanahError) else "bug"
        explanation = error.message if isinstance(error, AmanahError) else place(error)
        await self._bus.publish([self._letter(message, code, explanation)])
        recorded = await self._has_entry(message.topic)

        async def past(tx: Tx) -> None:
            await self._advance(tx, [message])
            if recorded:
                await self._record_parked(tx, message, code)

        await self._db.transaction(past)
        if self._outbox is not None and not recorded:
            self._outbox.trail.suppress(SYSTEM, Subject(type="Topic", id=message.topic))
        self._reach([message])
        self._parked += 1
        log.warning(
            "message parked",
            group=self._group, topic=message.topic, partition=message.partition, offset=message.offset,
            code=code, explanation=explanation,
        )  # fmt: skip
        if poison and message.topic in self._raw:
            return
        self._parks_in_a_row += 1
        self._bugs_in_a_row += not poison
        if self._bugs_in_a_row >= self._halt_after or self._parks_in_a_row >= self._drain_after:
            raise _Halted(f"{self._parks_in_a_row} messages in a row could not be handled, the last of {message.topic}")

    # ------------------------------------------------------------ positions

    async def _stored(self, partitions: Collection[Partition]) -> Positions:
        """Returns the stored positions of these partitions."""
        names = {self._position_id(p): p for p in partitions}
        found = {names[d["_id"]]: d["next"] for d in await self._positions.list({"_id": {"$in": list(names)}})}
        self._reached |= {p: found.get(p) for p in partitions}
        return found

    async def _advance(self, tx: Tx, messages: Sequence[Message]) -> None:
        """Moves the positions past the messages, if nobody else has moved them."""
        for partition, offset in _ends(messages).items():
            reached = self._reached.get(partition)
            name = self._position_id(partition)
            if reached is None:
                try:
                    await self._positions.insert({"_id": name, "next": offset}, tx=tx)
                except DuplicateKey:
                    raise _Moved from None
            elif not await self._positions.update({"_id": name, "next": reached}, {"$set": {"next": offset}}, tx=tx):
                raise _Moved

    def _reach(self, messages: Sequence[Message]) -> None:
        self._reached |= _ends(messages)
        self._done += len(messages)

    def _position_id(self, partition: Partition) -> str:
        return f"{self._group}/{partition.topic}/{partition.number}"


def _ends(messages: Sequence[Message]) -> dict[Partition, int]:
    """The offset after the last message of each partition."""
    return {message.where: message.offset + 1 for message in messages}
