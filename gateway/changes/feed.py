"""Reader of the topics that subscriptions follow: one per process, whatever the number of subscriptions.

Each gateway reads all partitions from "now", without a group, so that every gateway sees every change. At its start it also
reads the last messages, which nobody is told of, so that a subscription that another gateway served can continue here.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from typing import Any

import structlog
from pydantic import ValidationError

from amanah.contracts.errors import AmanahError, Throttled
from amanah.contracts.message import Event, registry
from amanah.runtime.bus.bus import Bus, Message, Partition, Start
from amanah.runtime.bus.waiting import pause_after
from gateway.changes.history import Change, History

PENDING = 1_000
"""Number of things whose change may wait for one reader."""

_REWIND = 500

log = structlog.get_logger()

About = Callable[[Any], str | None]
"""Tells the id of the thing that an event is about; None for an event that a subscription does not wait for."""


class SlowReader(Throttled):
    """The client takes changes more slowly than they come."""

    def __init__(self) -> None:
        super().__init__("slow_reader")


class Listener:
    """Changes that wait for one subscription: of each thing the latest, in the order in which they came."""

    def __init__(self, about: About, missed: Sequence[Change] = ()) -> None:
        self._about = about
        self._pending: dict[str, Change] = {}
        self._limit = len(missed) + PENDING
        self._woken = asyncio.Event()
        self._waiting = False
        self._slow = False
        for change in missed:
            self.offer(change)

    def offer(self, change: Change) -> None:
        """Adds a change, if the subscription waits for it."""
        if self._slow or (key := self._about(change.event)) is None:
            return
        self._pending.pop(key, None)
        self._pending[key] = change
        if len(self._pending) > self._limit:
            self._slow = True
            self._pending.clear()
        self._woken.set()

    async def take(self) -> dict[str, Change]:
        """Waits for changes, and takes all of them. Raises SlowReader when there were too many."""
        self._waiting = True
        try:
            await self._woken.wait()
        finally:
            self._waiting = False
        self._woken.clear()
        if self._slow:
            raise SlowReader
        taken, self._pending = self._pending, {}
        return taken

    @property
    def idle(self) -> bool:
        """True while the subscription has sent everything and waits."""
        return self._waiting and not self._woken.is_set()


class Feed:
    """Worker that reads the changes and passes them to listeners.

    `stopping` is set when the process takes no more requests, as `serving` tells: streams have no end of their own.
    """

    name = "live feed"

    def __init__(self, bus: Bus, events: Collection[type[Event]], serving: Callable[[], bool] = lambda: True) -> None:
        self.history = History()
        self.stopping = asyncio.Event()
        self._serving = serving
        self._served = False
        self._bus = bus
        self._events = registry(*events)
        self._topics = sorted({event.topic for event in events})
        self._listeners: dict[type[Event], set[Listener]] = {event: set() for event in events}
        self._positions: dict[Partition, int] = {}
        self._begin: dict[Partition, int] = {}
        self._read = 0
        self._failures = 0

    def listen(self, events: Collection[type[Event]], about: About, after: str | None = None) -> Listener:
        """Adds a listener for events of these types, until `forget`; `after` is the position to continue from, if it is known."""
        kinds = frozenset(events)
        missed = (self.history.after(after) or []) if after is not None else []
        listener = Listener(about, [change for change in missed if type(change.event) in kinds])
        for kind in kinds:
            self._listeners[kind].add(listener)
        return listener

    def forget(self, listener: Listener) -> None:
        """Removes a listener."""
        for found in self._listeners.values():
            found.discard(listener)

    async def run(self) -> None:
        """Reads until cancelled. While the bus is away, it tries again and continues where it was."""
        while True:
            try:
                await self._follow()
            except Exception as error:  # nothing may end the feed; it continues where it was
                self._failures += 1
                if isinstance(error, AmanahError):
                    log.warning("live feed waits", reason=error.message)
                else:
                    log.exception("live feed failed")
            await asyncio.sleep(pause_after(self._failures))

    def trouble(self) -> str | None:
        """Returns None: without the bus, subscriptions are late, and all else works."""
        return None

    def figures(self) -> dict[str, float]:
        """Returns the number of changes `read`, of `listeners`, and of `failures` in a row."""
        listeners = {id(listener) for found in self._listeners.values() for listener in found}
        return {"read": self._read, "listeners": len(listeners), "failures": self._failures}

    async def _follow(self) -> None:
        reader = await self._bus.subscribe(self._topics, group=None, start=Start.NOW)
        try:
            if not self._positions:
                self._begin = dict(await self._bus.ends(self._topics))
                self._positions = {partition: max(0, end - _REWIND) for partition, end in self._begin.items()}
            await reader.seek(self._positions)
            while True:
                self._watch_process()
                for message in await reader.poll():
                    self.pass_on(message)
                    self._positions[message.where] = message.offset + 1
                self._failures = 0
        finally:
            await reader.close()

    def _watch_process(self) -> None:
        # Workers begin before the process serves.
        serving = self._serving()
        if self._served and not serving:
            self.stopping.set()
        self._served = self._served or serving

    def pass_on(self, message: Message) -> None:
        """Passes a message on to the listeners that wait for it. A repeated or unreadable one is dropped."""
        kind, change_id = self._events.get(message.header("ce_type") or ""), message.header("ce_id")
        now_ms = time.time_ns() // 1_000_000
        if kind is None or not change_id or change_id in self.history:
            return
        try:
            change = Change(change_id, message.time_ms, kind.model_validate_json(message.value))
        except ValidationError:
            log.warning("unreadable event", topic=message.topic, partition=message.partition, offset=message.offset)
            return
        self._read += 1
        self.history.add(change, now_ms)
        if message.offset >= self._begin.get(message.where, 0):
            for listener in tuple(self._listeners[kind]):
                listener.offer(change)
