"""Versions of the data that a device stores to work offline: equal if nothing changed, and the base of a delta.

Each change of an entitlement has the time at which it was written. Changes become visible when their transaction commits,
which may be in another order: one that was written first may be seen last. So the mark of a version (the latest change seen)
does not guarantee that all changes before it were seen. It guarantees that all before `mark - OVERLAP` were, since no
transaction lives so long. A delta therefore begins at `mark - OVERLAP`: it repeats changes that the device may have, which
does no harm, and misses none. A digest of the repeated part makes the version differ also after a late change.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, Self

import orjson

from amanah.contracts.errors import Refused

OVERLAP = timedelta(minutes=3)
"""More than the lifetime of a transaction (a minute) and the clock difference of two instances (a minute each way)."""


class EntitlementChange(NamedTuple):
    """State of an entitlement, and its last change; None if there was none since its round was opened."""

    id: str
    status: str
    at: datetime | None


@dataclass(frozen=True)
class Version:
    """Version that a device has. `day` is that of its last complete bundle, `shape` a digest of the parts that rarely change."""

    day: str
    shape: str
    mark: int
    digest: str

    def __str__(self) -> str:
        return f"{self.day}.{self.shape}.{self.mark:x}.{self.digest}"

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        """Parses a version; None if the text is no version."""
        parts = (text or "").split(".")
        if len(parts) != 4 or not parts[2] or not set(parts[2]) <= set("0123456789abcdef"):
            return None
        return cls(parts[0], parts[1], int(parts[2], 16), parts[3])

    def changed_from(self) -> datetime:
        """Returns the time from which changes may be missing."""
        return datetime.fromtimestamp(self.mark / 1000, UTC) - OVERLAP


def shape_of(*parts: object) -> str:
    """Returns a digest of the parts whose change needs a complete bundle: plain JSON values."""
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:12]


def base_of(since: str | None, today: date, shape: str) -> Version | None:
    """Returns the version that a delta starts from; None if the bundle must be complete.

    It must be after a day: names and addresses come from another service, and their corrections reach the device daily.
    """
    found = Version.read(since)
    return found if found is not None and (found.day, found.shape) == (f"{today:%Y%m%d}", shape) else None


def version_of(
    today: date, shape: str, changes: Iterable[EntitlementChange], packages: object, base: Version | None
) -> Version:
    """Returns the version of a bundle: `changes` are all entitlements, or those changed from `base.changed_from()` on."""
    moved = sorted((_millis(change.at), change.id, change.status) for change in changes if change.at is not None)
    mark = max([base.mark if base else 0, *(at for at, _, _ in moved)])
    late = [change for change in moved if change[0] >= mark - OVERLAP // timedelta(milliseconds=1)]
    digest = hashlib.sha256(orjson.dumps([late, packages])).hexdigest()[:16]
    return Version(f"{today:%Y%m%d}", shape, mark, digest)


def check_size(count: int, most: int) -> None:
    """Refuses a bundle that is too large for a device (`bundle_too_large`)."""
    if count > most:
        raise Refused("bundle_too_large", "assignmentId", most=most)


def _millis(at: datetime) -> int:
    return round(at.timestamp() * 1000)
