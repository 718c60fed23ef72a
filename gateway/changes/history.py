"""The latest changes, from which an interrupted subscription continues."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass

from amanah.contracts.message import Event

CHANGES = 10_000
MINUTES = 10

# Partitions are read in another order by another gateway, and their brokers differ in delay.
_OVERLAP_MS = 2_000


@dataclass(frozen=True, slots=True)
class Change:
    """An event as it was read from the bus. `id` is the event's, the same at every gateway."""

    id: str
    at_ms: int
    event: Event


class History:
    """The changes of the last minutes, in the order in which this gateway read them."""

    def __init__(self) -> None:
        self._gateway = secrets.token_hex(3)
        self._changes: OrderedDict[str, Change] = OrderedDict()

    def __contains__(self, change_id: str) -> bool:
        return change_id in self._changes

    def add(self, change: Change, now_ms: int) -> None:
        """Adds a change, and forgets those that are too many or too old."""
        self._changes[change.id] = change
        oldest = now_ms - MINUTES * 60_000
        while self._changes and (len(self._changes) > CHANGES or next(iter(self._changes.values())).at_ms < oldest):
            self._changes.popitem(last=False)

    def position(self, change_id: str) -> str:
        """The position after a change, as clients get it: its id, and the gateway whose order counts."""
        return f"{change_id}.{self._gateway}"

    def latest(self) -> str | None:
        """The position after the latest change; None when there is none."""
        return self.position(next(reversed(self._changes))) if self._changes else None

    def after(self, position: str) -> list[Change] | None:
        """The changes after a position, in order; None when it is not known, or no longer.

        After a position of another gateway some changes come again that were read about the same time.
        """
        change_id, _, gateway = position.partition(".")
        known = self._changes.get(change_id)
        if known is None:
            return None
        found: list[Change] = []
        if gateway == self._gateway:
            for change in reversed(self._changes.values()):
                if change is known:
                    break
                found.append(change)
            return found[::-1]
        since = known.at_ms - _OVERLAP_MS
        return [change for change in self._changes.values() if change is not known and change.at_ms >= since]
