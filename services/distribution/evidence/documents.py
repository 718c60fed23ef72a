"""Stored uses and perceptual hashes of photos, and originals to retain, with their indexes."""

from amanah.runtime.tables import Document, Table, index

PHOTO_USES = Table(
    "photo_uses",
    Document,
)

PHOTO_HASHES = Table("photo_prints", Document, index("round", "bands"))

RETENTIONS = Table(
    "retentions",
    Document,
)
