"""Stored anchors, which are checkpoints as they were published, by day or shorter period."""

from collections.abc import Sequence
from datetime import datetime
from typing import NotRequired, TypedDict

from amanah.runtime.mongo import Database, Tx
from amanah.runtime.tables import Table, index
from amanah.tlog import anchors
from services.audit.log.documents import Published


class AnchorDocument(TypedDict):
    """A checkpoint as a note, by the anchor's name; `stamp` is `wanted` until `answer`, its time stamp, is `kept`."""

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


class Anchors:
    """The collections of anchors."""

    def __init__(self, db: Database) -> None:
        self.documents = db[ANCHORS]
        self._unwritten = db[UNWRITTEN]

    async def prepare(self) -> None:
        """Creates the indexes that are missing."""
        await self.documents.ensure_indexes(ANCHORS.indexes)
        await self._unwritten.ensure_indexes(UNWRITTEN.indexes)

    async def known(self, name: str) -> bool:
        """Returns whether there is such an anchor."""
        return await self.documents.get({"_id": name}, projection={"_id": 1}) is not None

    async def note(self, tx: Tx, name: str, at: datetime, published: Published, *, stamp: bool) -> None:
        """Keeps a published checkpoint under a name. Raises DuplicateKey when the name is taken."""
        anchor: AnchorDocument = {
            "_id": name,
            "at": at,
            "size": published.checkpoint.size,
            "root": published.checkpoint.root,
            "checkpoint": published.note,
        }
        if stamp:
            anchor["stamp"] = "wanted"
        await self.documents.insert(anchor, tx=tx)
        await self._to_write(tx, name, anchors.CHECKPOINT)

    async def unstamped(self, limit: int) -> Sequence[AnchorDocument]:
        """Lists anchors that wait for a time stamp, the latest first."""
        return await self.documents.list({"stamp": "wanted"}, sort=[("_id", -1)], limit=limit)

    async def stamped(self, tx: Tx, name: str, answer: bytes) -> bool:
        """Keeps the time stamp of an anchor; False when it has one."""
        change = {"$set": {"stamp": "kept", "answer": answer}}
        if not await self.documents.update({"_id": name, "stamp": "wanted"}, change, tx=tx):
            return False
        await self._to_write(tx, name, anchors.TIMESTAMP)
        return True

    async def unwritten(self) -> list[tuple[str, bytes]]:
        """Returns paths and bytes of the files that are not in the bucket yet."""
        files = []
        for waiting in await self._unwritten.list({}):
            anchor = await self.documents.get({"_id": waiting["name"]})
            if anchor is not None:
                checkpoint = waiting["file"] == anchors.CHECKPOINT
                data = anchor["checkpoint"].encode() if checkpoint else bytes(anchor["answer"])
                files.append((waiting["_id"], data))
        return files

    async def written(self, path: str) -> None:
        """Records that a file is in the bucket."""
        await self._unwritten.delete({"_id": path})

    async def _to_write(self, tx: Tx, name: str, file: str) -> None:
        await self._unwritten.insert({"_id": anchors.path(name, file), "name": name, "file": file}, tx=tx)
