"""Positions of a consumer group in its own store: they move in the transaction of the effects, and have the last word."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

import structlog

from amanah.runtime.bus.bus import Message, Partition, Positions
from amanah.runtime.mongo import Database, DuplicateKey, Tx
from amanah.runtime.tables import Document

log = structlog.get_logger()


class Moved(Exception):
    """Another consumer has moved the position: the partition is not, or was not, ours."""


class StoredPositions:
    """Positions of `group`. A position is compared before it is set: of two consumers of a partition only one gets on.

    With a position stands the id of its topic, where the bus has such ids: in another topic it means nothing.
    """

    def __init__(self, db: Database, group: str, identities: Callable[[Collection[str]], Awaitable[Mapping[str, str]]]):
        self.resets = 0
        self._positions = db["positions"]
        self._group = group
        self._identities = identities
        self._topics: dict[str, str] = {}
        self._reached: dict[Partition, int | None] = {}

    async def prepare(self) -> None:
        """Creates the collection, which a transaction cannot do everywhere."""
        await self._positions.ensure_indexes([])

    async def read(self, partitions: Collection[Partition]) -> Positions:
        """Returns the stored positions of these partitions."""
        return {partition: document["next"] for partition, document in (await self._documents(partitions)).items()}

    async def resume(self, partitions: Collection[Partition]) -> Positions:
        """Returns the stored positions of partitions that are assigned now; `advance` goes on from there.

        Positions in another topic of the same name are set to the start.
        """
        if partitions:
            self._topics |= await self._identities({p.topic for p in partitions})
        found: dict[Partition, int] = {}
        for partition, document in (await self._documents(partitions)).items():
            known, present = document.get("topic_id"), self._topics.get(partition.topic)
            another = known is not None and present is not None and known != present
            found[partition] = 0 if another else document["next"]
            if another:
                await self.begin_anew(partition, document["next"])
        self._reached |= {p: found.get(p) for p in partitions}
        return found

    def outdated(self, topics: Mapping[str, str]) -> bool:
        """Tells if one of these ids is not that of the topic which was resumed."""
        return any(self._topics.get(name, present) != present for name, present in topics.items())

    async def advance(self, tx: Tx, messages: Sequence[Message]) -> None:
        """Moves the position past the messages of a partition. Raises Moved if somebody else has moved it."""
        partition, offset = messages[-1].where, messages[-1].offset + 1
        reached = self._reached.get(partition)
        name = self._id(partition)
        if reached is None:
            try:
                await self._positions.insert({"_id": name, **self._at(partition, offset)}, tx=tx)
            except DuplicateKey:
                raise Moved from None
        else:
            change = {"$set": self._at(partition, offset)}
            if not await self._positions.update({"_id": name, "next": reached}, change, tx=tx):
                raise Moved

    async def retreat(self, tx: Tx, messages: Sequence[Message]) -> None:
        """Moves the position back to the end of these messages, in the transaction that moved it too far."""
        change = {"$set": {"next": messages[-1].offset + 1}}
        await self._positions.update({"_id": self._id(messages[-1].where)}, change, tx=tx)

    def committed(self, messages: Sequence[Message]) -> None:
        """Notes that the transaction which moved the position past these messages is committed."""
        self._reached[messages[-1].where] = messages[-1].offset + 1

    async def begin_anew(self, partition: Partition, position: int) -> None:
        """Sets the position to 0, the start of the log or before it, unless somebody has moved it from `position`."""
        change = {"$set": self._at(partition, 0)}
        if await self._positions.update({"_id": self._id(partition), "next": position}, change):
            self.resets += 1
            log.error(
                "topic was made anew or has lost messages: beginning at its start",
                group=self._group, topic=partition.topic, partition=partition.number, position=position,
            )  # fmt: skip

    async def _documents(self, partitions: Collection[Partition]) -> dict[Partition, Document]:
        names = {self._id(p): p for p in partitions}
        return {names[d["_id"]]: d for d in await self._positions.list({"_id": {"$in": list(names)}})}

    def _at(self, partition: Partition, offset: int) -> Document:
        topic_id = self._topics.get(partition.topic)
        return {"next": offset} if topic_id is None else {"next": offset, "topic_id": topic_id}

    def _id(self, partition: Partition) -> str:
        return f"{self._group}/{partition.topic}/{partition.number}"
