"""The promises of `amanah/runtime/bus/bus.py`, on every bus there is."""

import asyncio
from collections import defaultdict

import pytest
from aiokafka.partitioner import murmur2 as their_murmur2
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.errors import Refused, Unavailable
from amanah.contracts.topics import TOPICS
from amanah.runtime.bus.bus import MAX_MESSAGE_BYTES, Message, Outgoing, Partition, Start, lag, murmur2, partition_of
from tests.waiting import eventually


def values(messages) -> list[int]:
    return [int(m.value) for m in messages]


@given(st.binary(max_size=64))
def test_the_hash_is_kafkas(key):
    assert murmur2(key) == their_murmur2(key)


def test_lag_counts_from_the_positions():
    first, second = Partition("t", 0), Partition("t", 1)
    assert lag({first: 10, second: 5}, {first: 7}) == 8


async def test_every_topic_of_the_table_is_created_once(bus):
    await bus.ensure_topics(TOPICS.values())
    assert await bus.ensure_topics(TOPICS.values()) == []
    ends = await bus.ends(TOPICS)
    assert len(ends) == sum(t.partitions for t in TOPICS.values())


async def test_a_key_keeps_its_order_and_its_partition(bus, new_topic, subscribe, read, numbered):
    topic = await new_topic(bus, 6)
    keys = [f"rcp_{n}" for n in range(20)]
    for first in range(0, 400, 100):
        await bus.publish(numbered(topic, 100, *keys, first=first))
    messages = await read(await subscribe(bus, topic), 400)
    by_key = defaultdict(list)
    for message in messages:
        by_key[message.key].append(int(message.value))
        assert message.partition == partition_of(message.key, 6)
    assert all(seen == sorted(seen) and len(seen) == 20 for seen in by_key.values())
    assert len({m.partition for m in messages}) > 1


async def test_headers_are_bytes_and_a_key_may_be_missing(bus, new_topic, subscribe, read):
    topic = await new_topic(bus)
    headers = (("ce_id", b"1"), ("raw", b"\x00\xff\n"), ("empty", b""), ("ce_id", b"2"))
    await bus.publish([Outgoing(topic, None, b"\x00binary\xff", headers), Outgoing(topic, b"", b"", ())])
    first, second = await read(await subscribe(bus, topic), 2)
    assert (first.key, first.value, first.headers) == (None, b"\x00binary\xff", headers)
    assert first.header("ce_id") == "2"
    assert first.header("none") is None
    assert (second.key, second.value, second.headers) == (b"", b"", ())
    assert [first.offset, second.offset] == [0, 1]
    assert first.time_ms > 1_700_000_000_000


async def test_messages_without_a_key_are_spread(bus, new_topic, subscribe, read, numbered):
    topic = await new_topic(bus, 3)
    await bus.publish(numbered(topic, 9, None))
    messages = await read(await subscribe(bus, topic), 9)
    assert {m.partition for m in messages} == {0, 1, 2}


async def test_a_batch_may_be_large_and_a_poll_is_bounded(bus, new_topic, subscribe, read):
    topic = await new_topic(bus, 2)
    body = b"x" * 20_000
    await bus.publish([Outgoing(topic, str(n).encode(), body) for n in range(600)])
    subscription = await subscribe(bus, topic)
    sizes: list[int] = []
    while sum(sizes) < 600:
        sizes.append(len(await read(subscription, 1, maximum=50)))
    assert sum(sizes) == 600
    assert max(sizes) <= 50


async def test_what_no_bus_carries_is_refused_and_nothing_is_written(bus, new_topic):
    topic = await new_topic(bus)
    with pytest.raises(Refused, match="bytes") as refused:
        await bus.publish([Outgoing(topic, b"k", b"fine"), Outgoing(topic, b"k", bytes(MAX_MESSAGE_BYTES + 1))])
    assert refused.value.code == "message_too_large"
    await bus.publish([Outgoing(topic, b"k", bytes(MAX_MESSAGE_BYTES - 1))])
    assert await bus.ends([topic]) == {Partition(topic, 0): 1}


async def test_a_missing_topic_is_said(bus):
    with pytest.raises(Unavailable, match="topics apply"):
        await bus.subscribe(["no-such-topic"], group="g")
    with pytest.raises(Unavailable):
        await bus.publish([Outgoing("no-such-topic", b"k", b"v")])


async def test_what_was_not_committed_comes_again(bus, open_bus, new_topic, subscribe, read, numbered):
    topic = await new_topic(bus)
    await bus.publish(numbered(topic, 10, "k"))
    first = await subscribe(bus, topic, group="shop")
    assert values(await read(first, 10)) == list(range(10))
    await first.commit({Partition(topic, 0): 4})
    await first.close()
    again = await subscribe(open_bus(), topic, group="shop")
    assert values(await read(again, 6)) == list(range(4, 10))


async def test_groups_do_not_see_each_other(bus, new_topic, subscribe, read, numbered):
    topic = await new_topic(bus)
    await bus.publish(numbered(topic, 3, "k"))
    for _ in range(2):
        assert values(await read(await subscribe(bus, topic), 3)) == [0, 1, 2]


