"""Position of the projection: how far the events of the bus are counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from amanah.contracts.topics import DISTRIBUTION


@dataclass(frozen=True)
class Position:
    """The next offset of each partition, and the time of the last event counted."""

    offsets: Mapping[int, int]
    as_of: datetime | None

    def __str__(self) -> str:
        return " ".join([DISTRIBUTION.name, *(f"{number}:{offset}" for number, offset in sorted(self.offsets.items()))])

    def covers(self, partition: int, offset: int) -> bool:
        """Returns whether the event at this place on the bus is counted."""
        return offset < self.offsets.get(partition, 0)
