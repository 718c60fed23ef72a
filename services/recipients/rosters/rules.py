"""Content of a roster, and the conditions of its approval. Pure.

The content is one line of canonical JSON (RFC 8785) a recipient, `{"area","household","latitude_e6","longitude_e6","nik",
"recipientId","version"}`, sorted by recipientId, each line ended by a newline. So it has one form, and its SHA-256, the
roster's hash, can be checked.
"""

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypedDict

from amanah.contracts.areas import contains
from amanah.contracts.audit.entry import canonical
from amanah.contracts.errors import Refused
from amanah.contracts.rosters import RosterStatus


class RosterRecipient(TypedDict):
    """The fields of a recipient that a roster needs."""

    _id: str
    area: str
    version: int
    latitude_e6: int | None
    longitude_e6: int | None
    nikBlind: str
    householdBlind: str
    personBlind: str | None


@dataclass(frozen=True)
class RosterContent:
    """Content of a roster, packed by gzip without name or time: equal content packs to equal bytes.

    `duplicates` counts recipients who are on it again under another NIK.
    """

    packed: bytes
    hash: str
    size: int
    villages: Mapping[str, int]
    duplicates: int


def line(recipient: RosterRecipient) -> bytes:
    """The line of one recipient."""
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


class RosterBuilder:
    """Builds the content of a roster from its recipients, in the order of their ids."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._villages: Counter[str] = Counter()
        self._persons: Counter[str] = Counter()
        self._last = ""

    def add(self, recipient: RosterRecipient) -> None:
        """Adds a recipient. Raises ValueError out of order, which would give the content another form."""
        if recipient["_id"] <= self._last:
            raise ValueError("Recipients of a roster must be added in ascending order of their ids, each once.")
        self._last = recipient["_id"]
        self._lines.append(line(recipient))
        self._villages[recipient["area"]] += 1
        if recipient["personBlind"]:
            self._persons[recipient["personBlind"]] += 1

    def build(self) -> RosterContent:
        """The content of all recipients added."""
        content = b"".join(self._lines)
        return RosterContent(
            packed=gzip.compress(content, mtime=0),
            hash=hashlib.sha256(content).hexdigest(),
            size=len(self._lines),
            villages=dict(sorted(self._villages.items())),
            duplicates=sum(times - 1 for times in self._persons.values()),
        )


def content_hash(packed: bytes) -> str:
    """The hash of a packed roster's content. Raises OSError or EOFError for damaged bytes."""
    return hashlib.sha256(gzip.decompress(packed)).hexdigest()


def recipient_ids(packed: bytes) -> list[str]:
    """The recipients of a packed roster, in its order."""
    return [json.loads(line)["recipientId"] for line in gzip.decompress(packed).splitlines()]


def check_approval(approver_id: str, proposer_id: str, status: str, duplicates: int) -> None:
    """Raises Refused unless another person than the proposer approves a proposed roster without exact duplicates."""
    if status != RosterStatus.PROPOSED:
        raise Refused("roster_not_proposed", "rosterId")
    if approver_id == proposer_id:
        raise Refused("same_person.roster", "rosterId")
    if duplicates:
        raise Refused("roster_has_duplicates", "rosterId", duplicates=duplicates)


def overlaps(area: str, others: Iterable[str]) -> bool:
    """True if rosters of `area` and of one of the other areas would share recipients."""
    return any(contains(area, other) or contains(other, area) for other in others)