async def test_the_readers_own_position_wins(bus, new_topic, subscribe, read, numbered):
    topic = await new_topic(bus, 2)
    await bus.publish(numbered(topic, 20, "a", "b", "c", "d", "e"))
    earlier = await subscribe(bus, topic, group="shop")
    everything = await read(earlier, 20)
    await earlier.commit({Partition(topic, 0): 1, Partition(topic, 1): 1})
    await earlier.close()
    asked = []

    async def stored(partitions):
        asked.extend(partitions)
        return {Partition(topic, 0): 3}

    later = await read(
        await subscribe(bus, topic, group="shop", stored=stored),
        sum(m.offset >= (3, 1)[m.partition] for m in everything),
    )
    assert min(m.offset for m in later if m.partition == 0) == 3
    assert min(m.offset for m in later if m.partition == 1) == 1
    assert set(asked) == {Partition(topic, 0), Partition(topic, 1)}


async def test_nothing_is_read_before_the_position_is_known(bus, new_topic, subscribe, read, numbered):
    topic = await new_topic(bus)
    await bus.publish(numbered(topic, 5, "k"))
    answers = iter([Unavailable("unavailable.store"), Unavailable("unavailable.store"), {Partition(topic, 0): 2}])

    async def stored(partitions):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    subscription = await subscribe(bus, topic, stored=stored)
    failures = 0
    messages: list[Message] = []
    async with asyncio.timeout(20):
        while not messages:
            try:
                messages = await subscription.poll(timeout=0.5)
            except Unavailable:
                failures += 1
    assert failures == 2
    assert values(messages) == [2, 3, 4]


async def test_a_position_outside_the_log_begins_at_the_start(bus, new_topic, subscribe, read, numbered):
    topic = await new_topic(bus)
    await bus.publish(numbered(topic, 3, "k"))

    async def stored(partitions):
        return {Partition(topic, 0): 1000}

    assert values(await read(await subscribe(bus, topic, stored=stored), 3)) == [0, 1, 2]


async def test_seek_goes_back(bus, new_topic, subscribe, read, numbered):
    topic = await new_topic(bus)
    await bus.publish(numbered(topic, 10, "k"))
    subscription = await subscribe(bus, topic)
    await read(subscription, 10)
    await subscription.seek({Partition(topic, 0): 7, Partition("elsewhere", 3): 1})
    assert values(await read(subscription, 3)) == [7, 8, 9]


async def test_members_divide_the_partitions_and_take_over(bus, open_bus, new_topic, subscribe, numbered):
    topic = await new_topic(bus, 4)
    everything = {Partition(topic, n) for n in range(4)}
    positions: dict[Partition, int] = {}

    async def stored(partitions):
        return {p: positions[p] for p in partitions if p in positions}

    first = await subscribe(bus, topic, group="shop", stored=stored)
    second = await subscribe(open_bus(), topic, group="shop", stored=stored)
    seen: list[int] = []

    async def take(*members) -> None:
        for member in members:
            for message in await member.poll(timeout=0.1):
                seen.append(int(message.value))
                positions[message.where] = message.offset + 1

    async def divided() -> bool:
        await take(first, second)
        return (
            len(first.assigned()) == len(second.assigned()) == 2 and first.assigned() | second.assigned() == everything
        )

    await eventually(divided)
    keys = [f"key-{n}" for n in range(16)]
    await bus.publish(numbered(topic, 40, *keys))

    async def all_seen() -> bool:
        await take(first, second)
        return len(seen) >= 40

    await eventually(all_seen)
    await second.close()

    async def alone() -> bool:
        await take(first)
        return first.assigned() == everything

    await eventually(alone)
    await bus.publish(numbered(topic, 40, *keys, first=40))

    async def rest_seen() -> bool:
        await take(first)
        return len(seen) >= 80

    await eventually(rest_seen)
    assert sorted(seen) == list(range(80))


async def test_a_tail_sees_what_comes_after_it(bus, open_bus, new_topic, subscribe, read, numbered):
    topic = await new_topic(bus, 3)
    await bus.publish(numbered(topic, 30, "a", "b", "c"))
    tails = [await subscribe(bus, topic, group=None, start=Start.NOW) for _ in range(2)]
    assert tails[0].assigned() == {Partition(topic, n) for n in range(3)}
    await open_bus().publish(numbered(topic, 3, "a", "b", "c", first=30))
    for tail in tails:
        assert sorted(values(await read(tail, 3))) == [30, 31, 32]


async def test_all_of_a_topic_can_be_read_without_a_group(bus, new_topic, subscribe, read, numbered):
    topic = await new_topic(bus, 2)
    await bus.publish(numbered(topic, 8, "a", "b", "c"))
    subscription = await subscribe(bus, topic, group=None)
    assert sorted(values(await read(subscription, 8))) == list(range(8))
    assert await subscription.poll(timeout=0.05) == []


async def test_a_waiting_reader_wakes_when_something_is_published(bus, new_topic, subscribe, numbered):
    topic = await new_topic(bus)
    subscription = await subscribe(bus, topic, group=None, start=Start.NOW)
    waiting = asyncio.create_task(subscription.poll(timeout=15))
    await eventually(lambda: subscription.assigned() != frozenset())
    loop = asyncio.get_running_loop()
    began = loop.time()
    await bus.publish(numbered(topic, 1, "k"))
    assert values(await waiting) == [0]
    assert loop.time() - began < 5
