"""Versions of what a device keeps to work offline: the same exactly when nothing changed, and good for a delta.

Each change of an entitlement bears the time at which it was written. Changes become visible when their transaction
commits, which may be in another order: one that was written first may be seen last. So the mark of a version (the latest
change seen) does not promise that all before it was seen. It promises that all before `mark - OVERLAP` was, since no
transaction lives so long. A delta therefore begins at `mark - OVERLAP`: it repeats what the device may have, which does
no harm, and misses nothing. A digest of the repeated part makes the version tell also of a change that came late.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, Self

import orjson

from amanah.contracts.errors import Refused

OVERLAP = timedelta(minutes=3)
"""Longer than a transaction may live (a minute) plus what the clocks of two instances may differ (a minute each way)."""


class Change(NamedTuple):
    """The state of an entitlement, and when it was last changed; None when never since its round was opened."""

    id: str
    status: str
    at: datetime | None


@dataclass(frozen=True)
class Version:
    """What a device has. `day` is the one of its last complete bundle, `shape` a digest of all but changing parts."""

    day: str
    shape: str
    mark: int
    digest: str

    def __str__(self) -> str:
        return f"{self.day}.{self.shape}.{self.mark:x}.{self.digest}"

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        """The version of its text; None for a text that is none."""
        parts = (text or "").split(".")
        if len(parts) != 4 or not parts[2] or not set(parts[2]) <= set("0123456789abcdef"):
            return None
        return cls(parts[0], parts[1], int(parts[2], 16), parts[3])

    def changed_from(self) -> datetime:
        """From when on changes may be missing."""
        return datetime.fromtimestamp(self.mark / 1000, UTC) - OVERLAP


def shape_of(*parts: object) -> str:
    """A digest of the parts that, once changed, call for everything anew: plain JSON values."""
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:12]


def base_of(since: str | None, today: date, shape: str) -> Version | None:
    """The version to give a delta from; None calls for everything.

    A version of another day does: names and addresses belong to another owner, and corrections of them are seen once a day.
    """
    found = Version.read(since)
    return found if found is not None and (found.day, found.shape) == (f"{today:%Y%m%d}", shape) else None


def version_of(today: date, shape: str, changes: Iterable[Change], packages: object, base: Version | None) -> Version:
    """The version of a bundle: `changes` are all entitlements, or those that changed from `base.changed_from()` on."""
    moved = sorted((_millis(change.at), change.id, change.status) for change in changes if change.at is not None)
    mark = max([base.mark if base else 0, *(at for at, _, _ in moved)])
    late = [change for change in moved if change[0] >= mark - OVERLAP // timedelta(milliseconds=1)]
    digest = hashlib.sha256(orjson.dumps([late, packages])).hexdigest()[:16]
    return Version(f"{today:%Y%m%d}", shape, mark, digest)


def check_size(count: int, most: int) -> None:
    """Refuses what no device should carry (`bundle_too_large`)."""
    if count > most:
        raise Refused("bundle_too_large", "assignmentId", most=most)


def _millis(at: datetime) -> int:
    return round(at.timestamp() * 1000)
