"""Paused processes, lost sessions, restarted brokers and groups that change, on a real Kafka: consumption always goes on.

The short ones run with `make test-kafka`, the long list with `make test-faults`.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from amanah.cli.embedded import free_port
from amanah.contracts.topics import AUDIT_ENTRIES, Topic, dead_letters
from amanah.runtime.bus import kafka
from amanah.runtime.bus.bus import Message, Outgoing, Partition, partition_of
from amanah.runtime.bus.consumer import Consumer
from amanah.runtime.bus.kafka import KafkaBus
from amanah.runtime.mongo import Database
from amanah.runtime.settings import Settings
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
PARTITIONS = 4


class Members:
    """Processes of one group on a topic of their own, and how far the group has come."""

    def __init__(self, servers: str, mongo: str, name: str, db: Database, bus: KafkaBus) -> None:
        self.topic = f"faults-{uuid4().hex[:8]}"
        self.servers = servers
        self.bus = bus
        self.db = db
        self.published = [0] * PARTITIONS
        self._asked = {"mongo": mongo, "db": name, "group": self.topic, "topic": self.topic}
        self._environment = os.environ | {"KAFKA_BOOTSTRAP_SERVERS": servers, "PYTHONPATH": str(ROOT)}
        self._processes: list[tuple[subprocess.Popen[bytes], int]] = []

    async def create_topic(self) -> None:
        names = [(self.topic, PARTITIONS), (dead_letters(self.topic), 1)]
        await self.bus.ensure_topics([AUDIT_ENTRIES, *(Topic(name, "", n, -1, (), (), "") for name, n in names)])

    async def delete_topic(self) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.servers)
        await admin.start()
        try:
            await admin.delete_topics([self.topic])

            async def gone() -> bool:
                return self.topic not in await admin.list_topics()

            await eventually(gone)
        finally:
            await admin.close()

    async def publish(self, partition: int, count: int) -> None:
        key = next(key for n in range(1000) if partition_of(key := b"%d" % n, PARTITIONS) == partition)
        await self.bus.publish([Outgoing(self.topic, key, b"x")] * count)
        self.published[partition] += count

    async def start(self, *, seconds: float = 0.0, poison: bool = True) -> subprocess.Popen[bytes]:
        port = free_port()
        asked = self._asked | {"port": port, "seconds": seconds, "poison": poison}
        command = [sys.executable, str(Path(__file__).with_name("member.py")), json.dumps(asked)]
        process = subprocess.Popen(command, env=self._environment, stderr=subprocess.DEVNULL)
        self._processes.append((process, port))

        async def answers() -> bool:
            assert process.poll() is None
            return (await self.readiness(process)) is not None

        await eventually(answers, 60, every=0.2)
        return process

    async def readiness(self, process: subprocess.Popen[bytes]) -> dict[str, Any] | None:
        port = next(port for each, port in self._processes if each is process)
        timeout = aiohttp.ClientTimeout(total=2)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session:
                async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    body: dict[str, Any] = await answer.json()
                    return body
        except (TimeoutError, aiohttp.ClientError):
            return None

    async def positions(self) -> list[int]:
        stored = {d["_id"]: d["next"] for d in await self.db["positions"].list({})}
        return [stored.get(f"{self.topic}/{self.topic}/{n}", 0) for n in range(PARTITIONS)]

    async def reaches(self, partition: int, offset: int, seconds: float) -> None:
        async def reached() -> bool:
            return (await self.positions())[partition] >= offset

        try:
            await eventually(reached, seconds, every=0.2)
        except TimeoutError:
            pytest.fail(f"partition {partition} did not reach {offset} in {seconds} s: {await self.positions()}")

    async def catches_up(self, seconds: float = 60) -> None:
        """Waits until all is handled and nobody is in trouble."""
        for partition, offset in enumerate(self.published):
            await self.reaches(partition, offset, seconds)

        async def healthy() -> bool:
            told = [await self.readiness(process) for process, _ in self._processes if process.poll() is None]
            return all(each == {"service": "member", "ready": True, "troubles": []} for each in told)

        await eventually(healthy, 20, every=0.2)

    def stop(self) -> None:
        for process, _ in self._processes:
            process.kill()
            process.wait()


@pytest.fixture
def broker() -> Iterator[Any]:
    """A broker of this test alone, which it may stop."""
    spec = spec_from_file_location("kafka_local", ROOT / "deploy" / "kafka-local" / "kafka.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    started = module.Broker()
    yield started
    started.process.send_signal(signal.SIGCONT)
    started.stop()


@pytest.fixture
async def members_on(stores: Settings, database: Callable[[str], Database]) -> AsyncIterator[Callable[[str], Members]]:
    """Makes members on the brokers at an address."""
    made: list[Members] = []

    def make(servers: str) -> Members:
        db = database("faults")
        assert stores.mongo_url is not None
        made.append(Members(servers, stores.mongo_url, db.name, db, KafkaBus(servers)))
        return made[-1]

    yield make
    for each in made:
        each.stop()
        await each.bus.close()


@pytest.fixture
async def members(members_on: Callable[[str], Members]) -> Members:
    """Members on the broker of this test run, with 1,000 messages in partition 0."""
    made = members_on(os.environ["KAFKA_BOOTSTRAP_SERVERS"])
    await made.create_topic()
    await made.publish(0, 1000)
    return made


async def pause(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Stops the process for so long: the length is what is tested."""
    process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    process.send_signal(signal.SIGCONT)


