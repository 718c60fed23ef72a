"""Stored anchors, which are checkpoints as they were published, by day or shorter period."""

from datetime import datetime
from typing import NotRequired, TypedDict

from amanah.runtime.tables import Table, index


class AnchorDocument(TypedDict):
    """A checkpoint as a note, by the anchor's name. `stamp` is `wanted` or, with the time stamp in `answer`, `kept`."""

    _id: str
    at: datetime
    size: int
    root: bytes
    checkpoint: str
    stamp: NotRequired[str]
    answer: NotRequired[bytes]


class UnwrittenDocument(TypedDict):
    """A file of an anchor that is not in the bucket yet; `_id` is its path."""

    _id: str
    name: str
    file: str


ANCHORS = Table("anchors", AnchorDocument, index("stamp", "_id", sparse=True))
UNWRITTEN = Table("unwritten", UnwrittenDocument)
