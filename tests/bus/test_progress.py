"""A consumer always gets on: long batches are cut, nobody waits for them, and what stops is told and begun anew."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from amanah.contracts.errors import Unavailable
from amanah.runtime.bus import consumer as consumer_module
from amanah.runtime.bus import health, watch
from amanah.runtime.bus.bus import Bus, Membership, Message, Outgoing, Partition, Positions, partition_of
from amanah.runtime.bus.consumer import Consumer, Phase, Poison
from amanah.runtime.bus.local import LocalBus
from amanah.runtime.bus.local.bus import LocalSubscription
from amanah.runtime.mongo import Database, Tx
from tests.waiting import eventually

Running = Callable[[object], asyncio.Task[None]]
NewTopic = Callable[[Bus, int], Awaitable[str]]
KEYS = [next(b"%d" % n for n in range(100) if partition_of(b"%d" % n, 2) == number) for number in range(2)]


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Watches every moment instead of every few seconds."""
    monkeypatch.setattr(watch, "_EVERY_SECONDS", 0.1)


async def publish(bus: Bus, topic: str, partition: int, count: int) -> None:
    await bus.publish([Outgoing(topic, KEYS[partition], b"%d" % n) for n in range(count)])


class Slow:
    """A raw reaction that takes its time for each message, and notes the messages and the sizes of its batches."""

    def __init__(self, db: Database, seconds: float) -> None:
        self.seconds = seconds
        self.begun = asyncio.Event()
        self.sizes: list[int] = []
        self._effects = db["effects"]

    async def __call__(self, _: object, tx: Tx, messages: Sequence[Message]) -> None:
        assert len({m.where for m in messages}) == 1, "a transaction is of one partition"
        self.begun.set()
        self.sizes.append(len(messages))
        for message in messages:
            await asyncio.sleep(self.seconds)
            await self._effects.insert({"_id": f"{message.partition}/{message.offset}"}, tx=tx)

    async def done(self, partition: int) -> int:
        return len([d for d in await self._effects.list({}) if d["_id"].startswith(f"{partition}/")])


@pytest.fixture
async def slow(db: Database) -> Slow:
    await db["effects"].ensure_indexes([])
    return Slow(db, 0.05)


@pytest.fixture
def made(db: Database) -> Callable[..., Consumer]:
    """Makes a consumer of a topic with a raw reaction."""

    def make(bus: Bus, topic: str, reaction: Any, **options: Any) -> Consumer:
        return Consumer(bus, db, group="test", store=None, raw={topic: reaction}, **options)

    return make


async def test_a_transaction_that_takes_too_long_is_cut(
    monkeypatch: pytest.MonkeyPatch,
    bus: Bus,
    new_topic: NewTopic,
    made: Callable[..., Consumer],
    running: Running,
    slow: Slow,
) -> None:
    monkeypatch.setattr(consumer_module, "_TRANSACTION_SECONDS", 0.5)
    topic = await new_topic(bus, 2)
    await publish(bus, topic, 0, 40)
    consumer = made(bus, topic, slow)
    running(consumer)
    await eventually(lambda: consumer.figures()["handled"] == 40)
    assert await slow.done(0) == 40
    assert slow.sizes[:3] == [40, 10, 2] or slow.sizes[1] == 10
    assert consumer.figures()["parked"] == 0


async def test_a_long_batch_leaves_room_for_other_partitions(
    monkeypatch: pytest.MonkeyPatch, bus: Bus, new_topic: NewTopic, made: Callable[..., Consumer], running: Running
) -> None:
    monkeypatch.setattr(consumer_module, "_BATCH_SECONDS", 0.3)
    topic = await new_topic(bus, 2)
    await publish(bus, topic, 0, 200)
    seen: list[int] = []

    async def refuse(_: object, tx: Tx, messages: Sequence[Message]) -> None:
        if messages[0].partition == 0:
            await asyncio.sleep(0.02)
            raise Poison("undecodable", problem="unknown package")
        seen.append(await parked())

    async def parked() -> int:
        return int(consumer.figures()["parked"])

    consumer = made(bus, topic, refuse)
    running(consumer)
    await eventually(lambda: consumer.figures()["parked"] >= 1)
    await publish(bus, topic, 1, 1)
    await eventually(lambda: bool(seen), 15)
    assert seen[0] < 200


