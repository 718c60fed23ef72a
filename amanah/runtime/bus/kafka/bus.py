"""The bus itself: topics, the producer, and the consumers behind subscriptions. aiokafka's defaults do not fit; all are set here."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from amanah.contracts.errors import Unavailable
from amanah.contracts.topics import Topic
from amanah.runtime.bus.bus import (
    MAX_LETTER_BYTES,
    MAX_MESSAGE_BYTES,
    Outgoing,
    Partition,
    Start,
    Stored,
    check_size,
    max_bytes,
    partition_of,
)
from amanah.runtime.bus.kafka.subscription import REBALANCE_SECONDS, KafkaSubscription, stop, translated
from amanah.runtime.bus.kafka.topic_ids import topic_ids

Client = TypeVar("Client", AIOKafkaProducer, AIOKafkaConsumer)

_OVERHEAD = 50_000
_BATCH_BYTES = MAX_LETTER_BYTES + _OVERHEAD
_REQUEST_MS = 20_000
_MAX_POLL_MS = 120_000
_METADATA_MS = 15_000
_ANSWER_SECONDS = 4.0


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
        with translated():
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
        with translated():
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
                self._counts.clear()  # the topic may have been made anew
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
    ) -> KafkaSubscription:
        """Opens a reader of the topics."""
        with translated():
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
                rebalance_timeout_ms=int(REBALANCE_SECONDS * 1000),
                max_poll_interval_ms=_MAX_POLL_MS,
                # A topic that was made anew is noticed at the next look.
                metadata_max_age_ms=_METADATA_MS,
            )
            subscription = KafkaSubscription(consumer, stored)
            try:
                await consumer.start()
                if group is not None:
                    consumer.subscribe(list(topics), listener=subscription)
                else:
                    await subscription.take_all(partitions, start)
            except BaseException:
                await stop(consumer)
                raise
            return subscription

    async def ends(self, topics: Collection[str]) -> dict[Partition, int]:
        """Returns the end of each partition. Raises Unavailable when the brokers do not answer within 4 s."""
        try:
            with translated():
                async with asyncio.timeout(_ANSWER_SECONDS):
                    partitions = await self._partitions(topics)
                    ends = await (await self._connected_observer()).end_offsets(partitions)
                    return {Partition(p.topic, p.partition): end for p, end in ends.items()}
        except Unavailable:
            self._counts.clear()  # a topic may have been made anew, with other partitions
            raise

    async def identities(self, topics: Collection[str]) -> Mapping[str, str]:
        """Returns the ids of the topics. Raises Unavailable when the brokers do not answer within 4 s."""
        with translated():
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await topic_ids((await self._connected_observer())._client, topics)

    async def close(self) -> None:
        """Finishes what is being written and disconnects."""
        with translated():
            if self._producer is not None:
                await self._producer.stop()
            if self._observer is not None:
                await stop(self._observer)
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
        """Returns the number of partitions of each topic; cached until something fails, as when a topic is made anew."""
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
