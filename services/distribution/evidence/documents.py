"""Stored uses, perceptual hashes and views of photos, with their indexes."""

from amanah.runtime.tables import Document, Table, index

PHOTO_USES = Table(
    "photo_uses",
    Document,
)

PHOTO_HASHES = Table("photo_prints", Document, index("round", "bands"))

PHOTO_VIEWS = Table("photo_views", Document, index("at", expire_after=2 * 86_400))

RETENTIONS = Table(
    "retentions",
    Document,
)
