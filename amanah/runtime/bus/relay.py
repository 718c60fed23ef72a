"""Relay of the outbox: publishes what transactions recorded, at least once and in order per key."""

import asyncio
import time
from contextlib import suppress

import structlog

from amanah.contracts.errors import AmanahError
from amanah.contracts.topics import partner_topic
from amanah.runtime.bus.bus import Bus, Outgoing
from amanah.runtime.bus.lease import Lease
from amanah.runtime.bus.outbox import Outbox, PendingMessage
from amanah.runtime.bus.waiting import pause_after, within

_BUNDLES = 100
_POLL_SECONDS = 0.25
_LEASE_SECONDS = 3.0
_RENEW_SECONDS = 1.0
_FOLLOW_SECONDS = 1.0

log = structlog.get_logger()


class Relay:
    """Worker that publishes an outbox to the bus. Of all instances of a service, one publishes at a time.

    Each instance flushes its own trail.
    """

    name = "outbox relay"

    def __init__(self, outbox: Outbox, bus: Bus) -> None:
        self._outbox = outbox
        self._bus = bus
        self._lease = Lease(outbox.db, "outbox relay", _LEASE_SECONDS)
        self._held_until = 0.0
        self._ensured: set[str] = set()
        self._stopping = asyncio.Event()
        self._published = 0
        self._depth = 0
        self._failures = 0
        self._trouble: str | None = None

    async def run(self) -> None:
        """Publishes until cancelled; finishes the current batch first."""
        working = asyncio.create_task(self._work())
        try:
            await asyncio.shield(working)
        except asyncio.CancelledError:
            self._stopping.set()
            self._outbox.nudge()
            await working

    def trouble(self) -> str | None:
        """Returns a fault that a person must look at. A bus or store that is away is none: the service may take traffic."""
        return self._trouble

    def figures(self) -> dict[str, float]:
        """Returns `depth` of the outbox in transactions, messages `published` since the start, and `failures` in a row."""
        return {"depth": self._depth, "published": self._published, "failures": self._failures}

    async def _flush_trail(self, *, ending: bool = False) -> None:
        """Flushes the trail. Counts that cannot be written are kept for the next time, and delay no event."""
        try:
            await self._outbox.trail.flush(ending=ending)
        except AmanahError as error:
            log.warning("suppressed refusals are not recorded yet", service=self._outbox.service, reason=error.message)
        except Exception:
            log.exception("suppressed refusals cannot be recorded", service=self._outbox.service)

    async def _work(self) -> None:
        while not self._stopping.is_set():
            await self._flush_trail()
            try:
                self._outbox.nudged.clear()
                leading = await self._leading()
                more = leading and await self._publish()
                self._failures, self._trouble = 0, None
                if not leading:
                    await within(_FOLLOW_SECONDS, self._stopping)
                elif not more:
                    await within(_POLL_SECONDS, self._outbox.nudged)
            except Exception as error:  # nothing may end the relay; the events stay in the outbox
                self._failures += 1
                if not isinstance(error, AmanahError):
                    log.exception("outbox relay failed", service=self._outbox.service)
                    self._trouble = f"cannot publish: {type(error).__name__}; see the logs"
                else:
                    log.warning("outbox relay waits", service=self._outbox.service, reason=error.message)
                await within(pause_after(self._failures), self._stopping)
        await self._flush_trail(ending=True)
        with suppress(AmanahError):  # the lease expires by itself
            await self._lease.release()

    async def _leading(self) -> bool:
        """Tells if this relay holds the lease, and may publish."""
        if time.monotonic() >= self._held_until:
            self._depth = await self._outbox.depth()
            if not await self._lease.hold():
                return False
            self._held_until = time.monotonic() + _RENEW_SECONDS
        return True

    async def _publish(self) -> bool:
        """Publishes pending messages, up to a batch. Tells if there may be more."""
        bundles = await self._outbox.bundles(_BUNDLES)
        if bundles:
            messages = [_message(m) for bundle in bundles for m in bundle["messages"]]
            await self._ensure_topics({m.topic for m in messages})
            await self._bus.publish(messages)
            await self._outbox.delete(bundles)
            self._published += len(messages)
        return len(bundles) == _BUNDLES

    async def _ensure_topics(self, names: set[str]) -> None:
        """Creates missing topics of partners: they come with the first message to a partner, not with the installation."""
        if missing := names - self._ensured:
            if topics := [topic for name in sorted(missing) if (topic := partner_topic(name))]:
                await self._bus.ensure_topics(topics)
            self._ensured |= missing


def _message(pending: PendingMessage) -> Outgoing:
    headers = tuple((name, bytes(value)) for name, value in pending["headers"])
    return Outgoing(pending["topic"], bytes(pending["key"]), bytes(pending["value"]), headers)
