"""Transactional outbox: atomic with the change, ordered per key, published at least once."""

import asyncio
import json
import time
from typing import cast

import pytest

from amanah.contracts.actor import Acting, Actor, Grant, Role
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import ENTRY_LIMIT, MAX_RELATED, AuditEntry, Subject
from amanah.contracts.envelope import Envelope
from amanah.contracts.errors import Refused, Unavailable
from amanah.contracts.ids import new_id
from amanah.contracts.message import Answer, Request
from amanah.contracts.topics import AUDIT_ENTRIES
from amanah.runtime import telemetry
from amanah.runtime.bus.bus import Bus, Outgoing
from amanah.runtime.bus.consumer import Consumer
from amanah.runtime.bus.lease import Lease
from amanah.runtime.bus.outbox import ENTRY_RECORDED, Outbox
from amanah.runtime.bus.relay import Relay
from tests.waiting import eventually

SARI = Acting(id="usr_sari", name="Sari", role="APPROVER", area="32.75")


@pytest.fixture
async def outbox(db):
    outbox = Outbox(db)
    await outbox.prepare()
    await db["things"].ensure_indexes([])
    return outbox


@pytest.fixture
async def audited(local_bus):
    """The local bus with the audit topic, and a way to read it from the beginning."""
    await local_bus.ensure_topics([AUDIT_ENTRIES])
    return local_bus


@pytest.fixture
def do(outbox):
    """Changes a thing and records it, as a command does."""

    async def command(event, *, by=SARI, outbox=outbox, fail=False, **more):
        async def work(tx):
            await outbox.db["things"].put({"_id": event.key(), "n": event.n}, tx=tx)
            await outbox.record(
                tx,
                by,
                action=AuditAction.PROGRAM_CREATE,
                subject=Subject(type="Thing", id=event.key()),
                event=event,
                **more,
            )
            if fail:
                raise Refused("not_paid")

        await outbox.db.transaction(work)

    return command


async def published(bus, topic, count, read, subscribe):
    return await read(await subscribe(bus, topic, group=None), count)


async def test_event_and_entry_are_published_with_actor_and_authority(
    audited, outbox, do, new_topic, happened, subscribe, read, running
):
    topic = await new_topic(audited)
    with telemetry.originating(ip="10.0.0.7", device="tablet-3"):
        await do(
            happened(topic)(thing="t1", n=5), authority="SK 12/2026", before="hmac-sha256:aa", after="hmac-sha256:bb"
        )
    running(Relay(outbox, audited))
    (message,) = await published(audited, topic, 1, read, subscribe)
    (audit,) = await published(audited, AUDIT_ENTRIES.name, 1, read, subscribe)
    envelope = Envelope.from_headers(message.headers)
    assert json.loads(message.value) == {"thing": "t1", "n": 5, "body": ""}
    assert message.key == b"t1"
    assert (envelope.type, envelope.source, envelope.subject) == (
        "id.amanah.test.thing.happened.v1",
        "/amanah/test",
        "t1",
    )
    assert (envelope.actor.id, envelope.actor.role, envelope.actor.area) == ("usr_sari", "APPROVER", "32.75")
    assert envelope.authority == "SK 12/2026"
    entry = json.loads(audit.value)
    assert entry["event"] == {"topic": topic, "type": envelope.type, "id": envelope.id}
    assert entry["actor"] == {"id": "usr_sari", "role": "APPROVER", "area": "32.75"}
    assert entry["subject"] == {"type": "Thing", "id": "t1"}
    assert entry["origin"] == {"service": "test", "ip": "10.0.0.7", "device": "tablet-3", "trace": ""}
    assert (entry["action"], entry["outcome"], entry["authority"]) == (
        "distribution:program:create",
        "done",
        "SK 12/2026",
    )
    assert (entry["before"], entry["after"], entry["area"]) == ("hmac-sha256:aa", "hmac-sha256:bb", "32.75")
    assert "Sari" not in audit.value.decode()
    about = Envelope.from_headers(audit.headers)
    assert (about.id, about.type, about.time) == (entry["id"], ENTRY_RECORDED, envelope.time)
    entry["actor"]["name"] = "Sari"
    assert AuditEntry.model_validate(entry).canonical() == audit.value


