"""Bus on Apache Kafka, and the only module that imports aiokafka. Its defaults do not fit; all are set here."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import IllegalStateError, KafkaError, TopicAlreadyExistsError, for_code

from amanah.contracts.errors import Unavailable
from amanah.contracts.topics import Topic
from amanah.runtime.bus.bus import (
    MAX_LETTER_BYTES,
    MAX_MESSAGE_BYTES,
    Message,
    Outgoing,
    Partition,
    Positions,
    Start,
    Stored,
    check_size,
    max_bytes,
    partition_of,
)
from amanah.runtime.bus.waiting import within

Client = TypeVar("Client", AIOKafkaProducer, AIOKafkaConsumer)

_OVERHEAD = 50_000
_BATCH_BYTES = MAX_LETTER_BYTES + _OVERHEAD
_REQUEST_MS = 20_000
_REBALANCE_MS = 60_000


class KafkaBus:
    """A `Bus` on the brokers at `servers` ("host:port,host:port"). It connects when first used.

    `options` go to every client: security_protocol, ssl_context, sasl_mechanism and the like.
    """

    def __init__(self, servers: str, **options: Any) -> None:
        self._options = {"bootstrap_servers": servers, "request_timeout_ms": _REQUEST_MS, **options}
        self._producer: AIOKafkaProducer | None = None
        self._observer: AIOKafkaConsumer | None = None
        self._connecting = asyncio.Lock()
        self._counts: dict[str, int] = {}

    async def ensure_topics(self, topics: Collection[Topic]) -> list[str]:
        """Creates missing topics, with three replicas, or as many as there are brokers when there are fewer."""
        with _translated():
            async with self._admin() as admin:
                existing = set(await admin.list_topics())
                missing = [t for t in topics if t.name not in existing]
                if not missing:
                    return []
                replicas = min(3, len((await admin.describe_cluster())["brokers"]))
                answer = await admin.create_topics([_new_topic(t, replicas) for t in missing])
                created = []
                for name, code, *_ in answer.topic_errors:
                    if code == 0:
                        created.append(name)
                    elif for_code(code) is not TopicAlreadyExistsError:
                        raise for_code(code)(name)
                await _until_described(admin, [topic.name for topic in missing])
                return created

    async def publish(self, batch: Sequence[Outgoing]) -> None:
        """Writes the batch. Each partition's part goes in order, the next batch only after the one before it."""
        if not batch:
            return
        check_size(batch)
        with _translated():
            counts = await self._partition_counts({m.topic for m in batch})
            parts: dict[TopicPartition, list[Outgoing]] = {}
            for turn, message in enumerate(batch, random.getrandbits(16)):
                count = counts[message.topic]
                # Without a key there is no order to keep: deal them out.
                number = turn % count if message.key is None else partition_of(message.key, count)
                parts.setdefault(TopicPartition(message.topic, number), []).append(message)
            producer = await self._connected_producer()
            sending = [asyncio.create_task(_send(producer, where, part)) for where, part in parts.items()]
            done = await asyncio.gather(*sending, return_exceptions=True)
            if errors := [e for e in done if isinstance(e, BaseException)]:
                # An idempotent producer that failed once may be past mending; the next publish makes a new one.
                self._producer = None
                with contextlib.suppress(KafkaError):
                    await producer.stop()
                raise errors[0]

    async def subscribe(
        self,
        topics: Collection[str],
        *,
        group: str | None,
        start: Start = Start.EARLIEST,
        stored: Stored | None = None,
    ) -> "KafkaSubscription":
        """Opens a reader of the topics."""
        with _translated():
            partitions = await self._partitions(topics)
            consumer = AIOKafkaConsumer(
                **self._options,
                group_id=group,
                enable_auto_commit=False,
                auto_offset_reset="latest" if start is Start.NOW else "earliest",
                # A transaction that a partner leaves open must block nobody (decision 0031); ours uses none.
                isolation_level="read_uncommitted",
                fetch_max_wait_ms=500,
                session_timeout_ms=10_000,
                heartbeat_interval_ms=2_000,
                rebalance_timeout_ms=_REBALANCE_MS,
                max_poll_interval_ms=300_000,
            )
            subscription = KafkaSubscription(consumer, stored)
            try:
                await consumer.start()
                if group is not None:
                    consumer.subscribe(list(topics), listener=subscription)
                else:
                    await subscription.take_all(partitions, start)
            except BaseException:
                await _stop(consumer)
                raise
            return subscription

    async def ends(self, topics: Collection[str]) -> dict[Partition, int]:
        """Returns the end of each partition."""
        with _translated():
            partitions = await self._partitions(topics)
            ends = await (await self._connected_observer()).end_offsets(partitions)
            return {Partition(p.topic, p.partition): end for p, end in ends.items()}

    async def close(self) -> None:
        """Finishes what is being written and disconnects."""
        with _translated():
            if self._producer is not None:
                await self._producer.stop()
            if self._observer is not None:
                await _stop(self._observer)
        self._producer = self._observer = None

    async def _connected_producer(self) -> AIOKafkaProducer:
        async with self._connecting:
            if self._producer is None:
                sure = {"acks": "all", "enable_idempotence": True}
                size = {"max_batch_size": _BATCH_BYTES, "max_request_size": _BATCH_BYTES}
                self._producer = await _started(AIOKafkaProducer(**self._options, **sure, **size))
            return self._producer

    async def _connected_observer(self) -> AIOKafkaConsumer:
        async with self._connecting:
            if self._observer is None:
                self._observer = await _started(AIOKafkaConsumer(**self._options, enable_auto_commit=False))
            return self._observer

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(**self._options)
        try:
            await admin.start()
            yield admin
        finally:
            await admin.close()

    async def _partition_counts(self, topics: Collection[str]) -> dict[str, int]:
        """Returns the number of partitions of each topic; cached, since `ensure_topics` never changes it."""
        if unknown := set(topics) - self._counts.keys():
            async with self._admin() as admin:
                for about in await admin.describe_topics(list(unknown)):
                    if about["error_code"] == 0:
                        self._counts[about["topic"]] = len(about["partitions"])
            if missing := set(topics) - self._counts.keys():
                raise Unavailable("unavailable.topics", topics=", ".join(sorted(missing)))
        return {topic: self._counts[topic] for topic in topics}

    async def _partitions(self, topics: Collection[str]) -> list[TopicPartition]:
        counts = await self._partition_counts(topics)
        return [TopicPartition(topic, number) for topic, count in counts.items() for number in range(count)]


