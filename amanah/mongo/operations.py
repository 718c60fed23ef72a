"""What is asked of the document store: indexes, and operations that are carried out in bulk. No driver is named here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]
Condition = Mapping[str, Any]


@dataclass(frozen=True)
class Index:
    """An index over `keys` in ascending order, or descending for a name that starts with `-`."""

    keys: tuple[str, ...]
    unique: bool = False
    sparse: bool = False
    partial: Document | None = None
    expire_after: int | None = None


def index(*keys: str, **options: Any) -> Index:
    """`index("round", "area", unique=True)`."""
    return Index(keys, **options)


@dataclass(frozen=True)
class Insert:
    """Insert a document."""

    document: Document


@dataclass(frozen=True)
class Put:
    """Replace the document with the same `_id`, or insert it."""

    document: Document


@dataclass(frozen=True)
class Update:
    """Change the first document that fits."""

    condition: Condition
    change: Document
    upsert: bool = False


Operation = Insert | Put | Update
