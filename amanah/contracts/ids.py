"""Identifiers: a prefix that names the kind, and 26 characters that sort by time.

The same id is used inside, in events and as the opaque GraphQL id, so that one string finds an object everywhere.
"""

import hashlib
import os
import re
import time
from datetime import UTC, datetime, timedelta
from itertools import count

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_TAIL = re.compile(f"[{_ALPHABET}]{{26}}")
ID = re.compile(f"[a-z]{{3}}_[{_ALPHABET}]{{26}}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Word of a thing takes a second or so to travel; clocks of two machines may differ by some more.
_ON_ITS_WAY = timedelta(seconds=60)
_sequence = count(int.from_bytes(os.urandom(2), "big"))

KINDS = {
    "usr": "User",
    "upl": "Upload",
    "imp": "RecipientImport",
    "rcp": "Recipient",
    "chg": "ChangeRequest",
    "dup": "DuplicateCase",
    "ros": "Roster",
    "prg": "Program",
    "rnd": "Round",
    "asg": "Assignment",
    "ent": "Entitlement",
    "plc": "Place",
    "ptn": "Partner",
    "pkg": "Package",
    "pay": "PaymentBatch",
    "pst": "PaymentStatusImport",
    "los": "PackageLoss",
    "spl": "PackageSplit",
    "cap": "CaptureJob",
    "hov": "Handover",
    "cor": "Correction",
    "evd": "Evidence",
    "cas": "Case",
    "alr": "Alert",
    "rep": "Report",
    "evt": "Event",
    "aud": "AuditEntry",
}


def _base32(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def new_id(prefix: str) -> str:
    """A new id of the kind `prefix` (a key of KINDS). Ids made one after the other by one process sort in that order."""
    if prefix not in KINDS:
        raise ValueError(f"unknown id prefix {prefix!r}")
    millis = time.time_ns() // 1_000_000
    tail = (next(_sequence) & 0xFFFF_FFFF) << 48 | int.from_bytes(os.urandom(6), "big")
    return f"{prefix}_{_base32(millis, 10)}{_base32(tail, 16)}"


def derived_id(prefix: str, *parts: str) -> str:
    """The id that follows from these parts; for objects that exist once per combination, such as entitlements."""
    if prefix not in KINDS:
        raise ValueError(f"unknown id prefix {prefix!r}")
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return f"{prefix}_{_base32(int.from_bytes(digest[:17], 'big') >> 6, 26)}"


def kind_of(identifier: str) -> str | None:
    """The kind's name ("Recipient"), or None when the id is of no known kind."""
    prefix, _, rest = identifier.partition("_")
    return KINDS.get(prefix) if rest else None


def made_at(identifier: str) -> datetime | None:
    """Time at which `new_id` made this id, to the millisecond, in UTC; None for an invalid id or a time outside the calendar.

    A derived id has no time: its digits mean nothing, and give a plausible time only by chance.
    """
    prefix, _, tail = identifier.partition("_")
    if prefix not in KINDS or not _TAIL.fullmatch(tail):
        return None
    millis = 0
    for digit in tail[:10]:
        millis = millis * 32 + _ALPHABET.index(digit)
    try:
        return _EPOCH + timedelta(milliseconds=millis)
    except OverflowError:
        return None


def just_made(identifier: str, now: datetime) -> bool:
    """Tells whether events about a thing with this id may still be on their way over the bus: it was made a minute ago at most."""
    moment = made_at(identifier)
    return moment is not None and abs(now - moment) <= _ON_ITS_WAY
