"""The log as it is kept and published: how many entries have a place, the head, the checkpoint, and the log's files.

- `log`  `tree`: how many entries have an index, and the log's clock; `head`: the size and root that were signed last;
  `published`: the checkpoint that is published; `cleared`: how many full bundles no longer have partials

The bucket holds the files. Its `checkpoint` is a copy that follows `published`, so that the bucket alone is a whole log.
An object store compares nothing before it writes; so a writer that was paused may set the copy back, `published` never.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from amanah.contracts.errors import NotFound, Unavailable
from amanah.runtime.mongo import Database, DuplicateKey, Tx
from amanah.runtime.objects import Objects
from amanah.tlog import layout, proofs
from amanah.tlog.checkpoint import Checkpoint, Note
from amanah.tlog.layout import WIDTH, Span
from amanah.tlog.merkle import EMPTY_ROOT
from services.audit.log.rules.growth import outgrown
from services.audit.search.rules.place import Place

_CACHED_TILES = 256


@dataclass(frozen=True)
class Published:
    """A checkpoint as it is published: the signed note with its cosignatures, and since when."""

    checkpoint: Checkpoint
    note: str
    at: datetime

    @property
    def cosignatures(self) -> int:
        """How many witnesses cosigned it: as signatures of theirs follow those of the log's own keys."""
        return sum(line.name != self.checkpoint.origin for line in Note.parse(self.note).signatures)


class Log:
    """The log's head, checkpoint and files."""

    def __init__(self, db: Database, objects: Objects, origin: str, bucket: str, kept: timedelta) -> None:
        self.origin = origin
        self.heads = db["log"]
        self.objects = objects
        self.bucket = bucket
        self._kept = kept
        self._copy: str | None = None
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

    async def published(self) -> Published | None:
        """The checkpoint that is published; None before the first."""
        found = await self.heads.get({"_id": "published"})
        if found is None:
            return None
        return Published(Checkpoint(self.origin, found["size"], bytes(found["root"])), found["note"], found["at"])

    async def publish(self, old: Published | None, new: Published) -> bool:
        """Publish `new` if `old` still is what is published; False when somebody else was quicker. It never shrinks."""
        size = new.checkpoint.size
        if old is not None and size < old.checkpoint.size:
            raise ValueError(f"a checkpoint of {size} entries does not replace one of {old.checkpoint.size}")
        fields = {"size": size, "root": new.checkpoint.root, "note": new.note, "at": new.at}
        if old is not None:
            return await self.heads.update({"_id": "published", "note": old.note}, {"$set": fields}) == 1
        try:
            await self.heads.insert({"_id": "published", **fields})
        except DuplicateKey:
            return False
        return True

    async def write(self, path: str, data: bytes) -> None:
        """Write a file of the log; writing it again changes nothing. Where the store has object lock, full files are kept."""
        kind = "text/plain; charset=utf-8" if path == layout.CHECKPOINT else "application/octet-stream"
        version = await self._put(path, data, kind)
        if version is None or not await self.objects.locks(self.bucket):
            return
        if path == layout.CHECKPOINT:
            # It is written twice a second: where there are versions, only the last one is of any use.
            if self._copy is not None:
                await self.objects.delete(self.bucket, path, version=self._copy)
            self._copy = version
        elif (span := layout.parse_path(path)) is not None and span.width == WIDTH:
            await self.objects.retain(self.bucket, path, version, datetime.now(UTC) + self._kept)

    async def _put(self, path: str, data: bytes, kind: str) -> str | None:
        for patience in (0.05, 0.2):
            try:
                return await self.objects.put(self.bucket, path, data, kind)
            except Unavailable:
                # rclone's S3 answers 500 now and then when two writes make one folder at the same moment.
                await asyncio.sleep(patience)
        return await self.objects.put(self.bucket, path, data, kind)

    async def cleared(self) -> int:
        """How many full bundles have no partials any more, the first ones."""
        found = await self.heads.get({"_id": "cleared"})
        return found["bundles"] if found else 0

    async def clear(self, bundle: int) -> None:
        """Delete the partials of a full bundle, and of the tiles that it completes."""
        for prefix in outgrown(bundle):
            await self.objects.clear(self.bucket, prefix)
        await self.heads.change({"_id": "cleared"}, {"$max": {"bundles": bundle + 1}}, upsert=True)

    async def read(self, path: str) -> bytes:
        """A file of the log. Raises NotFound, also for what cannot be a file of a log."""
        if not layout.is_path(path):
            raise NotFound("not_found.log_file")
        return await self.objects.get(self.bucket, path)

    async def tile(self, span: Span) -> tuple[bytes, ...]:
        """The hashes of a tile. Full ones never change, and a few are remembered.

        A partial tile is gone once the full one stands, which begins with the same hashes. Raises NotFound and Malformed.
        """
        full = Span(span.level, span.number, WIDTH)
        if full in self._tiles:
            self._tiles.move_to_end(full)
            return self._tiles[full][: span.width]
        try:
            hashes = layout.split_hashes(await self.read(span.path), span.width)
        except NotFound:
            if span == full:
                raise
            return (await self.tile(full))[: span.width]
        if span == full:
            self._tiles[full] = hashes
            if len(self._tiles) > _CACHED_TILES:
                self._tiles.popitem(last=False)
        return hashes

    async def roots(self, old: int, size: int) -> list[bytes]:
        """The root that the log had at `old` entries, and the proof that it grew from there to `size` (0 < old <= size).

        Raises NotFound and Malformed when a tile is lost.
        """
        path = [(0, old), *proofs.consistency_path(old, size)]
        tiles = {span: await self.tile(span) for span in proofs.required_tiles(path, size)}
        return proofs.build(path, lambda node: node.root_in(tiles[node.tile(size)]))
