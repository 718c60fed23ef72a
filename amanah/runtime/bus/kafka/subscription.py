"""Readers of Kafka's topics: polls that follow the changes of a group, and positions that the reader stores itself."""

import asyncio
import contextlib
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import ConsumerStoppedError, IllegalStateError, KafkaError

from amanah.contracts.errors import Unavailable
from amanah.runtime.bus.bus import Membership, Message, Partition, Positions, Start, Stored
from amanah.runtime.bus.waiting import within

REBALANCE_SECONDS = 15.0
"""Seconds that the brokers wait for every member of a group that changes; below the time of a request."""

_HAND_OVER_SECONDS = 0.8 * REBALANCE_SECONDS
_JOIN_SECONDS = 3 * REBALANCE_SECONDS
_POSITION_SECONDS = 1.0
_STOP_SECONDS = 8.0


class KafkaSubscription(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka ships no types for it
    """A `Subscription` of Kafka; the consumer reports changes of its group to it."""

    def __init__(self, consumer: AIOKafkaConsumer, stored: Stored | None) -> None:
        self._consumer = consumer
        self._stored = stored
        self._fetching: asyncio.Task[dict[TopicPartition, list[Any]]] | None = None
        self._between = asyncio.Event()
        self._between.set()
        self._settled = True
        self._wanted = False
        self._membership = Membership(None, time.monotonic())
        # Changes whenever positions do; what was fetched under an older one is not handed out.
        self._epoch = self._fetch_epoch = 0

    async def take_all(self, partitions: Sequence[TopicPartition], start: Start) -> None:
        """Assigns all partitions to a reader without a group."""
        self._consumer.assign(list(partitions))
        seek = self._consumer.seek_to_end if start is Start.NOW else self._consumer.seek_to_beginning
        if not await seek(*partitions):
            raise Unavailable("unavailable.bus_ends")
        self._membership = Membership(time.monotonic(), None)

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Waits, before the group changes, until the last messages are handled, but no longer than the group waits."""
        self._epoch += 1
        self._membership = Membership(self._membership.assigned_at, time.monotonic())
        self._wanted = True
        await within(_HAND_OVER_SECONDS, self._between)

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Notes, after the group has changed, that positions must be looked up."""
        self._epoch += 1
        self._settled = False
        self._membership = Membership(time.monotonic(), None)

    async def poll(self, maximum: int = 500, timeout: float = 1.0) -> list[Message]:
        """Returns the next messages. Raises Unavailable when the group is not joined again in time."""
        self._wanted = False
        self._between.set()
        with translated():
            if self._fetching is None:
                if not await self._settle():
                    return []
                self._fetch_epoch = self._epoch
                # Also while the group changes: aiokafka joins it again only for a reader that fetches (after
                # max_poll_interval_ms), and tells what ended its coordination only to getmany.
                self._fetching = asyncio.create_task(
                    self._consumer.getmany(timeout_ms=int(timeout * 1000), max_records=maximum)
                )
            # When the group changes meanwhile, getmany waits past its timeout; it is left to it and asked next time.
            await asyncio.wait([self._fetching], timeout=timeout + 0.1)
            if not self._fetching.done():
                self._check_membership()
                return []
            fetched, self._fetching = self._fetching, None
            if fetched.cancelled():  # by aiokafka: its coordination was cancelled
                raise Unavailable("unavailable.bus", error="CancelledError")
            records = fetched.result()
        if self._fetch_epoch != self._epoch:
            for partition, part in records.items():
                self._seek(partition, part[0].offset)
            return []
        messages = [_message(record) for part in records.values() for record in part]
        if messages:
            self._between.clear()
        return messages

    def assigned(self) -> frozenset[Partition]:
        """Returns the assigned partitions."""
        return frozenset(Partition(p.topic, p.partition) for p in self._consumer.assignment())

    def membership(self) -> Membership:
        """Returns when partitions were last assigned, and since when the group is joined again."""
        return self._membership

    def wanted(self) -> bool:
        """Tells if the group waits for this reader's next poll."""
        return self._wanted

    async def position(self, partition: Partition) -> int | None:
        """Returns the offset of the next message to fetch."""
        with contextlib.suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(_POSITION_SECONDS):
                return int(await self._consumer.position(TopicPartition(*partition)))
        return None

    async def seek(self, positions: Positions) -> None:
        """Continues at these offsets."""
        self._epoch += 1
        for partition, offset in positions.items():
            self._seek(TopicPartition(*partition), offset)

    async def commit(self, positions: Positions) -> None:
        """Commits the group's positions on the brokers."""
        with translated():
            await self._consumer.commit({TopicPartition(*p): offset for p, offset in positions.items()})

    async def close(self) -> None:
        """Leaves the group."""
        self._between.set()
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])
        with translated():
            await stop(self._consumer)

    def _check_membership(self) -> None:
        waiting = self._membership.waiting_since
        if waiting is not None and time.monotonic() - waiting > _JOIN_SECONDS:
            raise Unavailable("unavailable.bus_group", seconds=round(_JOIN_SECONDS))

    async def _settle(self) -> bool:
        """Moves newly assigned partitions to their stored positions; False if the group changed again meanwhile."""
        if not self._settled and self._stored is not None:
            epoch = self._epoch
            positions = await self._stored(self.assigned())
            if epoch != self._epoch:
                return False
            await self.seek(positions)
        self._settled = True
        return True

    def _seek(self, partition: TopicPartition, offset: int) -> None:
        with contextlib.suppress(IllegalStateError):  # it is no longer ours
            self._consumer.seek(partition, offset)


async def stop(consumer: AIOKafkaConsumer) -> None:
    """Stops the consumer in bounded time, whatever its coordination and its fetches do.

    aiokafka waits for its own tasks without a bound, cancels them, and may let that cancellation out; it would look like ours.
    """
    stopping = asyncio.ensure_future(consumer.stop())
    try:
        await asyncio.wait([stopping], timeout=_STOP_SECONDS)
        if not stopping.done():
            stopping.cancel()
            await asyncio.wait([stopping], timeout=1.0)
    finally:
        await consumer._client.close()
    if stopping.done() and not stopping.cancelled() and (error := stopping.exception()) is not None:
        raise error


def _message(record: Any) -> Message:
    headers = tuple((name, value or b"") for name, value in record.headers)
    return Message(
        record.topic, record.partition, record.offset, record.timestamp, record.key, record.value or b"", headers
    )


@contextmanager
def translated() -> Iterator[None]:
    """Translates every error of Kafka to `Unavailable`: no request of ours is wrong in itself."""
    try:
        yield
    except (KafkaError, ConsumerStoppedError, OSError, TimeoutError) as error:
        raise Unavailable("unavailable.bus", error=type(error).__name__) from error
