"""A recipient on the register: what is kept of them, and how one version differs from the one before."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SEALED = frozenset({"nik", "householdNumber", "bankAccount"})
"""Fields whose values are encrypted wherever they are stored, and masked for most who read them."""

# A field as people know it -> the parts of a record it is made of.
_FIELDS: dict[str, tuple[str, ...]] = {
    "nik": ("nik",),
    "householdNumber": ("householdNumber",),
    "name": ("name",),
    "birthDate": ("birthDate",),
    "sex": ("sex",),
    "address": ("address", "rt", "rw"),
    "area": ("area",),
    "phone": ("phone",),
    "location": ("latitude_e6", "longitude_e6"),
    "householdSize": ("householdSize",),
    "bankAccount": ("bankAccount",),
    "status": ("status",),
}

# By which part a sealed field is compared: two encryptions of one number differ.
_BLIND = {"nik": ("nikBlind",), "householdNumber": ("householdBlind",), "bankAccount": ("accountBlind",)}

PARTS = tuple(part for field, parts in _FIELDS.items() if field != "status" for part in parts)
"""All that a list can say of a recipient; a record has every one of them, None where nothing is known."""

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """One field of a version; None where there was or is no value."""

    field: str
    before: str | None
    after: str | None


def differences(before: Record | None, after: Record) -> list[Change]:
    """The fields that differ between two records, in the order in which people know them. No `before`: all that is set.

    Sealed values are compared by their blind indexes and told as they are stored.
    """
    changes = []
    for field, parts in _FIELDS.items():
        compared = _BLIND.get(field, parts)
        old = None if before is None else shown(field, before)
        new = shown(field, after)
        if (before is None and new is not None) or (
            before is not None and any(before.get(p) != after.get(p) for p in compared)
        ):
            changes.append(Change(field, old, new))
    return changes


def shown(field: str, record: Record) -> str | None:
    """A field of a record as text."""
    if field == "address":
        return address(record)
    if field == "location":
        return _place(record)
    value = record.get(_FIELDS[field][0])
    return None if value in (None, "") else str(value)


def address(record: Record) -> str:
    """Street, RT and RW as an address writes them."""
    rt, rw = record.get("rt"), record.get("rw")
    block = "/".join(f"{name} {number}" for name, number in (("RT", rt), ("RW", rw)) if number)
    return " ".join(part for part in (record.get("address") or "", block) if part)


def _place(record: Record) -> str | None:
    latitude, longitude = record.get("latitude_e6"), record.get("longitude_e6")
    if latitude is None or longitude is None:
        return None
    return f"{latitude / 1e6:.6f}, {longitude / 1e6:.6f}"


def words(name: str) -> list[str]:
    """The words of a name by which it is found: capitals, without punctuation, each once."""
    return list(dict.fromkeys(re.findall(r"[A-Z0-9]+", name.upper())))


def content_text(record: Record) -> str:
    """All that a list can say of a recipient, in one form: equal for equal content. It holds personal data: blind it."""
    return "\x1f".join("" if record.get(part) is None else str(record[part]) for part in PARTS)