async def test_an_entry_needs_no_event(audited, outbox, subscribe, read, running):
    entry_id = await outbox.record_entry(
        SARI, action=AuditAction.REQUEST_DENY, subject=Subject(type="User", id="usr_sari"), outcome="denied",
        reason="token_expired", area="32",
    )  # fmt: skip
    running(Relay(outbox, audited))
    (audit,) = await published(audited, AUDIT_ENTRIES.name, 1, read, subscribe)
    entry = json.loads(audit.value)
    assert (entry["id"], entry["outcome"], entry["reason"], entry["area"]) == (
        entry_id,
        "denied",
        "token_expired",
        "32",
    )
    assert entry["event"] == {"topic": "", "type": "", "id": ""}


async def test_many_related_ids_are_split_into_entries_that_fit_the_log(outbox, do, happened):
    # The longest that is named: codes of packages.
    many = tuple(Subject(type="Package", id=f"{n:04}".ljust(64, "P")) for n in range(2 * MAX_RELATED + 1))
    await do(happened("things")(n=1), concerns=many, reason="r" * 1000, authority="a" * 200)
    entries = [bytes(d["value"]) for d in await outbox.pending(10) if d["topic"] == AUDIT_ENTRIES.name]
    assert all(len(entry) < ENTRY_LIMIT for entry in entries)
    told = [json.loads(entry) for entry in entries]
    assert [len(entry["concerns"]) for entry in told] == [MAX_RELATED, MAX_RELATED, 1]
    assert [each["id"] for entry in told for each in entry["concerns"]] == [each.id for each in many]
    alike = [{k: v for k, v in entry.items() if k not in ("id", "concerns")} for entry in told]
    assert alike[0] == alike[1] == alike[2]


async def test_concurrent_entries_are_committed_together(outbox, monkeypatch):
    commits = 0
    transaction = outbox.db.transaction

    async def counted(work):
        nonlocal commits
        commits += 1
        return await transaction(work)

    monkeypatch.setattr(outbox.db, "transaction", counted)
    subjects = [Subject(type="User", id=f"usr_{n}") for n in range(60)]
    ids = await asyncio.gather(
        *(outbox.record_entry(SARI, action=AuditAction.PERSONAL_DATA_READ, subject=s) for s in subjects)
    )
    kept = [d["_id"] for d in await outbox.pending(100)]
    assert sorted(kept) == sorted(ids)
    assert commits < 10


async def test_every_caller_of_a_failed_commit_gets_the_error(outbox, monkeypatch):
    async def away(work):
        raise Unavailable("unavailable.store")

    subject = Subject(type="User", id="usr_1")
    with monkeypatch.context() as patch:
        patch.setattr(outbox.db, "transaction", away)
        told = [outbox.record_entry(SARI, action=AuditAction.PERSONAL_DATA_READ, subject=subject) for _ in range(5)]
        answers = await asyncio.gather(*told, return_exceptions=True)
        assert all(isinstance(answer, Unavailable) for answer in answers)
    await outbox.record_entry(SARI, action=AuditAction.PERSONAL_DATA_READ, subject=subject)
    assert await outbox.depth() == 1, "what follows is not held up by it"


async def test_a_cancelled_caller_cancels_no_other_entry(outbox):
    subject = Subject(type="User", id="usr_1")
    first, second = (
        asyncio.create_task(outbox.record_entry(SARI, action=AuditAction.PERSONAL_DATA_READ, subject=subject))
        for _ in range(2)
    )
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert len(await outbox.pending(10)) == 2


