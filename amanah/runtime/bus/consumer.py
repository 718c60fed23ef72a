"""Consumer of the bus: polls, handles and stores messages, and deals with failures.

The effects of a batch, the new position and the ids of its events are stored in one transaction, and every partition
begins where that position says: each event takes effect exactly once, whatever is delivered again. The position is
compared before it is set, so that of two consumers that both believe to have a partition only one gets on.

Transient failures (`Unavailable`) are waited out; nothing is polled meanwhile and nothing lost. Poison (what cannot be
decoded, `Poison`, `Refused`) is parked with the reason, and the rest goes on. Any other exception is a bug: the one
message is found and parked, and after several in a row the consumer halts, so that a bad release does not drain a topic
into the dead letters.

It polls at least every few seconds, whatever there is to do: a batch ends when its time is over, when the group waits for
this consumer, or when it is to stop; what is done then is committed with its position, and the rest is polled again.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import structlog

from amanah.contracts.errors import AmanahError, Refused, Text, Unavailable
from amanah.contracts.message import Event
from amanah.runtime import telemetry
from amanah.runtime.bus.bus import Bus, Message, Partition, Subscription
from amanah.runtime.bus.deadletter import place
from amanah.runtime.bus.health import Health, Phase, State
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.bus.parking import Parking
from amanah.runtime.bus.positions import Moved, StoredPositions
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
from amanah.runtime.bus.watch import Watch
from amanah.runtime.mongo import Database, Tx

__all__ = ["BatchReaction", "Consumer", "Parked", "Phase", "Poison", "RawReaction", "Reaction", "Received", "State"]

_POLL_SECONDS = 0.25
_BATCH_SECONDS = 5.0
_TRANSACTION_SECONDS = 10.0

log = structlog.get_logger()


class _TooSlow(Exception):
    """The transaction of several messages took too long, and was aborted."""


class _Halted(Exception):
    """Too many messages were parked in a row."""


class Consumer:
    """Worker of a service that consumes messages. Instances with the same group divide the partitions.

    `store` is passed to the reactions. `outbox` takes an audit entry for each parked message. A transaction has at most
    `batch` messages, all of one partition. It halts after `halt_after` bugs in a row, or `drain_after` parked messages of
    any kind in a row, except poison on `raw` topics, which is the fault of strangers.
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
        self._group = group
        self._reactions = Reactions(db, group, store, each=reactions or {}, batches=batches or {}, raw=raw or {})
        self._positions = StoredPositions(db, group, bus.identities)
        self._raw = frozenset(raw or {})
        self._parking = Parking(bus, outbox, group)
        self._batch = self._size = batch
        self._halt_after = halt_after
        self._drain_after = drain_after
        self._state = State(Phase.STARTING)
        self._stopping = asyncio.Event()
        self._subscription: Subscription | None = None
        self._done = 0
        self._failures = 0
        self._failed: Partition | None = None
        self._bugs_in_a_row = self._parks_in_a_row = 0
        self._counts = Counts()
        self._health = Health()
        self._watch = Watch(bus, group, self._reactions.topics, self._positions, self._health)

    async def run(self) -> None:
        """Consumes until cancelled; finishes the current message, or transaction, first."""
        working = asyncio.create_task(self._live())
        watching = asyncio.create_task(self._watch.run())
        try:
            await asyncio.shield(working)
        except asyncio.CancelledError:
            self._stopping.set()
            await working
        finally:
            watching.cancel()
            await asyncio.wait([watching])

    def holds(self, topic: str) -> bool:
        """Tells if partitions of the topic are assigned to this consumer, as far as it knows.

        A consumer that was paused or cut off may be wrong for a while after others took over; the store decides.
        """
        return self._subscription is not None and any(p.topic == topic for p in self._subscription.assigned())

    def state(self) -> State:
        """Returns the phase and its reason."""
        return self._state

    def trouble(self) -> str | None:
        """Returns the reason if it has halted, fails, or does not get on. A store that is away is no trouble of its own."""
        if self._state.phase in (Phase.HALTED, Phase.FAILING):
            return self._state.reason
        return None if self._state.phase is Phase.STOPPED else self._health.trouble(self._state.phase)

    def figures(self) -> dict[str, float]:
        """`lag` in messages, what was handled, repeated, skipped and parked since the start, failures in a row, and ages."""
        return {
            "lag": self._watch.lag,
            "handled": self._counts.handled,
            "repeated": self._counts.repeated,
            "skipped": self._counts.skipped,
            "parked": self._parking.count,
            "failures": self._failures,
            "resets": self._positions.resets,
            **self._health.figures(),
        }

    async def _live(self) -> None:
        with telemetry.originating(service=self._group):
            while not self._stopping.is_set():
                try:
                    await self._positions.prepare()
                    await self._reactions.prepare()
                    await self._consume()
                except _Halted as why:
                    self._enter(Phase.HALTED, str(why))
                    log.error("consumer halted", group=self._group, reason=str(why))
                    return
                except asyncio.CancelledError:
                    task = asyncio.current_task()
                    if task is None or task.cancelling():
                        raise
                    # A client cancelled its own tasks, and let that out.
                    await self._back_off(Unavailable("unavailable.bus", error="CancelledError"))
                except Exception as error:  # not a message's fault, or it would be parked: begin anew, lose nothing
                    await self._back_off(error)
        self._enter(Phase.STOPPED)

    async def _consume(self) -> None:
        topics = self._reactions.topics
        subscription = await self._bus.subscribe(topics, group=self._group, stored=self._positions.resume)
        self._subscription = subscription
        self._watch.begin(subscription)
        try:
            while not self._stopping.is_set() and not self._watch.join_again:
                self._health.membership = subscription.membership()
                messages = await subscription.poll(self._batch, _POLL_SECONDS)
                self._health.polled_at = time.monotonic()
                if messages:
                    await self._take(messages, subscription)
                elif self._failed not in subscription.assigned():
                    self._fine()
        finally:
            self._subscription = None
            self._watch.end()
            with suppress(Unavailable):
                await subscription.close()

    async def _take(self, messages: Sequence[Message], subscription: Subscription) -> None:
        """Handles messages, partition by partition, until the time is over; what is left is polled again."""
        pending: dict[Partition, list[Message]] = {}
        for message in messages:
            pending.setdefault(message.where, []).append(message)
        self._health.handling_since = begun = time.monotonic()

        def over() -> bool:
            late = time.monotonic() > begun + _BATCH_SECONDS
            return late or subscription.wanted() or self._stopping.is_set()

        try:
            while pending:
                partition, run = next(iter(pending.items()))
                # After a failure in smaller parts: a transaction may have been too much for the store.
                size = max(1, self._size >> min(self._failures, 8))
                self._done = 0
                try:
                    await self._handle(run[:size], over)
                    self._failed = None
                    self._fine()
                except Unavailable as error:
                    self._failed = partition
                    await self._back_off(error)
                except _TooSlow:
                    self._size = max(1, min(size, len(run)) // 4)
                    log.warning("transaction took too long", group=self._group, messages=size, next=self._size)
                except Moved:
                    log.info("partition was moved by another", group=self._group)
                    # Where nothing is stored, what was polled is read again.
                    left = {p: run[0].offset for p, run in pending.items()}
                    await subscription.seek(left | dict(await self._positions.resume(subscription.assigned())))
                    return
                if self._done == len(run):
                    del pending[partition]
                else:
                    pending[partition] = run[self._done :]
                if over():
                    break
            if pending:
                await subscription.seek({p: run[0].offset for p, run in pending.items()})
        finally:
            self._health.handling_since = None

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

    async def _handle(self, messages: Sequence[Message], over: Callable[[], bool]) -> None:
        """Applies or parks messages of one partition, in order, at least one; `_done` counts the finished ones."""
        while messages:
            before = self._done
            attempt = Attempt(messages, over=over)
            try:
                await self._commit(attempt)
            except (Unavailable, Moved, _Halted, _TooSlow):
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
                await self._handle(messages[:cut], over)
            messages = messages[self._done - before :]
            if over():
                return

    async def _commit(self, attempt: Attempt) -> None:
        """Applies the messages in one transaction, or the first of them when the time is over; `attempt` has which."""
        messages = attempt.messages
        self._reactions.decode(attempt)

        async def work(tx: Tx) -> None:
            attempt.messages = messages
            await self._positions.advance(tx, messages)
            await self._reactions.handle(tx, attempt)
            if len(attempt.messages) < len(messages):
                await self._positions.retreat(tx, attempt.messages)
            if attempt.parked:
                # Once for all attempts of the transaction.
                if attempt.recorded is None:
                    attempt.recorded = await self._parking.publish(attempt.parked)
                await self._parking.record(tx, attempt.recorded)

        begun = time.monotonic()
        # If the commit itself was under way, its outcome is unknown: the next attempt finds the position moved or not.
        limit = asyncio.timeout(_TRANSACTION_SECONDS if len(messages) > 1 else None)
        try:
            async with limit:
                await self._db.transaction(work)
        except TimeoutError:
            if limit.expired():
                raise _TooSlow from None
            raise
        if time.monotonic() - begun < _TRANSACTION_SECONDS / 10:
            self._size = min(self._batch, self._size * 2)
        self._reach(attempt.messages)
        self._parking.committed(attempt.parked, attempt.recorded or ())
        self._counts.handled += attempt.counts.handled
        self._counts.repeated += attempt.counts.repeated
        self._counts.skipped += attempt.counts.skipped
        if attempt.counts.handled:
            self._bugs_in_a_row = self._parks_in_a_row = 0

    async def _park(self, message: Message, error: Exception) -> None:
        """Publishes a dead letter first, then moves past the message: a crash in between parks it twice, never loses it."""
        poison = isinstance(error, Poison | Refused)
        reason = error if isinstance(error, AmanahError) else Poison.with_text("bug", Text(place(error), place(error)))
        parked = [Parked(message, reason)]
        recorded = await self._parking.publish(parked)

        async def past(tx: Tx) -> None:
            await self._positions.advance(tx, [message])
            await self._parking.record(tx, recorded)

        await self._db.transaction(past)
        self._reach([message])
        self._parking.committed(parked, recorded)
        if poison and message.topic in self._raw:
            return
        self._parks_in_a_row += 1
        self._bugs_in_a_row += not poison
        if self._bugs_in_a_row >= self._halt_after or self._parks_in_a_row >= self._drain_after:
            raise _Halted(f"{self._parks_in_a_row} messages in a row could not be handled, the last of {message.topic}")

    def _reach(self, messages: Sequence[Message]) -> None:
        self._positions.committed(messages)
        self._done += len(messages)
