"""Anchors: checkpoints kept as they were published, by the period they were noted in.

- `anchors`    `_id` the anchor's name; the checkpoint as a note, when it was noted, and the time stamp over it; `stamp` is
               `wanted` until an answer is kept
- `unwritten`  `_id` name and file of an anchor that is on its way to the bucket
"""

from collections.abc import Sequence
from datetime import datetime

from amanah.runtime.mongo import Database, Tx
from amanah.runtime.tables import Document, index
from amanah.tlog import anchors
from services.audit.log.documents import Published


class Anchors:
    """The collections of anchors."""

    def __init__(self, db: Database) -> None:
        self.documents = db["anchors"]
        self._unwritten = db["unwritten"]

    async def prepare(self) -> None:
        """Creates the indexes that are missing."""
        await self.documents.ensure_indexes([index("stamp", "_id", sparse=True)])
        await self._unwritten.ensure_indexes([])

    async def known(self, name: str) -> bool:
        """Whether there is such an anchor."""
        return await self.documents.get({"_id": name}, projection={"_id": 1}) is not None

    async def note(self, tx: Tx, name: str, at: datetime, published: Published, *, stamp: bool) -> None:
        """Keeps a published checkpoint under a name. Raises DuplicateKey when the name is taken."""
        anchor: Document = {
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

    async def unstamped(self, limit: int) -> Sequence[Document]:
        """Those that wait for a time stamp, the latest first."""
        return await self.documents.list({"stamp": "wanted"}, sort=[("_id", -1)], limit=limit)

    async def stamped(self, tx: Tx, name: str, answer: bytes) -> bool:
        """Keeps the time stamp of an anchor; False when it has one."""
        change = {"$set": {"stamp": "kept", "answer": answer}}
        if not await self.documents.update({"_id": name, "stamp": "wanted"}, change, tx=tx):
            return False
        await self._to_write(tx, name, anchors.TIMESTAMP)
        return True

    async def unwritten(self) -> list[tuple[str, bytes]]:
        """The paths and bytes of what is not in the bucket yet."""
        files = []
        for waiting in await self._unwritten.list({}):
            anchor = await self.documents.get({"_id": waiting["name"]})
            if anchor is not None:
                checkpoint = waiting["file"] == anchors.CHECKPOINT
                data = anchor["checkpoint"].encode() if checkpoint else bytes(anchor["answer"])
                files.append((waiting["_id"], data))
        return files

    async def written(self, path: str) -> None:
        """The file is in the bucket."""
        await self._unwritten.delete({"_id": path})

    async def _to_write(self, tx: Tx, name: str, file: str) -> None:
        await self._unwritten.insert({"_id": anchors.path(name, file), "name": name, "file": file}, tx=tx)
