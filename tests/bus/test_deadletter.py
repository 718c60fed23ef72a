"""Dead letters: what was parked, whole and with its reason, comes back when a person says so."""

import json
import platform
from typing import Any

import pytest

from amanah.contracts.errors import NotFound
from amanah.contracts.topics import AUDIT_ENTRIES
from amanah.runtime.bus.bus import MAX_MESSAGE_BYTES, Message, Outgoing
from amanah.runtime.bus.consumer import Consumer, Poison
from amanah.runtime.bus.deadletter import DeadLetters, letter_for
from amanah.runtime.bus.outbox import Outbox
from tests.waiting import eventually


@pytest.fixture
async def shop(db, happened):
    """A consumer that refuses odd numbers until it is told that all is well."""
    await db["effects"].ensure_indexes([])

    class Shop:
        mended = False

        def consumer(self, bus, topic, group="shop") -> Consumer:
            async def note(store, tx, received):
                if received.event.n % 2 and not self.mended:
                    raise Poison("money_not_whole")
                await store.insert({"_id": received.envelope.id, "n": received.event.n}, tx=tx)

            return Consumer(bus, db, group=group, store=db["effects"], reactions={happened(topic): note})

    return Shop()


async def letters_of(bus, topic):
    return [letter async for letter in DeadLetters(bus).waiting(topic)]


async def test_replayed_letters_take_effect_once(bus, new_topic, happened, telling, running, shop, db):
    topic = await new_topic(bus)
    originals = [telling(happened(topic)(n=n)) for n in range(6)]
    await bus.publish(originals)
    consumer = shop.consumer(bus, topic)
    running(consumer)
    await eventually(lambda: consumer.figures()["parked"] == 3)
    letters = await letters_of(bus, topic)
    assert [(letter.offset, letter.code) for letter in letters] == [
        (1, "money_not_whole"),
        (3, "money_not_whole"),
        (5, "money_not_whole"),
    ]

    shop.mended = True
    dead = DeadLetters(bus)
    assert await dead.replay(topic, [letters[1].number]) == 1
    await eventually(lambda: consumer.figures()["handled"] == 4)
    assert [letter.offset for letter in await letters_of(bus, topic)] == [1, 5]
    assert await dead.replay(topic) == 2
    await eventually(lambda: consumer.figures()["handled"] == 6)
    assert await letters_of(bus, topic) == []
    assert await dead.replay(topic) == 0
    assert sorted(d["n"] for d in await db["effects"].list({})) == list(range(6))

    # Sent again after all, as after a crash between sending and marking: no second effect.
    await bus.publish([letters[1].original()])
    await eventually(lambda: consumer.figures()["repeated"] == 1)
    assert sorted(d["n"] for d in await db["effects"].list({})) == list(range(6))


async def test_what_is_sent_again_is_the_message_itself(
    bus, new_topic, happened, telling, running, shop, subscribe, read
):
    topic = await new_topic(bus)
    original = telling(happened(topic)(n=1))
    await bus.publish([original])
    running(shop.consumer(bus, topic))
    dead = DeadLetters(bus)

    async def parked() -> bool:
        return len(await letters_of(bus, topic)) == 1

    await eventually(parked)
    trail = await subscribe(bus, AUDIT_ENTRIES.name, group=None)
    letter = await dead.show(topic, 0)
    assert letter.message.value == original.value
    await dead.replay(topic)
    _, again = await read(await subscribe(bus, topic, group=None), 2)
    assert (again.key, again.value) == (original.key, original.value)
    assert again.headers[: len(original.headers)] == original.headers
    assert again.header("dlq_replayed") == "0"
    entries: list[Any] = []
    while len(entries) < 2:  # on a real Kafka other tests tell theirs there, too
        told = [json.loads(message.value) for message in await read(trail, 1)]
        entries += [entry for entry in told if topic in entry["subject"]["id"]]
    assert [(e["action"], e["reason"]) for e in entries] == [
        ("bus:letter:show", "money_not_whole"),
        ("bus:letter:replay", "money_not_whole"),
    ]
    about = {(e["subject"]["id"], e["actor"]["role"], e["origin"]["device"]) for e in entries}
    assert about == {(f"dlq.{topic}:0", "OPERATOR", platform.node())}
    # It is parked again, for nothing was mended, and the new letter tells of the new place only.
    await eventually(parked)
    (second,) = await letters_of(bus, topic)
    assert second.offset == 1
    assert second.message.header("dlq_replayed") is None


async def test_what_is_parked_is_on_the_trail(local_bus, new_topic, happened, telling, running, db):
    topic, outbox = await new_topic(local_bus), Outbox(db, "shop")
    await outbox.prepare()
    await local_bus.publish([telling(happened(topic)(n=1))])

    async def refuse(store, tx, received):
        raise Poison("token_expired")

    consumer = Consumer(
        local_bus, db, group="shop", store=None, reactions={happened(topic): refuse}, outbox=outbox
    )  # fmt: skip
    running(consumer)
    await eventually(lambda: consumer.figures()["parked"] == 1)
    (document,) = await outbox.pending(10)
    entry = json.loads(bytes(document["value"]))
    assert (entry["action"], entry["outcome"], entry["reason"]) == ("bus:letter:park", "refused", "token_expired")
    assert entry["subject"] == {"type": "Message", "id": f"{topic}/0/0"}


async def test_only_the_group_that_parked_it_sees_it_again(local_bus, new_topic, happened, telling, running, shop, db):
    topic = await new_topic(local_bus)
    await local_bus.publish([telling(happened(topic)(n=1))])
    shop_consumer = shop.consumer(local_bus, topic)
    running(shop_consumer)
    await eventually(lambda: shop_consumer.figures()["parked"] == 1)
    shop.mended = True
    taken = []

    async def note(store, tx, received):
        taken.append(received.event.n)

    other = Consumer(local_bus, db, group="other", store=None, reactions={happened(topic): note})
    running(other)
    await eventually(lambda: other.figures()["handled"] == 1)
    await db["inbox"].delete({})  # as after thirty days
    await DeadLetters(local_bus).replay(topic)
    await eventually(lambda: shop_consumer.figures()["handled"] == 1)
    await eventually(lambda: other.figures()["skipped"] == 1)
    assert taken == [1]


async def test_a_letter_that_does_not_wait_is_not_found(bus, new_topic):
    topic = await new_topic(bus)
    dead = DeadLetters(bus)
    with pytest.raises(NotFound):
        await dead.show(topic, 0)
    with pytest.raises(NotFound):
        await dead.replay(topic, [0])
    assert await dead.replay(topic) == 0


async def test_even_the_largest_message_of_a_stranger_can_be_parked(bus, new_topic):
    topic = await new_topic(bus)
    largest = Message(topic, 0, 7, 0, b"k", bytes(MAX_MESSAGE_BYTES + 120_000), (("h", b"1"),))
    await bus.publish([letter_for(largest, code="schema", explanation="x" * 5000, group="shop")])
    (letter,) = await letters_of(bus, topic)
    assert letter.message.value == largest.value
    assert letter.original() == Outgoing(
        topic, b"k", largest.value, (("h", b"1"), ("dlq_replayed", b"0"), ("dlq_group", b"shop"))
    )
