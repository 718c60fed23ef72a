"""Reads the position of the projection: how far the events of the bus are counted."""

from collections.abc import Mapping

from amanah.contracts.topics import DISTRIBUTION
from amanah.runtime.mongo import Tx
from services.reporting.figures.documents import MARKS, POSITIONS
from services.reporting.figures.rules.position import Position
from services.reporting.store import GROUP, Store


async def read_position(store: Store, *, tx: Tx | None = None) -> Position:
    """Reads the position of the figures. Its offsets are those that the consumer stores together with the figures."""
    times = [mark["at"] for mark in await store[MARKS].list({}, tx=tx)]
    return Position(await _offsets(store, DISTRIBUTION.name, tx), max(times) if times else None)


async def has_consumed(store: Store, topic: str, ends: Mapping[int, int]) -> bool:
    """Returns whether every event of a topic before `ends` was consumed."""
    offsets = await _offsets(store, topic)
    return all(offsets.get(number, 0) >= end for number, end in ends.items())


async def _offsets(store: Store, topic: str, tx: Tx | None = None) -> dict[int, int]:
    start = f"{GROUP}/{topic}/"
    # "0" is the character after "/" in ASCII: the half-open range has the positions of this topic.
    found = await store[POSITIONS].list({"_id": {"$gt": start, "$lt": start[:-1] + "0"}}, tx=tx)
    return {int(document["_id"].removeprefix(start)): document["next"] for document in found}
