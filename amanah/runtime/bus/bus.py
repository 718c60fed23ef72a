"""Contract of the bus: topics of ordered partitions, stored durably, read by groups or from now on.

`local/` and `kafka.py` implement it; `tests/bus` runs one suite on both. Transient failures (a broker down, a disk full, a
lock held too long) are raised as `Unavailable`: the caller may try again later.
"""

import struct
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from amanah.contracts.errors import Refused
from amanah.contracts.topics import Topic, dead_letters

MAX_MESSAGE_BYTES = 900_000
"""Key, value and headers together; below Kafka's default limit of a megabyte."""

MAX_LETTER_BYTES = 1_200_000
"""The same for dead letters, which hold the message of a stranger, up to Kafka's limit, and the reason besides."""

Headers = tuple[tuple[str, bytes], ...]


class Partition(NamedTuple):
    """Ordered log, one of those of a topic."""

    topic: str
    number: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Message to publish. Messages of one topic and key keep their order; those without a key have none."""

    topic: str
    key: bytes | None
    value: bytes
    headers: Headers = ()

    def size(self) -> int:
        """Bytes of key, value and headers."""
        return len(self.key or b"") + len(self.value) + sum(len(name) + len(value) for name, value in self.headers)


@dataclass(frozen=True, slots=True)
class Message:
    """Message as the bus stores it. `time_ms` is when it was published, in milliseconds since 1970 (UTC)."""

    topic: str
    partition: int
    offset: int
    time_ms: int
    key: bytes | None
    value: bytes
    headers: Headers = ()

    @property
    def where(self) -> Partition:
        """Partition of the message."""
        return Partition(self.topic, self.partition)

    def header(self, name: str) -> str | None:
        """The last header of that name as text; None when there is none."""
        for key, value in reversed(self.headers):
            if key == name:
                return value.decode("utf-8", "replace")
        return None


class Start(StrEnum):
    """Start position in a partition without a known position."""

    EARLIEST = "earliest"
    NOW = "now"


Positions = Mapping[Partition, int]
"""Per partition, the offset of the next message to read."""

Stored = Callable[[Collection[Partition]], Awaitable[Positions]]
"""Looks up the positions that the reader itself has stored; partitions without one are left out."""


class Membership(NamedTuple):
    """Place of a reader in its group, in seconds of `time.monotonic()`.

    `assigned_at` is when partitions were last assigned, perhaps none; `waiting_since` is set while the group is (re)joined.
    """

    assigned_at: float | None
    waiting_since: float | None


class Subscription(Protocol):
    """A reader of topics. One task at a time may poll and seek; the other calls may come from others."""

    async def poll(self, maximum: int = 500, timeout: float = 1.0) -> list[Message]:
        """The next messages, at most `maximum`; empty when none came within `timeout` seconds.

        Messages of a partition come in order and without gaps between polls. Polling moves on in memory alone: what
        is neither committed nor stored by the reader comes again after a restart. A partition is handed to another
        member of the group only within a poll, so the reader finishes a batch before it asks for the next; but a
        member held for dead loses its partitions at any time, so the reader's own store must have the last word.
        """

    def assigned(self) -> frozenset[Partition]:
        """The partitions that this reader has now."""

    def membership(self) -> Membership:
        """The place in the group; a reader without one is assigned all partitions at once."""

    def wanted(self) -> bool:
        """True while the group waits for this reader: finish the message in hand and poll."""

    async def position(self, partition: Partition) -> int | None:
        """The offset of the next message that a poll reads there; None when it is not assigned, or not known yet."""

    async def seek(self, positions: Positions) -> None:
        """Continues at these offsets; ignores partitions that are not assigned."""

    async def commit(self, positions: Positions) -> None:
        """Stores the group's positions in the bus, durably. For readers with a group only."""

    async def close(self) -> None:
        """Leaves the group at once, so that others take over. Safe to call twice."""


class Bus(Protocol):
    """Transport of events."""

    async def ensure_topics(self, topics: Collection[Topic]) -> list[str]:
        """Creates the topics that are missing and returns their names; existing ones keep their partitions."""

    async def publish(self, batch: Sequence[Outgoing]) -> None:
        """Writes the batch; when this returns it survives a crash of any process.

        A key's partition is `partition_of` on every bus. When it raises, of each partition a first part may have been
        written: publish the same batch again, in the same order, and readers that drop what they have seen see the
        order kept. Raises `Refused("message_too_large")` before anything is written.
        """

    async def subscribe(
        self,
        topics: Collection[str],
        *,
        group: str | None,
        start: Start = Start.EARLIEST,
        stored: Stored | None = None,
    ) -> Subscription:
        """Opens a reader of topics, which must exist.

        With a group, its live members divide the partitions, and each partition begins at what `stored` answers
        (asked within `poll`, before any of its messages; its errors come out of `poll`, which may be tried again),
        else at the group's committed position, else at `start`. Without a group, the reader has all the partitions
        and begins at `start`; NOW means everything published after this call returns. Where a position lies outside
        the log (retention passed it by, or the log is another one), `start` holds again.
        """

    async def ends(self, topics: Collection[str]) -> dict[Partition, int]:
        """Per partition the offset that the next message will get; with stored positions this makes the lag."""

    async def identities(self, topics: Collection[str]) -> Mapping[str, str]:
        """Per topic an id that another topic of the same name would not have; none where the bus has no such ids."""

    async def close(self) -> None:
        """Finishes what is being written and closes all connections. Subscriptions are closed by those who made them."""


def lag(ends: Positions, positions: Positions) -> int:
    """Counts the messages between the positions and the ends."""
    return sum(max(0, end - positions.get(partition, 0)) for partition, end in ends.items())


def max_bytes(topic: str) -> int:
    """Returns the largest size of a message of the topic."""
    return MAX_LETTER_BYTES if topic.startswith(dead_letters("")) else MAX_MESSAGE_BYTES


def check_size(batch: Sequence[Outgoing]) -> None:
    """Raises Refused for a message that is too large for any bus."""
    for message in batch:
        if message.size() > (limit := max_bytes(message.topic)):
            raise Refused("message_too_large", topic=message.topic, limit=limit)


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key: Kafka's default, the positive murmur2 of the key modulo the number of partitions."""
    return (murmur2(key) & 0x7FFF_FFFF) % partitions


def murmur2(data: bytes) -> int:
    """MurmurHash2 with Kafka's seed (org.apache.kafka.common.utils.Utils.murmur2), as an unsigned 32-bit number."""
    multiplier, mask = 0x5BD1_E995, 0xFFFF_FFFF
    words = len(data) // 4
    digest = 0x9747_B28C ^ len(data)
    for word in struct.unpack_from(f"<{words}I", data):
        word = word * multiplier & mask
        word = (word ^ word >> 24) * multiplier & mask
        digest = digest * multiplier & mask ^ word
    if tail := data[words * 4 :]:
        digest = (digest ^ int.from_bytes(tail, "little")) * multiplier & mask
    digest = (digest ^ digest >> 13) * multiplier & mask
    return digest ^ digest >> 15
