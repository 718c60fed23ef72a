"""Watch of a consumer: compares the bus with the stored positions, beside the work, so that work that stops is noticed."""

import asyncio
import time
from collections.abc import Collection
from contextlib import suppress

import structlog

from amanah.contracts.errors import Unavailable
from amanah.runtime.bus.bus import Bus, Partition, Positions, Subscription, lag
from amanah.runtime.bus.deadletter import place
from amanah.runtime.bus.health import Health
from amanah.runtime.bus.positions import StoredPositions

_EVERY_SECONDS = 4.0
_AGAIN_SECONDS = 1.0
_JOIN_AGAIN_SECONDS = 30.0
_COMMIT_SECONDS = 2.0

log = structlog.get_logger()


class Watch:
    """Observes the topics of a consumer at intervals and notes in `health` what it finds.

    By `join_again` it asks the consumer for a new subscription: when a topic is another one than that of its positions, when a
    position was beyond the end and is set to the start, and when messages wait for half a minute that no poll returns.
    """

    def __init__(
        self, bus: Bus, group: str, topics: Collection[str], positions: StoredPositions, health: Health
    ) -> None:
        self.lag = 0
        self.join_again = False
        self._bus = bus
        self._group = group
        self._topics = topics
        self._positions = positions
        self._health = health
        self._subscription: Subscription | None = None
        self._joined_at = 0.0

    def begin(self, subscription: Subscription) -> None:
        """Observes this subscription from now on."""
        self._subscription = subscription
        self._joined_at = time.monotonic()
        self.join_again = False

    def end(self) -> None:
        """Notes that the consumer has no subscription."""
        self._subscription = None

    async def run(self) -> None:
        """Observes until cancelled."""
        while True:
            try:
                await self._observe()
            except Exception as error:
                log.error("consumer cannot observe", group=self._group, reason=place(error))
                self._health.unanswered(f"an unexpected error ({place(error)}); see the logs.")
            await asyncio.sleep(_AGAIN_SECONDS if self._health.failures else _EVERY_SECONDS)

    async def _observe(self) -> None:
        try:
            ends = await self._bus.ends(self._topics)
            topics = await self._bus.identities(self._topics)
        except Unavailable as error:
            self._health.unanswered(error.message)
            return
        self._health.answered()
        with suppress(Unavailable):  # of the store, which the service reports itself
            subscription = self._subscription
            stored = await self._positions.read(ends)
            own: frozenset[Partition] = subscription.assigned() if subscription is not None else frozenset()
            self.lag = lag({p: end for p, end in ends.items() if p in own}, stored)
            read = set()
            if subscription is not None:
                order = sorted(own)
                for partition, at in zip(order, await asyncio.gather(*map(subscription.position, order)), strict=True):
                    if at is not None and at >= ends.get(partition, 0):
                        read.add(partition)
            self.join_again |= self._positions.outdated(topics)
            earlier = self._health.beyond
            self._health.compare(ends, stored, own, read)
            for partition, (position, _) in self._health.beyond.items():
                # Twice the same: a broker that has just become the leader may tell an end of before.
                if earlier.get(partition, (None, 0))[0] == position:
                    await self._positions.begin_anew(partition, position)
                    self.join_again = True
            self._join_if_lost(own or frozenset(ends))
            if subscription is not None and (reached := {p: at for p, at in stored.items() if p in own}):
                await self._commit(subscription, reached)

    async def _commit(self, subscription: Subscription, reached: Positions) -> None:
        """Commits the positions to the bus, for monitoring tools only."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_COMMIT_SECONDS):
                await subscription.commit(reached)

    def _join_if_lost(self, partitions: frozenset[Partition]) -> None:
        """Asks for a new subscription when messages wait here, or anywhere for a consumer without partitions."""
        idle = self._health.handling_since is None and time.monotonic() > self._joined_at + _JOIN_AGAIN_SECONDS
        if idle and self._health.waits(partitions, _JOIN_AGAIN_SECONDS):
            log.warning("messages wait and no poll returns them, joining the group again", group=self._group)
            self.join_again = True