async def test_events_are_cut_at_the_next_one_and_their_position_is_stored(
    monkeypatch: pytest.MonkeyPatch,
    bus: Bus,
    new_topic: NewTopic,
    happened: Any,
    telling: Any,
    db: Database,
    running: Running,
) -> None:
    monkeypatch.setattr(consumer_module, "_BATCH_SECONDS", 0.3)
    await db["effects"].ensure_indexes([])
    topic = await new_topic(bus, 1)
    event = happened(topic)
    await bus.publish([telling(event(n=n)) for n in range(30)])
    steps: list[int] = []

    async def note(store: Any, tx: Tx, received: Any) -> None:
        await asyncio.sleep(0.03)
        await store.insert({"_id": received.envelope.id, "n": received.event.n}, tx=tx)

    consumer = Consumer(bus, db, group="test", store=db["effects"], reactions={event: note})
    running(consumer)

    async def finished() -> bool:
        for stored in await db["positions"].list({}):
            assert stored["next"] == len(await db["effects"].list({})) or stored["next"] < 30
            steps.append(stored["next"])
        return consumer.figures()["handled"] == 30

    await eventually(finished)
    assert len(set(steps)) > 2, "the position moved with each part"
    assert sorted(d["n"] for d in await db["effects"].list({})) == list(range(30))
    assert len(await db["inbox"].list({})) == 30


async def test_stopping_does_not_wait_for_a_long_batch(
    bus: Bus, new_topic: NewTopic, made: Callable[..., Consumer], running: Running
) -> None:
    topic = await new_topic(bus, 1)
    await bus.publish([Outgoing(topic, b"k", b"x")] * 200)

    async def refuse(_: object, tx: Tx, messages: Sequence[Message]) -> None:
        await asyncio.sleep(0.1)
        raise Poison("undecodable", problem="unknown package")

    consumer = made(bus, topic, refuse)
    task = running(consumer)
    await eventually(lambda: consumer.figures()["parked"] >= 1)
    began = time.monotonic()
    task.cancel()
    await task
    assert time.monotonic() - began < 4
    assert consumer.figures()["parked"] < 200
    assert consumer.state().phase is Phase.STOPPED


async def test_a_joining_member_does_not_wait_for_a_long_batch(
    bus: Bus,
    open_bus: Callable[[], Bus],
    new_topic: NewTopic,
    made: Callable[..., Consumer],
    running: Running,
    slow: Slow,
) -> None:
    topic = await new_topic(bus, 2)
    await publish(bus, topic, 0, 400)
    slow.seconds = 0.01

    async def refuse(store: object, tx: Tx, messages: Sequence[Message]) -> None:
        if messages[0].partition == 0:
            await asyncio.sleep(0.05)
            raise Poison("undecodable", problem="unknown package")

    first = made(bus, topic, refuse)
    running(first)
    await eventually(lambda: first.figures()["parked"] >= 1)
    second = made(open_bus(), topic, refuse)
    running(second)
    await eventually(lambda: first.holds(topic) and second.holds(topic), 10)
    await publish(bus, topic, 1, 1)
    await eventually(lambda: first.figures()["handled"] + second.figures()["handled"] == 1, 10)
    assert first.figures()["parked"] + second.figures()["parked"] < 400


async def test_a_position_beyond_the_end_is_told_and_begins_anew(
    often: None,
    bus: Bus,
    new_topic: NewTopic,
    made: Callable[..., Consumer],
    running: Running,
    slow: Slow,
    db: Database,
) -> None:
    topic = await new_topic(bus, 1)
    await db["positions"].ensure_indexes([])
    await db["positions"].insert({"_id": f"test/{topic}/0", "next": 5})
    slow.seconds = 0.0
    consumer = made(bus, topic, slow)
    running(consumer)
    told = await eventually(consumer.trouble) or ""
    assert f"The position 5 is beyond the end 0 of {topic}/0: the topic was made anew" in told
    await eventually(lambda: consumer.figures()["resets"] == 1 and consumer.trouble() is None)
    await bus.publish([Outgoing(topic, b"k", b"x")] * 8)
    await eventually(lambda: consumer.figures()["handled"] == 8)
    assert await slow.done(0) == 8
    stored = await db["positions"].get({"_id": f"test/{topic}/0"})
    assert stored is not None
    assert stored["next"] == 8


class Faltering(LocalBus):
    """A local bus that does not answer while it is `away`, and whose first `deaf` readers get no messages."""

    away = False
    deaf = 0

    async def ends(self, topics: Any) -> dict[Partition, int]:
        if self.away:
            raise Unavailable("unavailable.bus_ends")
        return await super().ends(topics)

    async def subscribe(self, topics: Any, **options: Any) -> LocalSubscription:
        reader = await super().subscribe(topics, **options)
        if self.deaf:
            self.deaf -= 1
            hear = reader.poll

            async def poll(maximum: int = 500, timeout: float = 1.0) -> list[Message]:
                messages = await hear(0, timeout)
                assert not messages
                return []

            reader.poll = poll  # type: ignore[method-assign]
        return reader


@pytest.fixture
async def faltering(tmp_path: Path) -> Any:
    bus = Faltering(tmp_path / "bus.db")
    yield bus
    await bus.close()


