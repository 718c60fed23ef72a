"""The log as it is kept and published: how many entries have a place, the head that was signed, and the log's files.

- `log`  `tree`: how many entries have an index, and the log's clock; `head`: the size and root that were signed last
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime

from amanah.contracts.errors import NotFound, Unavailable
from amanah.mongo import Database, DuplicateKey, Tx
from amanah.objects import Objects
from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint
from amanah.tlog.layout import WIDTH, Span
from amanah.tlog.merkle import EMPTY_ROOT

_CACHED_TILES = 256


@dataclass(frozen=True)
class Place:
    """Where new entries go: the index of the first, and the log's time for all of them."""

    first: int
    logged_at: datetime


class Log:
    """The log's head and files."""

    def __init__(self, db: Database, objects: Objects, origin: str, bucket: str) -> None:
        self.origin = origin
        self.heads = db["log"]
        self.objects = objects
        self.bucket = bucket
        self._tiles: OrderedDict[Span, tuple[bytes, ...]] = OrderedDict()

    async def prepare(self) -> None:
        """Creates the bucket, and the head of an empty log, where they are missing."""
        await self.objects.ensure_buckets(self.bucket)
        empty = ({"_id": "tree", "size": 0}, {"_id": "head", "size": 0, "root": EMPTY_ROOT})
        for document in empty:
            try:
                await self.heads.insert(document)
            except DuplicateKey:
                continue

    async def grow(self, tx: Tx, count: int) -> Place:
        """Takes the next `count` indexes. The log's clock never runs backwards, whatever the machines' clocks do.

        Whoever takes indexes at the same time changes the same document: one of the two transactions starts again.
        """
        now = datetime.now(UTC)
        change = {"$inc": {"size": count}, "$max": {"clock": now}}
        tree = await self.heads.change({"_id": "tree"}, change, returning="before", tx=tx)
        if tree is None:
            raise RuntimeError("the log was not prepared")
        return Place(tree["size"], max(now, tree.get("clock", now)))

    async def stored(self) -> int:
        """How many entries have an index."""
        tree = await self.heads.get({"_id": "tree"})
        return tree["size"] if tree else 0

    async def head(self) -> Checkpoint:
        """The head that was signed last."""
        head = await self.heads.get({"_id": "head"})
        if head is None:
            raise RuntimeError("the log was not prepared")
        return Checkpoint(self.origin, head["size"], bytes(head["root"]))

    async def move_head(self, old: Checkpoint, new: Checkpoint) -> bool:
        """Make `new` the head if `old` still is. Only after that may `new` be signed; False: somebody else moved it."""
        change = {"$set": {"size": new.size, "root": new.root}}
        return await self.heads.update({"_id": "head", "size": old.size, "root": old.root}, change) == 1

    async def write(self, path: str, data: bytes) -> None:
        """Write a file of the log; writing it again changes nothing."""
        kind = "text/plain; charset=utf-8" if path == layout.CHECKPOINT else "application/octet-stream"
        for patience in (0.05, 0.2, None):
            try:
                await self.objects.put(self.bucket, path, data, kind)
                return
            except Unavailable:
                # rclone's S3 answers 500 now and then when two writes make one folder at the same moment.
                if patience is None:
                    raise
                await asyncio.sleep(patience)

    async def read(self, path: str) -> bytes:
        """A file of the log. Raises NotFound, also for what cannot be a file of a log."""
        if not layout.is_path(path):
            raise NotFound("A log has no such file.")
        return await self.objects.get(self.bucket, path)

    async def tile(self, span: Span) -> tuple[bytes, ...]:
        """The hashes of a tile. Full ones never change, and a few are remembered."""
        if span in self._tiles:
            self._tiles.move_to_end(span)
            return self._tiles[span]
        hashes = layout.split_hashes(await self.read(span.path), span.width)
        if span.width == WIDTH:
            self._tiles[span] = hashes
            if len(self._tiles) > _CACHED_TILES:
                self._tiles.popitem(last=False)
        return hashes
