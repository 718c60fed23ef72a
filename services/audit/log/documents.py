"""Stored state of the log: one collection with four documents of different shapes, each under the `_id` of its table."""

from datetime import datetime
from typing import NotRequired, TypedDict

from amanah.runtime.tables import Table


class TreeDocument(TypedDict):
    """The number of entries that have an index, and the log's clock: the latest time that an entry was logged at."""

    _id: str
    size: int
    clock: NotRequired[datetime]


class HeadDocument(TypedDict):
    """Size and root that were signed last, or are to be signed next."""

    _id: str
    size: int
    root: bytes


class PublishedDocument(TypedDict):
    """The published checkpoint: the signed `note` with its cosignatures, and the time of publication."""

    _id: str
    size: int
    root: bytes
    note: str
    at: datetime


class ClearedDocument(TypedDict):
    """The number of full bundles, from the first on, whose partial files are deleted."""

    _id: str
    bundles: int


TREE = Table("log", TreeDocument)
HEAD = Table("log", HeadDocument)
PUBLISHED = Table("log", PublishedDocument)
CLEARED = Table("log", ClearedDocument)
