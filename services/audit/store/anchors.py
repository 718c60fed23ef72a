"""Anchors: checkpoints kept as they were published, by the period they were noted in.

- `anchors`  `_id` the anchor's name; the checkpoint as a note, when it was noted, and the time stamp over it.
             `files` are those that are yet to be written to the bucket, `stamp` is `wanted` until an answer is kept
"""

from collections.abc import Sequence
from datetime import datetime

from amanah.mongo import Database, Document, Tx, index
from amanah.tlog import anchors
from amanah.tlog.checkpoint import Checkpoint


class Anchors:
    """The collection of anchors."""

    def __init__(self, db: Database) -> None:
        self.documents = db["anchors"]

    async def prepare(self) -> None:
        """Creates the indexes that are missing."""
        await self.documents.ensure_indexes([index("stamp", "_id", sparse=True), index("files", sparse=True)])

    async def known(self, name: str) -> bool:
        """Whether there is such an anchor."""
        return await self.documents.get({"_id": name}, projection={"_id": 1}) is not None

    async def note(self, tx: Tx, name: str, at: datetime, checkpoint: Checkpoint, note: str, *, stamp: bool) -> None:
        """Keeps a checkpoint under a name. Raises DuplicateKey when the name is taken."""
        anchor: Document = {
            "_id": name,
            "at": at,
            "size": checkpoint.size,
            "root": checkpoint.root,
            "checkpoint": note,
            "files": [anchors.CHECKPOINT],
        }
        if stamp:
            anchor["stamp"] = "wanted"
        await self.documents.insert(anchor, tx=tx)

    async def unstamped(self, limit: int) -> Sequence[Document]:
        """Those that wait for a time stamp, the latest first."""
        return await self.documents.list({"stamp": "wanted"}, sort=[("_id", -1)], limit=limit)

    async def stamped(self, tx: Tx, name: str, answer: bytes) -> bool:
        """Keeps the time stamp of an anchor; False when it has one."""
        change = {"$set": {"stamp": "kept", "answer": answer}, "$push": {"files": anchors.TIMESTAMP}}
        return await self.documents.update({"_id": name, "stamp": "wanted"}, change, tx=tx) == 1

    async def unwritten(self) -> Sequence[Document]:
        """Those with files that are not in the bucket yet."""
        return await self.documents.list({"files": {"$in": [anchors.CHECKPOINT, anchors.TIMESTAMP]}})

    async def written(self, name: str, file: str) -> None:
        """The file is in the bucket."""
        await self.documents.update({"_id": name}, {"$pull": {"files": file}})
