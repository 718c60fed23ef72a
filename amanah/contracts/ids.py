"""Identifiers: a prefix that names the kind, and 26 characters that sort by time.

The same id is used inside, in events and as the opaque GraphQL id, so that one string finds a thing everywhere.
"""

import hashlib
import os
import time
from itertools import count

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
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
    """The id that always belongs to these parts; for things that exist once per combination, such as entitlements."""
    if prefix not in KINDS:
        raise ValueError(f"unknown id prefix {prefix!r}")
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return f"{prefix}_{_base32(int.from_bytes(digest[:17], 'big') >> 6, 26)}"


def kind_of(identifier: str) -> str | None:
    """The kind's name ("Recipient"), or None when the id is of no known kind."""
    prefix, _, rest = identifier.partition("_")
    return KINDS.get(prefix) if rest else None
