"""A consumer's life: every event takes effect once, and what happens when something fails."""

import asyncio
from typing import cast

import pytest

from amanah.contracts.errors import Refused, Unavailable, error_text
from amanah.runtime.bus.bus import Bus, Outgoing, Partition
from amanah.runtime.bus.consumer import Consumer, Phase, Poison
from amanah.runtime.bus.deadletter import DeadLetters
from amanah.runtime.bus.local import LocalBus
from tests.waiting import eventually


@pytest.fixture
async def effects(db):
    """Collection in which the reactions of these tests leave a document an event: a second one of the same event would fail."""
    await db["effects"].ensure_indexes([])
    return db["effects"]


@pytest.fixture
def consuming(db, effects, happened):
    """Makes a consumer of one topic that notes each event; `meddle` may fail first."""

    def make(bus, topic, meddle=None, **options) -> Consumer:
        async def note(store, tx, received):
            if meddle is not None:
                await meddle(received)
            await store.insert({"_id": received.envelope.id, "n": received.event.n}, tx=tx)

        options.setdefault("reactions", {happened(topic): note})
        return Consumer(bus, db, group="test", store=effects, **options)

    return make


@pytest.fixture
def noted(effects):
    """The numbers that took effect, in order."""

    async def read() -> list[int]:
        return sorted(d["n"] for d in await effects.list({}))

    return read


async def test_each_event_takes_effect_once(bus, new_topic, happened, telling, consuming, running, noted):
    topic = await new_topic(bus, 3)
    events = [telling(happened(topic)(thing=f"thing-{n % 7}", n=n)) for n in range(60)]
    await bus.publish(events[:40])
    await bus.publish(events[20:])  # as a relay does that died before it could forget what it had published
    consumer = consuming(bus, topic)
    running(consumer)
    await eventually(lambda: consumer.figures()["handled"] == 60)
    assert await noted() == list(range(60))
    assert consumer.figures()["repeated"] == 20
    assert consumer.state().phase is Phase.RUNNING
    assert consumer.trouble() is None


async def test_it_goes_on_where_it_stopped(bus, open_bus, new_topic, happened, telling, consuming, running, noted, db):
    topic = await new_topic(bus)
    await bus.publish([telling(happened(topic)(n=n)) for n in range(10)])
    first = consuming(bus, topic)
    task = running(first)
    await eventually(lambda: first.figures()["handled"] == 10)
    task.cancel()
    await task
    assert first.state().phase is Phase.STOPPED
    assert (await db["positions"].get({"_id": f"test/{topic}/0"}))["next"] == 10
    await db["inbox"].delete({})  # so that only the position can tell
    await bus.publish([telling(happened(topic)(n=n)) for n in range(10, 15)])
    second = consuming(open_bus(), topic)
    running(second)
    await eventually(lambda: second.figures()["handled"] == 5)
    assert await noted() == list(range(15))
    await eventually(lambda: second.figures()["lag"] == 0)


async def test_one_instance_holds_the_only_partition_and_the_other_takes_over(
    bus, open_bus, new_topic, consuming, running
):
    topic = await new_topic(bus)
    first, second = consuming(bus, topic), consuming(open_bus(), topic)
    assert not first.holds(topic)
    tasks = {first: running(first), second: running(second)}

    async def one_holds() -> bool:
        return first.holds(topic) != second.holds(topic)

    await eventually(one_holds)
    holder, other = (first, second) if first.holds(topic) else (second, first)
    assert not holder.holds("another topic")
    tasks[holder].cancel()
    await tasks[holder]
    assert not holder.holds(topic)
    await eventually(lambda: other.holds(topic))


async def test_a_crash_before_the_commit_loses_nothing(
    local_bus, new_topic, happened, telling, consuming, running, noted
):
    topic = await new_topic(local_bus)
    await local_bus.publish([telling(happened(topic)(n=n)) for n in range(6)])
    in_the_middle = asyncio.Event()

    async def hang(received):
        if received.event.n == 3:
            in_the_middle.set()
            await asyncio.Event().wait()

    task = running(consuming(local_bus, topic, meddle=hang))
    await in_the_middle.wait()
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await noted() == []
    consumer = consuming(local_bus, topic)
    running(consumer)
    await eventually(lambda: consumer.figures()["handled"] == 6)
    assert await noted() == list(range(6))