class Ask(Request[Answer]):
    service = "tester"
    thing: str
    note: str = ""
    hidden: bool = False

    def hides_author(self) -> bool:
        return self.hidden


async def test_a_refusal_has_the_ids_of_the_request_and_nothing_else_of_it(outbox):
    thing, actor = new_id("pkg"), Actor(id="usr_sari", name="Sari", grants=(Grant(role=Role.OFFICER, area="32.75"),))
    await outbox.trail.record_refusal(actor, Ask(thing=thing, note="3275011234567890"), Refused("execution_past"))
    (document,) = await outbox.pending(10)
    entry = json.loads(bytes(document["value"]))
    assert entry["concerns"] == [{"type": "Package", "id": thing}]
    assert entry["subject"] == {"type": "Request", "id": "tester.ask"}
    assert (entry["actor"]["id"], entry["outcome"], entry["reason"]) == ("usr_sari", "refused", "execution_past")
    assert "3275011234567890" not in str(entry)


async def test_a_refusal_of_an_anonymous_author_names_nobody(outbox):
    thing, actor = new_id("pkg"), Actor(id="usr_sari", name="Sari", grants=(Grant(role=Role.OFFICER, area="32.75"),))
    with telemetry.originating(service="tester", ip="10.0.0.7", device="tablet-3", request_id="r1"):
        await outbox.trail.record_refusal(actor, Ask(thing=thing, hidden=True), Refused("execution_past"))
    (document,) = await outbox.pending(10)
    entry = json.loads(bytes(document["value"]))
    assert entry["actor"]["id"] == "anonymous"
    assert not any(known in str(entry) for known in ("usr_sari", "10.0.0.7", "tablet-3", "32.75", thing))


async def test_an_aborted_transaction_publishes_nothing(audited, outbox, do, new_topic, happened, running):
    topic = await new_topic(audited)
    event = happened(topic)
    with pytest.raises(Refused):
        await do(event(n=1), fail=True)
    assert await outbox.depth() == 0
    relay = Relay(outbox, audited)
    running(relay)
    await do(event(n=2))
    await eventually(lambda: relay.figures()["published"] == 2)
    assert sum((await audited.ends([topic])).values()) == 1
    assert await outbox.db["things"].list({}) == [{"_id": "thing", "n": 2}]


async def test_messages_of_a_key_keep_their_order(audited, outbox, do, new_topic, happened, subscribe, read, running):
    topic = await new_topic(audited, 3)
    event = happened(topic)
    for n in range(60):
        await do(event(thing=f"t{n % 4}", n=n))
        if n == 20:
            running(Relay(outbox, audited))
    messages = await published(audited, topic, 60, read, subscribe)
    for key in {m.key for m in messages}:
        numbers = [json.loads(m.value)["n"] for m in messages if m.key == key]
        assert numbers == sorted(numbers)


async def test_clocks_that_differ_keep_the_order(
    audited, db, outbox, do, new_topic, happened, monkeypatch, subscribe, read, running
):
    topic = await new_topic(audited)
    event = happened(topic)
    await do(event(n=0))
    elsewhere = Outbox(db)
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now - 3_600_000_000_000)
    await do(event(n=1), outbox=elsewhere)
    await do(event(n=2), outbox=elsewhere)
    monkeypatch.undo()
    running(Relay(outbox, audited))
    messages = await published(audited, topic, 3, read, subscribe)
    assert [json.loads(m.value)["n"] for m in messages] == [0, 1, 2]


