"""Tree size, signed head and published checkpoint of the log. Head and checkpoint move by compare-and-set."""

from dataclasses import dataclass
from datetime import UTC, datetime

from amanah.runtime.mongo import DuplicateKey, Tx
from amanah.tlog.checkpoint import Checkpoint, Note
from amanah.tlog.merkle import EMPTY_ROOT
from services.audit.log.documents import CLEARED, HEAD, PUBLISHED, TREE
from services.audit.search.rules.log_position import LogPosition
from services.audit.store import Store


@dataclass(frozen=True)
class PublishedCheckpoint:
    """A checkpoint as it is published: the signed note with its cosignatures, and the time of publication."""

    checkpoint: Checkpoint
    note: str
    at: datetime

    @property
    def cosignatures(self) -> int:
        """The number of witnesses that cosigned it: signatures by other names than the log's."""
        return sum(line.name != self.checkpoint.origin for line in Note.parse(self.note).signatures)


async def create_empty_log(store: Store) -> None:
    """Creates tree and head of an empty log, where they are missing."""
    try:
        await store[TREE].insert({"_id": "tree", "size": 0})
    except DuplicateKey:
        pass
    try:
        await store[HEAD].insert({"_id": "head", "size": 0, "root": EMPTY_ROOT})
    except DuplicateKey:
        pass


async def take_indexes(store: Store, tx: Tx, count: int) -> LogPosition:
    """Takes the next `count` indexes. The log's clock never runs backwards, whatever the machines' clocks do.

    Transactions that take indexes at the same time change the same document: one of them starts again.
    """
    now = datetime.now(UTC)
    change = {"$inc": {"size": count}, "$max": {"clock": now}}
    tree = await store[TREE].change({"_id": "tree"}, change, returning="before", tx=tx)
    if tree is None:
        raise RuntimeError("the log was not prepared")
    return LogPosition(tree["size"], max(now, tree.get("clock", now)))


async def count_entries(store: Store) -> int:
    """Returns the number of entries that have an index."""
    tree = await store[TREE].get({"_id": "tree"})
    return tree["size"] if tree else 0


async def read_head(store: Store) -> Checkpoint:
    """Returns the head that was signed last."""
    head = await store[HEAD].get({"_id": "head"})
    if head is None:
        raise RuntimeError("the log was not prepared")
    return Checkpoint(store.origin, head["size"], bytes(head["root"]))


async def move_head(store: Store, old: Checkpoint, new: Checkpoint) -> bool:
    """Makes `new` the head if `old` still is; only after that may `new` be signed. False if another publisher moved it."""
    change = {"$set": {"size": new.size, "root": new.root}}
    return await store[HEAD].update({"_id": "head", "size": old.size, "root": old.root}, change) == 1


async def read_published(store: Store) -> PublishedCheckpoint | None:
    """Returns the published checkpoint; None before the first."""
    found = await store[PUBLISHED].get({"_id": "published"})
    if found is None:
        return None
    checkpoint = Checkpoint(store.origin, found["size"], bytes(found["root"]))
    return PublishedCheckpoint(checkpoint, found["note"], found["at"])


async def publish_checkpoint(store: Store, old: PublishedCheckpoint | None, new: PublishedCheckpoint) -> bool:
    """Publishes `new` if `old` still is the published one; False if another publisher was quicker. It never shrinks."""
    size = new.checkpoint.size
    if old is not None and size < old.checkpoint.size:
        raise ValueError(f"a checkpoint of {size} entries does not replace one of {old.checkpoint.size}")
    if old is not None:
        change = {"size": size, "root": new.checkpoint.root, "note": new.note, "at": new.at}
        return await store[PUBLISHED].update({"_id": "published", "note": old.note}, {"$set": change}) == 1
    try:
        await store[PUBLISHED].insert(
            {"_id": "published", "size": size, "root": new.checkpoint.root, "note": new.note, "at": new.at}
        )
    except DuplicateKey:
        return False
    return True


async def count_cleared_bundles(store: Store) -> int:
    """Returns the number of full bundles, from the first on, whose partial files are deleted."""
    found = await store[CLEARED].get({"_id": "cleared"})
    return found["bundles"] if found else 0


async def record_cleared_bundles(store: Store, bundles: int) -> None:
    """Records that the partial files of the first `bundles` bundles are deleted."""
    await store[CLEARED].change({"_id": "cleared"}, {"$max": {"bundles": bundles}}, upsert=True)