async def test_a_consumer_that_lost_its_partition_changes_nothing(
    local_bus, new_topic, happened, telling, consuming, running, noted, db
):
    topic = await new_topic(local_bus)
    event = happened(topic)
    await local_bus.publish([telling(event(n=0)), telling(event(n=1))])
    consumer = consuming(local_bus, topic)
    running(consumer)
    await eventually(lambda: consumer.figures()["handled"] == 2)
    # Another one, which had taken over meanwhile, has come this far.
    await db["positions"].update({"_id": f"test/{topic}/0"}, {"$set": {"next": 5}})
    await local_bus.publish([telling(event(n=n)) for n in range(2, 8)])
    await eventually(lambda: consumer.figures()["handled"] == 5)
    assert await noted() == [0, 1, 5, 6, 7]


async def test_members_share_the_work_and_come_and_go(
    bus, open_bus, new_topic, happened, telling, consuming, running, noted
):
    topic = await new_topic(bus, 4)
    event = happened(topic)
    workers = [consuming(open_bus(), topic, batch=10) for _ in range(3)]
    leaving = running(workers[0])
    running(workers[1])
    await bus.publish([telling(event(thing=f"t{n}", n=n)) for n in range(100)])
    await eventually(lambda: sum(w.figures()["handled"] for w in workers) >= 20)
    running(workers[2])
    leaving.cancel()
    await bus.publish([telling(event(thing=f"t{n}", n=n)) for n in range(100, 200)])

    async def all_noted() -> bool:
        return await noted() == list(range(200))

    await eventually(all_noted, seconds=40)
    assert sum(w.figures()["parked"] for w in workers) == 0


async def test_transient_failures_are_waited_out_in_order(
    local_bus, new_topic, happened, telling, consuming, running, noted
):
    topic = await new_topic(local_bus)
    failures = iter(range(3))
    phases = []
    order = []

    async def fail_thrice(received):
        order.append(received.event.n)
        if received.event.n == 2 and next(failures, None) is not None:
            raise Unavailable("unavailable.store")

    consumer = consuming(local_bus, topic, meddle=fail_thrice)
    await local_bus.publish([telling(happened(topic)(n=n)) for n in range(5)])
    running(consumer)

    async def done() -> bool:
        phases.append(consumer.state())
        return await noted() == list(range(5))

    await eventually(done)
    assert any(s.phase is Phase.BACKING_OFF and s.reason == error_text("unavailable.store").en for s in phases)
    assert consumer.figures()["parked"] == 0
    assert order[-3:] == [2, 3, 4]


async def test_a_bus_that_is_away_is_waited_for(tmp_path, new_topic, happened, telling, consuming, running, noted):
    away = True

    class Faltering(LocalBus):
        async def subscribe(self, topics, **options):
            if away:
                raise Unavailable("unavailable.bus_ends")
            return await super().subscribe(topics, **options)

    bus = Faltering(tmp_path / "bus.db")
    topic = await new_topic(bus)
    await bus.publish([telling(happened(topic)(n=0))])
    consumer = consuming(bus, topic)
    task = running(consumer)
    await eventually(lambda: consumer.state().phase is Phase.BACKING_OFF)
    assert consumer.trouble() is None
    away = False
    await eventually(lambda: consumer.figures()["handled"] == 1)
    task.cancel()
    await task
    await bus.close()


def broken_value(good: Outgoing) -> Outgoing:
    return Outgoing(good.topic, good.key, b'{"n": "3275012503900001"}x', good.headers)


def broken_headers(good: Outgoing) -> Outgoing:
    return Outgoing(good.topic, good.key, good.value, (("ce_id", b"1"),))


