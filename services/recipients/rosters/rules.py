"""A roster: the recipients of one program period, frozen. Its content has one form, so that its hash can be checked.

The content is one line of canonical JSON (RFC 8785) a recipient, `{"area","household","latitude_e6","longitude_e6","nik",
"recipientId","version"}`, sorted by recipientId, each line ended by a newline. The roster's hash is the SHA-256 of it.
"""

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from amanah.contracts.areas import contains
from amanah.contracts.audit.entry import canonical
from amanah.contracts.errors import Refused
from amanah.contracts.rosters import RosterStatus


@dataclass(frozen=True)
class Frozen:
    """A roster's content, packed: gzip without name or time, so that the same content packs to the same bytes.

    `duplicates` counts those who are on it once more under another NIK.
    """

    packed: bytes
    hash: str
    size: int
    villages: Mapping[str, int]
    duplicates: int


def line(recipient: Mapping[str, Any]) -> bytes:
    """The line of one recipient of the register."""
    return (
        canonical(
            {
                "area": recipient["area"],
                "household": recipient["householdBlind"],
                "latitude_e6": recipient["latitude_e6"],
                "longitude_e6": recipient["longitude_e6"],
                "nik": recipient["nikBlind"],
                "recipientId": recipient["_id"],
                "version": recipient["version"],
            }
        )
        + b"\n"
    )


class Freezer:
    """Takes the recipients of a roster one by one, in the order of their ids."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._villages: Counter[str] = Counter()
        self._persons: Counter[str] = Counter()
        self._last = ""

    def add(self, recipient: Mapping[str, Any]) -> None:
        """One more recipient. Raises ValueError out of order: the content would have another form."""
        if recipient["_id"] <= self._last:
            raise ValueError("a roster is sorted by recipient, each once")
        self._last = recipient["_id"]
        self._lines.append(line(recipient))
        self._villages[recipient["area"]] += 1
        if recipient["personBlind"]:
            self._persons[recipient["personBlind"]] += 1

    def frozen(self) -> Frozen:
        """The content of all that was added."""
        content = b"".join(self._lines)
        return Frozen(
            packed=gzip.compress(content, mtime=0),
            hash=hashlib.sha256(content).hexdigest(),
            size=len(self._lines),
            villages=dict(sorted(self._villages.items())),
            duplicates=sum(times - 1 for times in self._persons.values()),
        )


def hash_of(packed: bytes) -> str:
    """The hash of a packed roster's content. Raises OSError or EOFError when it is not one."""
    return hashlib.sha256(gzip.decompress(packed)).hexdigest()


def recipients_of(packed: bytes) -> list[str]:
    """The recipients of a packed roster, in its order."""
    return [json.loads(line)["recipientId"] for line in gzip.decompress(packed).splitlines()]


def may_approve(approver_id: str, proposer_id: str, status: str, duplicates: int) -> None:
    """Raises Refused unless another person than the proposer approves a proposed roster without exact duplicates."""
    if status != RosterStatus.PROPOSED:
        raise Refused("roster_not_proposed", "rosterId")
    if approver_id == proposer_id:
        raise Refused("same_person.roster", "rosterId")
    if duplicates:
        raise Refused("roster_has_duplicates", "rosterId", duplicates=duplicates)


def overlaps(area: str, approved: Iterable[str]) -> bool:
    """Whether a roster of `area` would hold recipients that one of the approved areas holds already."""
    return any(contains(area, other) or contains(other, area) for other in approved)
