"""What the audit service keeps: the entries in their order, the head of the log, and the log's files.

- `entries`  `_id` entry; its index, its leaf, and what it is found by
- `log`      `tree`: how many entries have an index; `head`: the size and root that were signed last

Every question about entries takes the viewer's scope; what lies outside does not exist for them.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amanah.bus.outbox import Outbox
from amanah.contracts.areas import Scope
from amanah.contracts.errors import NotFound, Unavailable
from amanah.mongo import Database, Document, DuplicateKey, Tx, index
from amanah.objects import AUDIT, Objects
from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, Signer
from amanah.tlog.layout import WIDTH, Span
from amanah.tlog.merkle import EMPTY_ROOT
from services.audit.domain.entry import Entry
from services.audit.settings import AuditSettings

_CACHED_TILES = 256


@dataclass(frozen=True)
class Arrived:
    """An entry as it came: what it says, and the bytes that say it."""

    entry: Entry
    leaf: bytes


class Store:
    """The database, the bucket and the log's key."""

    def __init__(
        self, db: Database, objects: Objects, signer: Signer, settings: AuditSettings, *, bucket: str = AUDIT
    ) -> None:
        self.db = db
        self.objects = objects
        self.signer = signer
        self.settings = settings
        self.outbox = Outbox(db, "audit")
        self.entries = db["entries"]
        self.log = db["log"]
        self._bucket = bucket
        self._tiles: OrderedDict[Span, tuple[bytes, ...]] = OrderedDict()

    async def prepare(self) -> None:
        """Creates indexes, the bucket, and the head of an empty log, where they are missing."""
        await self.entries.ensure_indexes(
            [
                index("index", unique=True),
                index("actorId", "-index"),
                index("subjectId", "-index"),
                index("action", "-index"),
                index("actorArea", "-index"),
                index("area", "-index"),
            ]
        )
        await self.outbox.prepare()
        await self.objects.ensure_buckets(self._bucket)
        empty = ({"_id": "tree", "size": 0}, {"_id": "head", "size": 0, "root": EMPTY_ROOT})
        for document in empty:
            try:
                await self.log.insert(document)
            except DuplicateKey:
                continue

    async def append(self, tx: Tx, arrived: Sequence[Arrived]) -> None:
        """Give each entry the next index, in this order; one that has an index already keeps it.

        Whoever appends at the same time changes the same `tree` document: one of the two transactions starts again.
        """
        by_id = {each.entry.id: each for each in reversed(arrived)}
        known = await self.entries.list({"_id": {"$in": list(by_id)}}, projection={"_id": 1}, tx=tx)
        for document in known:
            del by_id[document["_id"]]
        if not by_id:
            return
        tree = await self.log.change({"_id": "tree"}, {"$inc": {"size": len(by_id)}}, returning="before", tx=tx)
        if tree is None:
            raise RuntimeError("the log was not prepared")
        new = [each for each in arrived if by_id.get(each.entry.id) is each]
        await self.entries.insert_many([_document(each, tree["size"] + i) for i, each in enumerate(new)], tx=tx)

    async def stored(self) -> int:
        """How many entries have an index."""
        tree = await self.log.get({"_id": "tree"})
        return tree["size"] if tree else 0

    async def head(self) -> Checkpoint:
        """The head that was signed last."""
        head = await self.log.get({"_id": "head"})
        if head is None:
            raise RuntimeError("the log was not prepared")
        return Checkpoint(self.signer.name, head["size"], bytes(head["root"]))

    async def move_head(self, old: Checkpoint, new: Checkpoint) -> bool:
        """Make `new` the head if `old` still is. Only after that may `new` be signed; False: somebody else moved it."""
        change = {"$set": {"size": new.size, "root": new.root}}
        return await self.log.update({"_id": "head", "size": old.size, "root": old.root}, change) == 1

    async def leaves(self, first: int, end: int) -> list[bytes]:
        """The leaves of the entries [first, end), in order."""
        found = await self.entries.list(
            {"index": {"$gte": first, "$lt": end}}, sort=[("index", 1)], projection={"leaf": 1, "index": 1}
        )
        if [document["index"] for document in found] != list(range(first, end)):
            raise RuntimeError(f"the store lacks entries between {first} and {end}")
        return [bytes(document["leaf"]) for document in found]

    async def entry(self, scope: Scope, entry_id: str) -> Document | None:
        """An entry by id; None when there is none that the viewer may see."""
        return await self.entries.get({"$and": [{"_id": entry_id}, _seen(scope)]})

    async def by_ids(self, scope: Scope, ids: Sequence[str]) -> Sequence[Document]:
        """Of these entries those that the viewer may see, the newest first."""
        return await self.entries.list(
            {"$and": [{"_id": {"$in": list(ids)}}, _seen(scope)]}, sort=[("index", -1)], projection={"leaf": 0}
        )

    async def page(
        self, scope: Scope, wanted: Mapping[str, Any], first: int, before: int | None
    ) -> tuple[Sequence[Document], int]:
        """At most `first` entries that fit and have an index below `before`, the newest first; and how many fit in all."""
        fits = {"$and": [dict(wanted), _seen(scope)]}
        here = {"$and": [*fits["$and"], {"index": {"$lt": before}}]} if before is not None else fits
        found = await self.entries.list(here, sort=[("index", -1)], limit=first, projection={"leaf": 0})
        return found, await self.entries.count(fits)

    async def write(self, path: str, data: bytes) -> None:
        """Write a file of the log; writing it again changes nothing."""
        kind = "text/plain; charset=utf-8" if path == layout.CHECKPOINT else "application/octet-stream"
        for patience in (0.05, 0.2, None):
            try:
                await self.objects.put(self._bucket, path, data, kind)
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
        return await self.objects.get(self._bucket, path)

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


def _seen(scope: Scope) -> Document:
    """Entries whose actor acted for an area of the scope, or whose subject lies there."""
    return {"$or": [scope.condition("actorArea"), scope.condition("area")]}


def _document(arrived: Arrived, at: int) -> Document:
    entry = arrived.entry
    return {
        "_id": entry.id,
        "index": at,
        "leaf": arrived.leaf,
        "at": entry.time,
        "action": entry.action,
        "outcome": entry.outcome,
        "reason": entry.reason,
        "authority": entry.authority,
        "area": entry.area,
        "actorId": entry.actor_id,
        "actorRole": entry.actor_role,
        "actorArea": entry.actor_area,
        "subjectType": entry.subject_type,
        "subjectId": entry.subject_id,
        "service": entry.service,
        "trace": entry.trace,
    }