async def test_a_bus_that_does_not_answer_is_told(
    monkeypatch: pytest.MonkeyPatch, often: None, faltering: Faltering, new_topic: NewTopic, made: Callable[..., Consumer],
    running: Running, slow: Slow,
) -> None:  # fmt: skip
    monkeypatch.setattr(health, "UNANSWERED_SECONDS", 0.3)
    topic = await new_topic(faltering, 1)
    consumer = made(faltering, topic, slow)
    running(consumer)
    await eventually(lambda: consumer.figures()["assignment_age_s"] >= 0)
    faltering.away = True
    told = await eventually(consumer.trouble) or ""
    assert told.startswith("The bus has not answered for ")
    assert "(Kafka did not say where its topics end." in told
    faltering.away = False
    await eventually(lambda: consumer.trouble() is None)


async def test_a_reader_that_gets_nothing_is_replaced(
    monkeypatch: pytest.MonkeyPatch, often: None, faltering: Faltering, new_topic: NewTopic, made: Callable[..., Consumer],
    running: Running, slow: Slow,
) -> None:  # fmt: skip
    monkeypatch.setattr(watch, "_JOIN_AGAIN_SECONDS", 0.5)
    monkeypatch.setattr(health, "WAITING_SECONDS", 0.2)
    topic = await new_topic(faltering, 1)
    await faltering.publish([Outgoing(topic, b"k", b"x")] * 3)
    faltering.deaf = 1
    consumer = made(faltering, topic, slow)
    running(consumer)
    told = await eventually(consumer.trouble) or ""
    assert f"Messages wait on {topic}/0" in told
    await eventually(lambda: consumer.figures()["handled"] == 3)
    await eventually(lambda: consumer.trouble() is None)


async def test_a_cancellation_from_within_does_not_end_it(
    faltering: Faltering, new_topic: NewTopic, made: Callable[..., Consumer], running: Running, slow: Slow
) -> None:
    topic = await new_topic(faltering, 1)
    consumer = made(faltering, topic, slow)
    task = running(consumer)
    await eventually(lambda: consumer.holds(topic))

    async def cancelled(*_: Any) -> list[Message]:
        raise asyncio.CancelledError

    assert isinstance(consumer._subscription, LocalSubscription)
    consumer._subscription.poll = cancelled  # type: ignore[method-assign, assignment]
    await eventually(lambda: consumer.state().phase is Phase.BACKING_OFF)
    await faltering.publish([Outgoing(topic, b"k", b"x")])
    await eventually(lambda: consumer.figures()["handled"] == 1)
    assert not task.done()


# ---------------------------------------------------------------- the sentences, on a clock of the test

PLACE = Partition("t", 3)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_ages_become_troubles(clock: Clock) -> None:
    found = health.Health(clock)
    found.membership = Membership(assigned_at=clock.now, waiting_since=None)
    found.polled_at = clock.now
    clock.now += 29
    assert found.trouble(Phase.RUNNING) is None
    assert (found.figures()["poll_age_s"], found.figures()["assignment_age_s"]) == (29.0, 29.0)
    clock.now += 1
    assert found.trouble(Phase.RUNNING) == (
        "It has not polled for 30 s. Restart the service and report this with its log."
    )
    assert found.trouble(Phase.BACKING_OFF) is None
    found.handling_since = clock.now - 31
    assert str(found.trouble(Phase.RUNNING)).startswith("One batch takes 31 s.")
    found.handling_since = None
    found.polled_at = clock.now
    found.membership = Membership(assigned_at=None, waiting_since=clock.now - 40)
    assert str(found.trouble(Phase.RUNNING)).startswith("The group has assigned it no partitions for 40 s.")
    assert found.figures()["unassigned_s"] == 40.0


def test_one_missing_answer_may_be_our_own_pause(clock: Clock) -> None:
    found = health.Health(clock)
    clock.now += 20
    found.unanswered("TimeoutError.")
    assert found.trouble(Phase.RUNNING) is None
    found.unanswered("TimeoutError.")
    assert str(found.trouble(Phase.RUNNING)).startswith("The bus has not answered for 20 s (TimeoutError.)")
    found.answered()
    assert found.trouble(Phase.RUNNING) is None


@pytest.mark.parametrize(
    ("rounds", "own", "fetched", "waits"),
    [
        ([(5, 3), (5, 3)], True, False, True),
        ([(5, 3), (9, 5)], True, False, False),  # it gets on
        ([(5, 3), (5, 3)], True, True, False),  # what is left are markers of transactions
        ([(5, 3), (5, 3)], False, False, False),  # another's: perhaps the same
        ([(5, 3), (6, 3)], False, False, True),  # another's: something new, and nobody takes it
        ([(5, 3), (6, 3), (6, 6)], False, False, False),
    ],
)
def test_waiting_messages(clock: Clock, rounds: list[tuple[int, int]], own: bool, fetched: bool, waits: bool) -> None:
    found = health.Health(clock)
    for end, position in rounds:
        ends: Positions = {PLACE: end}
        found.compare(ends, {PLACE: position}, {PLACE} if own else (), {PLACE} if fetched else ())
    clock.now += health.WAITING_SECONDS
    assert found.waits({PLACE}, 60) is waits
    assert (found.trouble(Phase.RUNNING) is not None) is waits