# ---------------------------------------------------------------- with every run


@pytest.mark.kafka
async def test_who_polled_too_late_joins_the_group_again(
    monkeypatch: pytest.MonkeyPatch, members: Members, running: Callable[[object], asyncio.Task[None]]
) -> None:
    """A batch longer than max.poll.interval makes aiokafka leave the group; it used to stay empty for ever."""
    monkeypatch.setattr(kafka.bus, "_MAX_POLL_MS", 3_000)
    left = asyncio.Event()

    async def take(_: object, tx: object, messages: Sequence[Message]) -> None:
        if not left.is_set() and messages[0].partition == 0:
            own = consumer._subscription
            assert isinstance(own, kafka.KafkaSubscription)
            await eventually(lambda: own._consumer._coordinator.generation == -1, 15)
            left.set()

    consumer = Consumer(members.bus, members.db, group=members.topic, store=None, raw={members.topic: take})
    running(consumer)
    async with asyncio.timeout(30):
        await left.wait()
    await members.publish(1, 1)
    await members.catches_up(20)
    assert consumer.trouble() is None


@pytest.mark.kafka
async def test_a_lost_session_under_backlog(members: Members) -> None:
    process = await members.start()
    await members.reaches(0, 1, 30)
    await pause(process, 14)
    await members.publish(1, 1)
    await members.reaches(1, 1, 20)
    await members.reaches(0, 100, 60)


@pytest.mark.kafka
async def test_a_topic_that_was_made_anew_while_nobody_read_it(
    members: Members, running: Callable[[object], asyncio.Task[None]]
) -> None:
    taken: list[int] = []

    async def take(_: object, tx: object, messages: Sequence[Message]) -> None:
        taken.extend(m.offset for m in messages if m.partition == 0)

    def consumer() -> Consumer:
        return Consumer(members.bus, members.db, group=members.topic, store=None, raw={members.topic: take})

    task = running(consumer())
    await members.catches_up()
    task.cancel()
    await task
    await members.delete_topic()
    await members.create_topic()
    members.published[0] = 0
    await members.publish(0, 1100)  # more than before: the old position lies within the new topic
    taken.clear()
    second = consumer()
    running(second)
    await eventually(lambda: len(taken) == 1100)
    assert taken == list(range(1100))
    assert second.figures()["resets"] == 1
    assert second.trouble() is None


@pytest.mark.kafka
async def test_a_topic_that_was_made_anew_is_read_from_its_start(
    monkeypatch: pytest.MonkeyPatch, members: Members, running: Callable[[object], asyncio.Task[None]]
) -> None:
    taken: list[int] = []

    async def take(_: object, tx: object, messages: Sequence[Message]) -> None:
        taken.extend(m.offset for m in messages if m.partition == 0)

    consumer = Consumer(members.bus, members.db, group=members.topic, store=None, raw={members.topic: take})
    running(consumer)
    await members.catches_up()
    await members.delete_topic()
    await members.create_topic()
    told = await eventually(consumer.trouble, 20) or ""
    assert "The position 1000 is beyond the end 0" in told or "topics apply" in told
    await eventually(lambda: consumer.figures()["resets"] >= 1, 30)
    taken.clear()
    await eventually(lambda: consumer.trouble() is None)
    members.published[0] = 0
    await members.publish(0, 1100)
    await eventually(lambda: len(taken) == 1100, 40)
    assert taken == list(range(1100))


# ---------------------------------------------------------------- the long list