@pytest.mark.parametrize(
    ("breaking", "code"), [(broken_value, "undecodable"), (broken_headers, "bad_envelope")], ids=["value", "headers"]
)
async def test_what_cannot_be_decoded_is_parked_and_the_rest_goes_on(
    bus, new_topic, happened, telling, consuming, running, noted, breaking, code
):
    topic = await new_topic(bus)
    event = happened(topic)
    broken = breaking(telling(event(n=99)))
    await bus.publish([telling(event(n=0))])
    consumer = consuming(bus, topic)
    running(consumer)
    await eventually(lambda: consumer.figures()["handled"] == 1)
    await bus.publish([broken, telling(event(n=1)), broken, telling(event(n=2))])
    await eventually(lambda: consumer.figures()["handled"] == 3, seconds=5)
    assert await noted() == [0, 1, 2]
    first, second = [letter async for letter in DeadLetters(bus).waiting(topic)]
    assert (first.code, first.group, first.topic, first.partition, first.offset) == (code, "test", topic, 0, 1)
    assert second.offset == 3
    assert (first.message.key, first.message.value) == (broken.key, broken.value)
    assert set(broken.headers) <= set(first.message.headers)
    assert "3275012503900001" not in first.explanation
    assert consumer.state().phase is Phase.RUNNING


@pytest.mark.parametrize("error", [Poison("round_unknown"), Refused("not_paid")])
async def test_a_reaction_may_say_that_it_can_never_be(
    local_bus, new_topic, happened, telling, consuming, running, noted, error
):
    topic = await new_topic(local_bus)

    async def refuse(received):
        if received.event.n == 1:
            raise error

    await local_bus.publish([telling(happened(topic)(n=n)) for n in range(3)])
    consumer = consuming(local_bus, topic, meddle=refuse, halt_after=1)
    running(consumer)
    await eventually(lambda: consumer.figures()["handled"] == 2)
    assert await noted() == [0, 2]
    (letter,) = [letter async for letter in DeadLetters(local_bus).waiting(topic)]
    assert (letter.code, letter.explanation) == (error.code, error.message)


async def test_a_bug_parks_its_message_and_tells_no_secrets(
    local_bus, new_topic, happened, telling, consuming, running, noted
):
    topic = await new_topic(local_bus)

    async def stumble(received):
        if received.event.n == 4:
            raise KeyError("Siti Aminah")

    await local_bus.publish([telling(happened(topic)(n=n)) for n in range(9)])
    consumer = consuming(local_bus, topic, meddle=stumble)
    running(consumer)
    await eventually(lambda: consumer.figures()["handled"] == 8)
    assert await noted() == [0, 1, 2, 3, 5, 6, 7, 8]
    (letter,) = [letter async for letter in DeadLetters(local_bus).waiting(topic)]
    assert letter.code == "bug"
    assert letter.explanation.startswith("KeyError at test_consumer.py:")
    assert "Siti" not in letter.explanation
    assert consumer.state().phase is Phase.RUNNING


async def test_too_many_bugs_in_a_row_halt_it(local_bus, new_topic, happened, telling, consuming, running):
    topic = await new_topic(local_bus)

    async def stumble(received):
        raise ZeroDivisionError

    await local_bus.publish([telling(happened(topic)(n=n)) for n in range(20)])
    consumer = consuming(local_bus, topic, meddle=stumble, halt_after=3)
    await running(consumer)
    assert consumer.state().phase is Phase.HALTED
    assert topic in consumer.trouble()
    assert consumer.figures()["parked"] == 3
    assert len([letter async for letter in DeadLetters(local_bus).waiting(topic)]) == 3


async def test_bugs_between_good_messages_do_not_halt_it(local_bus, new_topic, happened, telling, consuming, running):
    topic = await new_topic(local_bus)

    async def stumble(received):
        if received.event.n % 2:
            raise ZeroDivisionError

    await local_bus.publish([telling(happened(topic)(n=n)) for n in range(20)])
    consumer = consuming(local_bus, topic, meddle=stumble, halt_after=2)
    running(consumer)
    await eventually(lambda: consumer.figures()["handled"] == 10)
    await eventually(lambda: consumer.figures()["parked"] == 10)
    assert consumer.trouble() is None


