"""Records of recipients: their fields, and the difference between two versions. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

SEALED = frozenset({"nik", "householdNumber", "bankAccount"})
"""Fields whose values are encrypted wherever they are stored, and masked for most readers."""

# Field as shown to people -> the parts of a record it consists of.
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

# The parts by which an encrypted field is compared: two encryptions of one number differ.
_BLIND = {"nik": ("nikBlind",), "householdNumber": ("householdBlind",), "bankAccount": ("accountBlind",)}

PARTS = tuple(part for field, parts in _FIELDS.items() if field != "status" for part in parts)
"""The parts that a list can fill in; a record has each of them, None where nothing is known."""

Record = Mapping[str, object]


@dataclass(frozen=True)
class FieldDifference:
    """Change of one field in a version; None for no value."""

    field: str
    before: str | None
    after: str | None


def differences(before: Record | None, after: Record) -> list[FieldDifference]:
    """The fields that differ between two records, in the order in which people read them; from None, all that are set.

    Encrypted values are compared by their blind indexes and returned as they are stored.
    """
    changes = []
    for field, parts in _FIELDS.items():
        compared = _BLIND.get(field, parts)
        old = None if before is None else field_text(field, before)
        new = field_text(field, after)
        if (before is None and new is not None) or (
            before is not None and any(before.get(p) != after.get(p) for p in compared)
        ):
            changes.append(FieldDifference(field, old, new))
    return changes


def field_text(field: str, record: Record) -> str | None:
    """A field of a record as text."""
    if field == "address":
        return address(record)
    if field == "location":
        return _location(record)
    value = record.get(_FIELDS[field][0])
    return None if value in (None, "") else str(value)


def address(record: Record) -> str:
    """Street, RT and RW in the order of postal addresses."""
    street, rt, rw = record.get("address"), record.get("rt"), record.get("rw")
    block = "/".join(f"{name} {number}" for name, number in (("RT", rt), ("RW", rw)) if number)
    return " ".join(str(part) for part in (street, block) if part)


def _location(record: Record) -> str | None:
    latitude, longitude = record.get("latitude_e6"), record.get("longitude_e6")
    if not isinstance(latitude, int) or not isinstance(longitude, int):
        return None
    return f"{latitude / 1e6:.6f}, {longitude / 1e6:.6f}"


def words(name: str) -> list[str]:
    """The words of a name by which it is found: capitals, without punctuation, each once."""
    return list(dict.fromkeys(re.findall(r"[A-Z0-9]+", name.upper())))


def content_text(record: Record) -> str:
    """All parts of a record in one text: equal for equal content. It holds personal data: store its keyed hash only."""
    return "\x1f".join("" if record.get(part) is None else str(record[part]) for part in PARTS)