@pytest.mark.faults
@pytest.mark.parametrize("poison", [True, False], ids=["poison", "slow"])
@pytest.mark.parametrize("seconds", [1, 5, 9, 11, 14, 19, 21, 30, 40])
async def test_paused_under_backlog(members: Members, seconds: float, poison: bool) -> None:
    process = await members.start(seconds=0.0 if poison else 0.05, poison=poison)
    await members.reaches(0, 1, 30)
    await pause(process, seconds)
    await members.publish(1, 1)
    await members.reaches(1, 1, 45)
    await members.catches_up(180)


@pytest.mark.faults
async def test_paused_again_and_again(members: Members) -> None:
    process = await members.start()
    for seconds in (11, 1, 12, 3, 21):
        await pause(process, seconds)
        await members.publish(1, 1)
    await members.catches_up(180)


@pytest.mark.faults
async def test_paused_while_others_come_and_go(members: Members) -> None:
    first = await members.start(seconds=0.02, poison=False)
    await members.reaches(0, 1, 30)
    second, third = await members.start(), await members.start()
    await members.publish(1, 50)
    await pause(first, 14)
    second.terminate()
    await members.publish(2, 50)
    await pause(third, 12)
    await members.publish(3, 50)
    await members.catches_up(180)


@pytest.mark.faults
async def test_a_killed_member_is_replaced(members: Members) -> None:
    first = await members.start(seconds=0.02, poison=False)
    second = await members.start(seconds=0.02, poison=False)
    await members.reaches(0, 1, 30)
    first.kill()
    await members.publish(1, 10)
    await members.publish(2, 10)
    await members.catches_up(120)
    assert second.poll() is None


@pytest.mark.faults
@pytest.mark.parametrize("moment", ["backlog", "idle"])
async def test_a_broker_that_restarts(members_on: Callable[[str], Members], broker: Any, moment: str) -> None:
    members = members_on(broker.servers)
    await members.create_topic()
    await members.publish(0, 1000 if moment == "backlog" else 5)
    await members.start()
    await members.reaches(0, 1 if moment == "backlog" else 5, 30)
    await asyncio.to_thread(broker.restart)
    await members.publish(1, 1)
    await members.reaches(1, 1, 60)
    await members.catches_up(180)


@pytest.mark.faults
@pytest.mark.parametrize("seconds", [14, 45])
async def test_a_broker_that_hangs_is_told_within_15_seconds(
    members_on: Callable[[str], Members], broker: Any, seconds: float
) -> None:
    members = members_on(broker.servers)
    await members.create_topic()
    await members.publish(0, 5)
    process = await members.start()
    await members.reaches(0, 5, 30)
    broker.process.send_signal(signal.SIGSTOP)
    paused = asyncio.create_task(asyncio.sleep(seconds))

    async def told() -> bool:
        body = await members.readiness(process)
        return body is not None and any("The bus has not answered" in each for each in body["troubles"])

    await eventually(told, 15)
    await paused
    broker.process.send_signal(signal.SIGCONT)
    await members.publish(1, 1)
    await members.catches_up(90)


@pytest.mark.faults
async def test_a_broker_that_is_away_for_a_while(members_on: Callable[[str], Members], broker: Any) -> None:
    members = members_on(broker.servers)
    await members.create_topic()
    await members.publish(0, 1000)
    process = await members.start()
    await members.reaches(0, 1, 30)
    broker.end()

    async def told() -> bool:
        body = await members.readiness(process)
        return body is not None and any("The bus has not answered" in each for each in body["troubles"])

    await eventually(told, 15)
    await asyncio.to_thread(broker.restart)
    await members.publish(1, 1)
    assert Partition(members.topic, 1) in await members.bus.ends([members.topic])
    await members.catches_up(180)


@pytest.mark.faults
async def test_a_broker_that_lost_everything(members_on: Callable[[str], Members], broker: Any) -> None:
    members = members_on(broker.servers)
    await members.create_topic()
    await members.publish(1, 100)
    process = await members.start()
    await members.catches_up()
    await asyncio.to_thread(broker.restart, empty=True)

    async def told() -> bool:
        body = await members.readiness(process)
        return body is not None and any("amanah topics apply" in each for each in body["troubles"])

    await eventually(told, 30)
    await members.create_topic()

    async def begins_anew() -> bool:
        return (await members.positions())[1] == 0

    await eventually(begins_anew, 60)
    members.published = [0] * PARTITIONS
    await members.publish(1, 150)
    await members.catches_up()