async def test_a_release_that_understands_nothing_halts_before_the_topic_is_drained(
    local_bus, new_topic, happened, telling, consuming, running
):
    topic = await new_topic(local_bus)
    await local_bus.publish([broken_value(telling(happened(topic)(n=n))) for n in range(20)])
    consumer = consuming(local_bus, topic, drain_after=8)
    await running(consumer)
    assert consumer.state().phase is Phase.HALTED
    assert consumer.figures()["parked"] == 8


async def test_other_types_are_passed_over(local_bus, new_topic, happened, telling, consuming, running, noted):
    topic = await new_topic(local_bus)
    event = happened(topic)
    await local_bus.publish([telling(event(n=0), type="id.amanah.test.thing.renamed.v2"), telling(event(n=1))])
    consumer = consuming(local_bus, topic)
    running(consumer)
    await eventually(lambda: consumer.figures()["handled"] == 1)
    assert consumer.figures()["skipped"] == 1
    assert await noted() == [1]


async def test_raw_topics_are_handed_over_as_they_are_and_strangers_faults_never_halt(
    local_bus, new_topic, consuming, running, noted
):
    topic = await new_topic(local_bus)
    sizes = []

    async def take(store, tx, messages):
        sizes.append(len(messages))
        for message in messages:
            if message.value.startswith(b"bad"):
                raise Poison("not_json")
        await store.insert_many([{"_id": m.offset, "n": int(m.value)} for m in messages], tx=tx)

    values = [b"bad %d" % n if 10 <= n < 40 else b"%d" % n for n in range(60)]
    await local_bus.publish([Outgoing(topic, b"k", value) for value in values])
    consumer = consuming(local_bus, topic, reactions={}, raw={topic: take}, halt_after=2, drain_after=2)
    running(consumer)
    await eventually(lambda: consumer.figures()["handled"] == 30)
    await eventually(lambda: consumer.figures()["parked"] == 30)
    assert await noted() == [n for n in range(60) if not 10 <= n < 40]
    assert sizes[0] == 60
    assert consumer.trouble() is None


async def test_a_batch_reaction_gets_what_is_new(local_bus, new_topic, happened, telling, consuming, running, noted):
    topic = await new_topic(local_bus)
    event = happened(topic)
    runs = []

    async def add(store, tx, events):
        runs.append([r.event.n for r in events])
        if 7 in runs[-1]:
            raise ValueError
        await store.insert_many([{"_id": r.envelope.id, "n": r.event.n} for r in events], tx=tx)

    events = [telling(event(n=n)) for n in range(10)]
    await local_bus.publish([*events, *events])
    consumer = consuming(local_bus, topic, reactions={}, batches={(event,): add})
    running(consumer)
    await eventually(lambda: consumer.figures()["handled"] == 9)
    assert runs[0] == list(range(10))
    assert await noted() == [0, 1, 2, 3, 4, 5, 6, 8, 9]


def test_a_topic_belongs_to_one_table(db_stub, happened):
    async def nothing(*_):
        return None

    event = happened("a-topic")
    with pytest.raises(ValueError, match="a-topic"):
        Consumer(cast(Bus, None), db_stub, group="g", store=None, reactions={event: nothing}, raw={"a-topic": nothing})


@pytest.fixture
def db_stub():
    """Collections that nobody asks anything."""
    return {"inbox": None, "positions": None}


async def test_a_position_stands_for_its_own_group(local_bus, new_topic, happened, telling, running, db, effects):
    topic = await new_topic(local_bus)
    event = happened(topic)
    await local_bus.publish([telling(event(n=n)) for n in range(3)])
    seen: dict[str, list[int]] = {"one": [], "two": []}

    def consumer(group):
        async def note(store, tx, received):
            seen[group].append(received.event.n)

        return Consumer(local_bus, db, group=group, store=None, reactions={event: note})

    consumers = [consumer("one"), consumer("two")]
    for each in consumers:
        running(each)
    await eventually(lambda: all(c.figures()["handled"] == 3 for c in consumers))
    assert seen == {"one": [0, 1, 2], "two": [0, 1, 2]}
    assert await local_bus.ends([topic]) == {Partition(topic, 0): 3}
