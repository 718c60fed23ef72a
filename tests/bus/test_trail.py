"""Rate limit of the audit entries for refusals: one entry each up to a rate, and one that counts the rest."""

import json

import pytest

from amanah.contracts.actor import Actor, Grant, Role
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.errors import Forbidden, Refused, Unavailable
from amanah.contracts.ids import new_id
from amanah.contracts.message import Answer, Request
from amanah.contracts.topics import AUDIT_ENTRIES
from amanah.runtime import telemetry
from amanah.runtime.bus.consumer import Consumer, Poison
from amanah.runtime.bus.deadletter import DeadLetters
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.bus.relay import Relay
from amanah.runtime.bus.trail import Rates
from tests.waiting import eventually

NO = Forbidden("forbidden")
LATE = Refused("execution_past")


class Ask(Request[Answer]):
    service = "tester"
    things: tuple[str, ...] = ()
    hidden: bool = False

    def hides_author(self) -> bool:
        return self.hidden


def somebody(name):
    grants = (Grant(role=Role.OFFICER, area="32.75"), Grant(role=Role.AUDITOR, area="32"))
    return Actor(id=f"usr_{name}", name=name, grants=grants)


@pytest.fixture
async def outbox(db):
    # Windows of an hour: no test meets the end of one by chance.
    outbox = Outbox(db, "tester", Rates(each="3/hour", strangers="5/hour"))
    await outbox.prepare()
    return outbox


@pytest.fixture
def told(outbox):
    async def entries():
        documents = [d for d in await outbox.pending(1000) if d["topic"] == AUDIT_ENTRIES.name]
        return [json.loads(bytes(d["value"])) for d in documents]

    return entries


@pytest.fixture
def sums(told):
    """The entries that count refusals: actor, subject, outcome, number."""

    async def entries():
        found = [entry for entry in await told() if entry["action"] == "access:entries:omit"]
        return [(e["actor"]["id"], e["subject"], e["outcome"], e["reason"]) for e in found]

    return entries


async def test_denials_and_refusals_of_one_person_over_the_rate_are_counted_in_one_entry(outbox, told, sums):
    for _ in range(4):
        await outbox.trail.record_denial(somebody("sari"), Ask(), NO)
        await outbox.trail.record_refusal(somebody("sari"), Ask(), LATE)
    await outbox.trail.record_denial(somebody("budi"), Ask(), NO)
    singly = [(entry["actor"]["id"], entry["outcome"]) for entry in await told()]
    assert singly == [("usr_sari", "denied"), ("usr_sari", "refused"), ("usr_sari", "denied"), ("usr_budi", "denied")]
    await outbox.trail.flush()
    assert await sums() == [], "the window is not over"
    await outbox.trail.flush(ending=True)
    await outbox.trail.flush(ending=True)
    assert await sums() == [("usr_sari", {"type": "User", "id": "usr_sari"}, "noted", "5 more")]


async def test_the_count_of_anonymous_authors_names_none_of_them(outbox, told, sums):
    for name in ("sari", "budi"):
        with telemetry.originating(service="tester", ip="10.0.0.7", device="tablet-3"):
            for _ in range(3):
                await outbox.trail.record_refusal(somebody(name), Ask(hidden=True), LATE)
    await outbox.trail.flush(ending=True)
    assert await sums() == [("anonymous", {"type": "User", "id": "anonymous"}, "noted", "3 more")]
    entries = str(await told())
    assert not any(known in entries for known in ("usr_sari", "usr_budi", "10.0.0.7", "tablet-3", "32.75"))


