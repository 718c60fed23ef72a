"""Dating and time-stamping of published checkpoints."""

import hashlib
from datetime import datetime

from amanah.contracts.actor import SYSTEM
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.audit.events import CheckpointDated
from amanah.runtime.mongo import DuplicateKey, Tx
from amanah.tlog import anchors
from amanah.tlog.encoding import encode_base64
from services.audit.anchors.documents import ANCHORS, UNWRITTEN, AnchorDocument
from services.audit.log.heads import PublishedCheckpoint
from services.audit.store import Store


async def date_checkpoint(store: Store, name: str, at: datetime, published: PublishedCheckpoint) -> None:
    """Stores a published checkpoint as the anchor `name`; does nothing when that name is taken.

    A day's anchor is announced by an event, a shorter period's is not. A time stamp is wanted if an authority is configured.
    """
    checkpoint = published.checkpoint
    anchor: AnchorDocument = {
        "_id": name,
        "at": at,
        "size": checkpoint.size,
        "root": checkpoint.root,
        "checkpoint": published.note,
    }
    if store.settings.tsa_url is not None:
        anchor["stamp"] = "wanted"
    event = CheckpointDated(
        origin=checkpoint.origin,
        day=anchors.day_of(at),
        at=at,
        size=checkpoint.size,
        root=encode_base64(checkpoint.root),
    )

    async def work(tx: Tx) -> None:
        await store[ANCHORS].insert(anchor, tx=tx)
        await _write_later(store, tx, name, anchors.CHECKPOINT)
        await store.outbox.record(
            tx,
            SYSTEM,
            action=AuditAction.CHECKPOINT_DATE,
            subject=Subject(type="Checkpoint", id=name),
            event=event if name == event.day else None,
            after=_hash(published.note.encode()),
        )

    try:
        await store.db.transaction(work)
    except DuplicateKey:
        return  # another instance was quicker


async def store_timestamp(store: Store, name: str, answer: bytes) -> None:
    """Stores the time stamp of the anchor `name`; does nothing when it has one."""

    async def work(tx: Tx) -> None:
        change = {"$set": {"stamp": "kept", "answer": answer}}
        if not await store[ANCHORS].update({"_id": name, "stamp": "wanted"}, change, tx=tx):
            return
        await _write_later(store, tx, name, anchors.TIMESTAMP)
        await store.outbox.record(
            tx,
            SYSTEM,
            action=AuditAction.CHECKPOINT_STAMP,
            subject=Subject(type="Checkpoint", id=name),
            after=_hash(answer),
        )

    await store.db.transaction(work)


async def _write_later(store: Store, tx: Tx, name: str, file: str) -> None:
    await store[UNWRITTEN].insert({"_id": anchors.path(name, file), "name": name, "file": file}, tx=tx)


async def record_written(store: Store, path: str) -> None:
    """Records that a file is in the bucket."""
    await store[UNWRITTEN].delete({"_id": path})


def _hash(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
