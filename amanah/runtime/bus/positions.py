"""Positions of a consumer group in its own store: they move in the transaction of the effects, and have the last word."""

from collections.abc import Collection, Sequence

from amanah.runtime.bus.bus import Message, Partition, Positions
from amanah.runtime.mongo import Database, DuplicateKey, Tx


class Moved(Exception):
    """Another consumer has moved the position: the partition is not, or was not, ours."""


class StoredPositions:
    """Positions of `group`. A position is compared before it is set: of two consumers of a partition only one gets on."""

    def __init__(self, db: Database, group: str) -> None:
        self._positions = db["positions"]
        self._group = group
        self._reached: dict[Partition, int | None] = {}

    async def prepare(self) -> None:
        """Creates the collection, which a transaction cannot do everywhere."""
        await self._positions.ensure_indexes([])

    async def read(self, partitions: Collection[Partition]) -> Positions:
        """Returns the stored positions of these partitions."""
        names = {self._id(p): p for p in partitions}
        return {names[d["_id"]]: d["next"] for d in await self._positions.list({"_id": {"$in": list(names)}})}

    async def resume(self, partitions: Collection[Partition]) -> Positions:
        """Returns the stored positions of partitions that are assigned now; `advance` goes on from there."""
        found = await self.read(partitions)
        self._reached |= {p: found.get(p) for p in partitions}
        return found

    async def advance(self, tx: Tx, messages: Sequence[Message]) -> None:
        """Moves the position past the messages of a partition. Raises Moved if somebody else has moved it."""
        partition, offset = messages[-1].where, messages[-1].offset + 1
        reached = self._reached.get(partition)
        name = self._id(partition)
        if reached is None:
            try:
                await self._positions.insert({"_id": name, "next": offset}, tx=tx)
            except DuplicateKey:
                raise Moved from None
        elif not await self._positions.update({"_id": name, "next": reached}, {"$set": {"next": offset}}, tx=tx):
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
        await self._positions.update({"_id": self._id(partition), "next": position}, {"$set": {"next": 0}})

    def _id(self, partition: Partition) -> str:
        return f"{self._group}/{partition.topic}/{partition.number}"