async def test_a_relay_killed_before_deleting_publishes_again_and_is_consumed_once(
    audited, outbox, do, new_topic, happened, running, db
):
    topic = await new_topic(audited)
    event = happened(topic)
    for n in range(5):
        await do(event(n=n))
    real_delete = outbox.delete

    async def die(documents):
        raise SystemError("killed")

    outbox.delete = die
    dying = Relay(outbox, audited)
    task = running(dying)
    await eventually(lambda: dying.figures()["failures"] > 0)
    assert "SystemError" in (dying.trouble() or "")
    task.cancel()
    await task
    outbox.delete = real_delete
    running(Relay(outbox, audited))

    async def empty() -> bool:
        return await outbox.depth() == 0

    await eventually(empty)
    assert sum((await audited.ends([topic])).values()) >= 10
    await db["effects"].ensure_indexes([])

    async def note(store, tx, received):
        await store.insert({"_id": received.envelope.id, "n": received.event.n}, tx=tx)

    consumer = Consumer(audited, db, group="test", store=db["effects"], reactions={event: note})
    running(consumer)
    await eventually(lambda: consumer.figures()["handled"] + consumer.figures()["repeated"] >= 10)
    assert [d["n"] for d in await db["effects"].list({}, sort=[("n", 1)])] == list(range(5))
    assert consumer.figures()["parked"] == 0


async def test_a_commit_wakes_the_relay(audited, outbox, do, new_topic, happened, running, monkeypatch):
    monkeypatch.setattr("amanah.runtime.bus.relay._POLL_SECONDS", 60.0)
    topic = await new_topic(audited)
    relay = Relay(outbox, audited)
    running(relay)
    await do(happened(topic)(n=0))
    await eventually(lambda: relay.figures()["published"] == 2, seconds=5)
    await do(happened(topic)(n=1))
    await eventually(lambda: relay.figures()["published"] == 4, seconds=5)


async def test_no_message_is_lost_while_the_bus_is_away(outbox, do, happened, running):
    class Away:
        here = False
        taken: tuple[Outgoing, ...] = ()

        async def publish(self, batch):
            if not self.here:
                raise Unavailable("unavailable.bus_ends")
            self.taken = (*self.taken, *batch)

    bus = Away()
    relay = Relay(outbox, cast(Bus, bus))
    await do(happened("anything")(n=0))
    running(relay)
    await eventually(lambda: relay.figures()["failures"] >= 2)
    assert relay.trouble() is None
    assert relay.figures()["depth"] == 1
    bus.here = True
    await eventually(lambda: relay.figures()["published"] == 2)
    assert [m.topic for m in bus.taken] == ["anything", AUDIT_ENTRIES.name]


async def test_one_relay_publishes_at_a_time_and_another_takes_over(
    audited, db, outbox, do, new_topic, happened, running
):
    topic = await new_topic(audited)
    relays = [Relay(outbox, audited), Relay(Outbox(db), audited)]
    tasks = [running(relays[0])]
    await do(happened(topic)(n=0))
    await eventually(lambda: relays[0].figures()["published"] == 2)
    tasks.append(running(relays[1]))
    await do(happened(topic)(n=1))
    await eventually(lambda: relays[0].figures()["published"] == 4)
    assert relays[1].figures()["published"] == 0
    tasks[0].cancel()
    await tasks[0]
    await do(happened(topic)(n=2))
    await eventually(lambda: relays[1].figures()["published"] == 2)
    assert sum((await audited.ends([topic])).values()) == 3


async def test_an_event_too_large_for_the_bus_refuses_the_change(outbox, do, happened):
    with pytest.raises(Refused) as refused:
        await do(happened("anything")(n=0, body="x" * 950_000))
    assert refused.value.code == "message_too_large"
    assert await outbox.depth() == 0
    assert await outbox.db["things"].count({}) == 0


async def test_a_lease_has_one_holder_until_it_expires(db):
    first, second = Lease(db, "report", seconds=0.2), Lease(db, "report", seconds=60)
    assert await first.hold()
    assert await first.hold()
    assert not await second.hold()
    await eventually(second.hold, seconds=5)
    assert not await first.hold()
    await first.release()  # somebody else's by now: no effect
    assert not await first.hold()
    await second.release()
    assert await first.hold()
