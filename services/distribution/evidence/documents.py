"""Stored uses and perceptual hashes of photos, and originals to retain, with their indexes."""

from datetime import datetime
from typing import TypedDict

from amanah.runtime.tables import Table, index
from services.distribution.rounds.documents import LocationDocument


class PictureDocument(TypedDict):
    """Picture in the evidence buckets, as handovers, losses and corrections store it. `print` is the perceptual hash.

    `original`, `served` and `thumbnail` are keys of objects, `version` is that of the original in a versioned bucket.
    """

    id: str
    upload: str
    sha256: str
    format: str
    width: int
    height: int
    takenAt: datetime | None
    location: LocationDocument | None
    original: str
    version: str | None
    print: str
    served: str
    thumbnail: str


class PhotoUseDocument(TypedDict):
    """First use of a photo; `_id` is the SHA-256 of its bytes."""

    _id: str
    handover: str


class PhotoHashDocument(TypedDict):
    """Perceptual hash of a handover's photo; `_id` is the handover."""

    _id: str
    round: str
    print: str
    bands: list[int]


class RetentionDocument(TypedDict):
    """Original that the object store is still to retain; `_id` is its key."""

    _id: str
    version: str
    until: datetime


PHOTO_USES = Table("photo_uses", PhotoUseDocument)

PHOTO_HASHES = Table("photo_prints", PhotoHashDocument, index("round", "bands"))

RETENTIONS = Table("retentions", RetentionDocument)
