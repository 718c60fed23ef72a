"""The Kafka subscription and what aiokafka does at awkward moments, which no broker does on demand."""

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from amanah.contracts.errors import Unavailable
from amanah.runtime.bus.bus import Outgoing, Partition
from amanah.runtime.bus.kafka import KafkaBus, KafkaSubscription
from amanah.runtime.bus.kafka import subscription as subscription_module

PLACE = TopicPartition("t", 0)


class Consumer:
    """The part of aiokafka's consumer that the subscription uses; `getmany` answers when `fetched` is put."""

    def __init__(self) -> None:
        self.fetched: asyncio.Queue[list[int]] = asyncio.Queue()
        self.position = 0
        self.closed = False
        self.asked = 0
        self.stop_raises: BaseException | None = None
        self.stop_hangs = False
        self._client = SimpleNamespace(close=self._close)

    def assignment(self):
        return {PLACE}

    def seek(self, place, offset):
        self.position = offset

    async def getmany(self, **_):
        self.asked += 1
        offsets = await self.fetched.get()
        record = {"topic": "t", "partition": 0, "timestamp": 0, "key": None, "value": b"v", "headers": ()}
        self.position = offsets[-1] + 1
        return {PLACE: [SimpleNamespace(offset=offset, **record) for offset in offsets]}

    async def stop(self):
        if self.stop_hangs:
            await asyncio.Event().wait()
        if self.stop_raises is not None:
            raise self.stop_raises

    async def _close(self):
        self.closed = True


async def test_what_was_fetched_before_the_group_changed_is_read_again():
    consumer = Consumer()
    subscription = KafkaSubscription(consumer, None)
    await subscription.on_partitions_assigned({PLACE})
    polling = asyncio.create_task(subscription.poll(timeout=5))
    await asyncio.sleep(0)
    await subscription.on_partitions_revoked({PLACE})
    await subscription.on_partitions_assigned({PLACE})
    consumer.fetched.put_nowait([7, 8])
    assert await polling == []
    assert consumer.position == 7
    await subscription.close()


async def test_positions_of_an_older_group_are_not_used():
    consumer = Consumer()
    answers = iter([3, 5])

    async def stored(partitions):
        answer = next(answers)
        if answer == 3:  # while the store is asked, the group changes again
            await subscription.on_partitions_revoked({PLACE})
            await subscription.on_partitions_assigned({PLACE})
        return {Partition("t", 0): answer}

    subscription = KafkaSubscription(consumer, stored)
    await subscription.on_partitions_assigned({PLACE})
    assert await subscription.poll(timeout=0) == []
    assert consumer.position == 0
    consumer.fetched.put_nowait([5])
    assert [m.offset for m in await subscription.poll(timeout=5)] == [5]
    await subscription.close()


async def test_the_group_waits_until_a_batch_is_dealt_with():
    consumer = Consumer()
    subscription = KafkaSubscription(consumer, None)
    await subscription.on_partitions_assigned({PLACE})
    consumer.fetched.put_nowait([0])
    assert len(await subscription.poll(timeout=5)) == 1
    leaving = asyncio.create_task(subscription.on_partitions_revoked({PLACE}))
    await asyncio.sleep(0)
    assert not leaving.done()
    await subscription.poll(timeout=0)
    async with asyncio.timeout(5):
        await leaving
    await subscription.close()


async def test_a_reader_fetches_while_the_group_changes():
    """aiokafka joins again only for who fetches, and raises there what ended its coordination."""
    consumer = Consumer()
    subscription = KafkaSubscription(consumer, None)
    await subscription.on_partitions_assigned({PLACE})
    await subscription.on_partitions_revoked({PLACE})
    assert subscription.wanted()
    assert await subscription.poll(timeout=0) == []
    assert not subscription.wanted()
    assert consumer.asked == 1
    await subscription.close()


async def test_a_group_that_is_not_joined_in_time_is_unavailable(monkeypatch):
    monkeypatch.setattr(subscription_module, "_JOIN_SECONDS", 0.0)
    subscription = KafkaSubscription(Consumer(), None)
    with pytest.raises(Unavailable, match="assigned no partitions"):
        await subscription.poll(timeout=0)
    await subscription.on_partitions_assigned({PLACE})
    assert await subscription.poll(timeout=0) == []
    await subscription.close()


async def test_closing_waits_for_no_coordination_that_hangs(monkeypatch):
    monkeypatch.setattr(subscription_module, "_STOP_SECONDS", 0.05)
    consumer = Consumer()
    consumer.stop_hangs = True
    async with asyncio.timeout(5):
        await KafkaSubscription(consumer, None).close()
    assert consumer.closed


async def test_a_cancellation_of_aiokafkas_own_does_not_pass_for_ours():
    consumer = Consumer()
    consumer.stop_raises = asyncio.CancelledError()
    await KafkaSubscription(consumer, None).close()
    assert consumer.closed


async def test_connections_are_closed_even_when_leaving_fails():
    consumer = Consumer()
    consumer.stop_raises = KafkaConnectionError()
    with pytest.raises(Unavailable):
        await KafkaSubscription(consumer, None).close()
    assert consumer.closed


async def test_brokers_that_do_not_answer_are_unavailable():
    bus = KafkaBus("127.0.0.1:1")
    for call in (bus.publish([Outgoing("t", b"k", b"v")]), bus.subscribe(["t"], group="g"), bus.ends(["t"])):
        with pytest.raises(Unavailable, match="KafkaConnectionError"):
            await call
    await bus.close()
