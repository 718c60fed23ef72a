"""The bus under test: the local one always, Apache Kafka besides when KAFKA_BOOTSTRAP_SERVERS names one."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import ClassVar
from uuid import uuid4

import pytest

from amanah.contracts.envelope import Envelope
from amanah.contracts.ids import new_id
from amanah.contracts.message import Event, encode
from amanah.contracts.topics import AUDIT_ENTRIES, Topic, dead_letters
from amanah.runtime.bus.bus import Bus, Message, Outgoing, Partition, Subscription
from amanah.runtime.bus.kafka import KafkaBus
from amanah.runtime.bus.local import LocalBus

SERVERS = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "")
BUSES = ["local", *([pytest.param("kafka", marks=pytest.mark.kafka)] if SERVERS else [])]
DEADLINE = 20.0
# Pytest's own name: files that need a real Kafka; users and access rules exist only at one that asks for a user.
collect_ignore = [
    *([] if SERVERS else ["test_kafka_faults.py"]),
    *([] if "KAFKA_SASL_BOOTSTRAP_SERVERS" in os.environ else ["test_kafka_accounts.py"]),
]


@pytest.fixture(params=BUSES)
async def open_bus(request, tmp_path) -> AsyncIterator[Callable[[], Bus]]:
    """Opens another instance on the same storage, as another process would have; all are closed in the end."""
    opened: list[Bus] = []

    def make() -> Bus:
        bus = KafkaBus(SERVERS) if request.param == "kafka" else LocalBus(tmp_path / "bus.db")
        opened.append(bus)
        return bus

    yield make
    for bus in opened:
        await bus.close()


@pytest.fixture
def bus(open_bus) -> Bus:
    """One instance of the bus."""
    return open_bus()


@pytest.fixture
async def local_bus(tmp_path) -> AsyncIterator[LocalBus]:
    """The local bus, for what does not depend on which bus it is."""
    bus = LocalBus(tmp_path / "bus.db")
    yield bus
    await bus.close()


@pytest.fixture
def new_topic() -> Callable[[Bus, int], Awaitable[str]]:
    """Creates a topic of so many partitions, with one for its dead letters; its name is new each time."""

    async def create(bus: Bus, partitions: int = 1) -> str:
        name = f"test-{uuid4().hex[:12]}"
        await bus.ensure_topics([AUDIT_ENTRIES])
        about = [
            Topic(name, "anything", partitions, -1, (), (), ""),
            Topic(dead_letters(name), "anything", 1, -1, (), (), ""),
        ]
        assert sorted(await bus.ensure_topics(about)) == sorted(t.name for t in about)
        return name

    return create


@pytest.fixture
async def subscribe(request) -> AsyncIterator[Callable[..., Awaitable[Subscription]]]:
    """Subscribes, and closes the subscription in the end."""
    made: list[Subscription] = []

    async def make(bus: Bus, topics: str | list[str], **options) -> Subscription:
        options.setdefault("group", f"group-{uuid4().hex[:8]}")
        made.append(await bus.subscribe([topics] if isinstance(topics, str) else topics, **options))
        return made[-1]

    yield make
    for subscription in made:
        await subscription.close()


@pytest.fixture
def read() -> Callable[[Subscription, int], Awaitable[list[Message]]]:
    """Polls until so many messages have come."""

    async def until(subscription: Subscription, count: int, maximum: int = 500) -> list[Message]:
        messages: list[Message] = []
        async with asyncio.timeout(DEADLINE):
            while len(messages) < count:
                messages += await subscription.poll(maximum, timeout=0.5)
        return messages

    return until


@pytest.fixture
def numbered() -> Callable[..., list[Outgoing]]:
    """Messages with the values 0, 1, 2 ... and the keys in turn."""

    def make(topic: str, count: int, *keys: str | None, first: int = 0) -> list[Outgoing]:
        turn = keys or (None,)
        return [
            Outgoing(topic, key.encode() if (key := turn[n % len(turn)]) is not None else None, str(n).encode())
            for n in range(first, first + count)
        ]

    return make


@pytest.fixture
def partition() -> type[Partition]:
    """The type, for tests that name partitions."""
    return Partition


@pytest.fixture
def happened() -> Callable[[str], type[Event]]:
    """An event type on a topic of one's own."""

    def make(topic_name: str) -> type[Event]:
        class Happened(Event):
            type: ClassVar[str] = "id.amanah.test.thing.happened.v1"
            topic: ClassVar[str] = topic_name
            thing: str = "thing"
            n: int
            body: str = ""

            def key(self) -> str:
                return self.thing

        return Happened

    return make


@pytest.fixture
def telling() -> Callable[..., Outgoing]:
    """An event as the relay would publish it."""

    def make(event: Event, **changed: str) -> Outgoing:
        attributes = {
            "id": new_id("evt"),
            "source": "/amanah/test",
            "type": event.type,
            "subject": event.key(),
        } | changed
        envelope = Envelope(
            time=datetime.now(UTC), actor_id="usr_1", actor_role="OFFICER", actor_area="32", **attributes
        )
        return Outgoing(event.topic, event.key().encode(), encode(event), envelope.to_headers())

    return make


@pytest.fixture
async def running() -> AsyncIterator[Callable[[object], asyncio.Task[None]]]:
    """Runs workers, and stops them in the end as a service does."""
    tasks: list[asyncio.Task[None]] = []

    def start(worker) -> asyncio.Task[None]:
        tasks.append(asyncio.create_task(worker.run()))
        return tasks[-1]

    yield start
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            async with asyncio.timeout(DEADLINE):
                await task