class KafkaSubscription(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka ships no types for it
    """A `Subscription` of Kafka; the consumer reports changes of its group to it."""

    def __init__(self, consumer: AIOKafkaConsumer, stored: Stored | None) -> None:
        self._consumer = consumer
        self._stored = stored
        self._fetching: asyncio.Task[dict[TopicPartition, list[Any]]] | None = None
        self._between = asyncio.Event()
        self._between.set()
        self._ready = asyncio.Event()
        self._settled = True
        # Changes whenever positions do; what was fetched under an older one is not handed out.
        self._epoch = self._fetch_epoch = 0

    async def take_all(self, partitions: Sequence[TopicPartition], start: Start) -> None:
        """Assigns all partitions to a reader without a group."""
        self._consumer.assign(list(partitions))
        seek = self._consumer.seek_to_end if start is Start.NOW else self._consumer.seek_to_beginning
        if not await seek(*partitions):
            raise Unavailable("unavailable.bus_ends")
        self._ready.set()

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Waits, before the group changes, until the last messages are handled, but no longer than the group waits."""
        self._epoch += 1
        self._ready.clear()
        await within(_REBALANCE_MS / 1000 * 0.75, self._between)

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Notes, after the group has changed, that positions must be looked up."""
        self._epoch += 1
        self._settled = False
        self._ready.set()

    async def poll(self, maximum: int = 500, timeout: float = 1.0) -> list[Message]:
        """Returns the next messages."""
        self._between.set()
        with _translated():
            if self._fetching is None:
                if not await within(timeout, self._ready) or not await self._settle():
                    return []
                self._fetch_epoch = self._epoch
                self._fetching = asyncio.create_task(
                    self._consumer.getmany(timeout_ms=int(timeout * 1000), max_records=maximum)
                )
            # When the group changes meanwhile, getmany waits past its timeout; it is left to it and asked next time.
            await asyncio.wait([self._fetching], timeout=timeout + 0.1)
            if not self._fetching.done():
                return []
            fetched, self._fetching = self._fetching, None
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

    async def seek(self, positions: Positions) -> None:
        """Continues at these offsets."""
        self._epoch += 1
        for partition, offset in positions.items():
            self._seek(TopicPartition(*partition), offset)

    async def commit(self, positions: Positions) -> None:
        """Commits the group's positions on the brokers."""
        with _translated():
            await self._consumer.commit({TopicPartition(*p): offset for p, offset in positions.items()})

    async def close(self) -> None:
        """Leaves the group."""
        self._between.set()
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])
        with _translated():
            await _stop(self._consumer)

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


async def _stop(consumer: AIOKafkaConsumer) -> None:
    """Stops the consumer, whatever its fetches do.

    aiokafka cancels them and may let that cancellation out, which would look like ours and leave connections open.
    """
    try:
        await consumer.stop()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
    finally:
        await consumer._client.close()


async def _until_described(admin: AIOKafkaAdminClient, topics: list[str]) -> None:
    """Waits until every topic can be described: a broker may take a moment to hear of a topic that was created."""
    for _ in range(100):
        if all(about["error_code"] == 0 for about in await admin.describe_topics(topics)):
            return
        await asyncio.sleep(0.1)
    raise Unavailable("unavailable.topics", topics=", ".join(sorted(topics)))


def _new_topic(topic: Topic, replicas: int) -> NewTopic:
    settings = {"retention.ms": str(topic.retention_ms)}
    if topic.append_time:
        settings["message.timestamp.type"] = "LogAppendTime"
    if (limit := max_bytes(topic.name)) > MAX_MESSAGE_BYTES:
        settings["max.message.bytes"] = str(limit + _OVERHEAD)
    return NewTopic(topic.name, topic.partitions, replicas, topic_configs=settings)


async def _started(client: Client) -> Client:
    try:
        await client.start()
    except BaseException:
        await client.stop()
        raise
    return client


async def _send(producer: AIOKafkaProducer, where: TopicPartition, messages: Sequence[Outgoing]) -> None:
    at = 0
    while at < len(messages):
        batch = producer.create_batch()
        for m in messages[at:]:
            # A batch is one message to the broker, held to the topic's limit; only a dead letter may be over it alone.
            if batch.record_count() and batch.size() + m.size() > MAX_MESSAGE_BYTES:
                break
            if batch.append(timestamp=None, key=m.key, value=m.value, headers=list(m.headers)) is None:
                break
            at += 1
        batch.close()
        await (await producer.send_batch(batch, where.topic, partition=where.partition))


def _message(record: Any) -> Message:
    headers = tuple((name, value or b"") for name, value in record.headers)
    return Message(
        record.topic, record.partition, record.offset, record.timestamp, record.key, record.value or b"", headers
    )


@contextmanager
def _translated() -> Iterator[None]:
    """Translates every error of Kafka to `Unavailable`: no request of ours is wrong in itself."""
    try:
        yield
    except (KafkaError, OSError, TimeoutError) as error:
        raise Unavailable("unavailable.bus", error=type(error).__name__) from error