@pytest.mark.parametrize(
    ("addresses", "singly"),
    [
        (["10.0.0.7"] * 9, 3),
        ([f"2001:db8:1:2::{n}" for n in range(9)], 3),
        (["10.0.0.7", "::ffff:10.0.0.7", "10.0.0.7"] * 3, 3),
        ([f"2001:db8:1:{n}::1" for n in range(9)], 5),
    ],
    ids=["one address", "one subscriber's network", "one address written otherwise", "many of them together"],
)
async def test_refusals_of_strangers_over_the_rate_are_counted_in_one_entry(outbox, told, sums, addresses, singly):
    for address in addresses:
        with telemetry.originating(ip=address):
            await outbox.trail.record_stranger(
                AuditAction.TOKEN_REFUSE, Subject(type="Token", id="token_invalid"), "token_invalid"
            )
    assert [entry["origin"]["ip"] for entry in await told()] == addresses[:singly]
    await outbox.trail.flush(ending=True)
    assert await sums() == [("unknown", {"type": "Address", "id": "any"}, "noted", f"{9 - singly} more")]


async def test_an_entry_of_a_refusal_has_the_first_ids_of_the_request(outbox, told):
    things = tuple(new_id("pkg") for _ in range(300))
    await outbox.trail.record_denial(somebody("sari"), Ask(things=things), NO)
    (entry,) = await told()
    assert [each["id"] for each in entry["concerns"]] == list(things[:20])


async def test_no_count_is_lost_while_the_store_is_away(outbox, sums, monkeypatch):
    async def away(work):
        raise Unavailable("unavailable.store")

    for _ in range(5):
        await outbox.trail.record_denial(somebody("sari"), Ask(), NO)
    with monkeypatch.context() as patch:
        patch.setattr(outbox.db, "transaction", away)
        with pytest.raises(Unavailable):
            await outbox.trail.flush(ending=True)
        await outbox.trail.record_denial(somebody("sari"), Ask(), NO)
    await outbox.trail.flush(ending=True)
    assert [reason for *_, reason in await sums()] == ["3 more"]


async def test_a_stopping_service_flushes_its_counts(outbox, sums, local_bus, running):
    await local_bus.ensure_topics([AUDIT_ENTRIES])
    relay = Relay(outbox, local_bus)
    task = running(relay)
    for _ in range(5):
        await outbox.trail.record_denial(somebody("sari"), Ask(), NO)
    await eventually(lambda: relay.figures()["published"] == 3)
    assert await sums() == []
    task.cancel()
    await eventually(task.done)
    assert [reason for *_, reason in await sums()] == ["2 more"]


async def test_a_count_is_published_after_its_window(db, outbox, local_bus, subscribe, read, running):
    await local_bus.ensure_topics([AUDIT_ENTRIES])
    brief = Outbox(db, "tester", Rates(each="1/second"))
    brief.trail.suppress(somebody("sari").foremost(), Subject(type="User", id="usr_sari"))
    running(Relay(brief, local_bus))
    (message,) = await read(await subscribe(local_bus, AUDIT_ENTRIES.name, group=None), 1)
    entry = json.loads(message.value)
    assert (entry["action"], entry["subject"]["id"], entry["reason"]) == ("access:entries:omit", "usr_sari", "1 more")


async def test_dead_letters_over_the_rate_are_kept_without_an_entry(
    outbox, told, sums, local_bus, new_topic, happened, telling, running, db
):
    topic = await new_topic(local_bus)
    await local_bus.publish([telling(happened(topic)(n=n)) for n in range(7)])

    async def refuse(store, tx, received):
        raise Poison("token_expired")

    reactions = {happened(topic): refuse}
    consumer = Consumer(local_bus, db, group="shop", store=None, reactions=reactions, outbox=outbox)
    running(consumer)
    await eventually(lambda: consumer.figures()["parked"] == 7)
    assert len([letter async for letter in DeadLetters(local_bus).waiting(topic)]) == 7
    parked = [entry["subject"]["id"] for entry in await told() if entry["action"] == "bus:letter:park"]
    assert parked == [f"{topic}/0/{n}" for n in range(3)]
    await outbox.trail.flush(ending=True)
    assert await sums() == [("system", {"type": "Topic", "id": topic}, "noted", "4 more")]
