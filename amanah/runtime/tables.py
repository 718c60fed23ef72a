"""Declarations of stored collections: a name, the shape of the documents, the indexes. `amanah.runtime.mongo` makes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Generic, TypeVar

from amanah.runtime.nouns import modules_of

Document = dict[str, Any]
D = TypeVar("D", bound=Mapping[str, Any])

CHANGED = "changed"
"""The field with the time of the last change, in tables that track changes."""


@dataclass(frozen=True)
class Index:
    """An index over `keys` in ascending order, or descending for a name that starts with `-`."""

    keys: tuple[str, ...]
    unique: bool = False
    sparse: bool = False
    partial: Document | None = None
    expire_after: int | None = None


def index(*keys: str, **options: Any) -> Index:
    """`index("owner", "at", unique=True)`."""
    return Index(keys, **options)


class Table(Generic[D]):
    """A collection of a service's database: `store[TABLE]` is the collection, whose documents have the shape `D`.

    `tracks_changes`: every change of a document notes its time in its field `changed`.
    """

    def __init__(self, name: str, document: type[D], *indexes: Index, tracks_changes: bool = False) -> None:
        self.name = name
        self.document = document
        self.indexes = indexes
        self.tracks_changes = tracks_changes


def tables_of(*nouns: ModuleType) -> list[Table[Any]]:
    """The tables that the nouns declare in their `documents`."""
    modules = (module for noun in nouns for module in modules_of(noun, "documents"))
    return [each for module in modules for each in vars(module).values() if isinstance(each, Table)]
