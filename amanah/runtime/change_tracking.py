"""A collection whose documents say when they were last changed, so that a reader can ask for what changed since."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from amanah.runtime.mongo import Collection, Condition, Database, Document, Operation, Put, Sort, Tx, Update

CHANGED = "changed"


class Watched(Collection):
    """A collection that notes the time in `changed` with every change; not with the insertion of a document.

    The time is that of the write, also when a transaction is tried again. It is of no use to who reads without an overlap:
    see `domain/bundles.py`.
    """

    @classmethod
    def of(cls, db: Database, name: str) -> "Watched":
        """The collection `name`, watched."""
        return cls(db[name]._inner)

    async def put(self, document: Document, *, tx: Tx | None = None) -> None:
        """Replaces the document with the same `_id`, or inserts it."""
        await super().put(document | {CHANGED: _now()}, tx=tx)

    async def update(self, condition: Condition, change: Document, *, tx: Tx | None = None) -> int:
        """Changes the first document that fits; how many fitted (0 or 1)."""
        return await super().update(condition, _stamped(change), tx=tx)

    async def update_many(self, condition: Condition, change: Document, *, tx: Tx | None = None) -> int:
        """Changes every document that fits; how many fitted."""
        return await super().update_many(condition, _stamped(change), tx=tx)

    async def change(
        self,
        condition: Condition,
        change: Document,
        *,
        upsert: bool = False,
        returning: str = "after",
        sort: Sort | None = None,
        tx: Tx | None = None,
    ) -> Document | None:
        """Changes the first document that fits and answers it; None when none fits."""
        stamped = _stamped(change)
        return await super().change(condition, stamped, upsert=upsert, returning=returning, sort=sort, tx=tx)

    async def bulk(self, operations: Sequence[Operation], *, ordered: bool = False, tx: Tx | None = None) -> None:
        """Carries out many operations in one round trip."""
        await super().bulk([_stamped_operation(o) for o in operations], ordered=ordered, tx=tx)


def _stamped(change: Document) -> Document:
    return change | {"$set": change.get("$set", {}) | {CHANGED: _now()}}


def _stamped_operation(operation: Operation) -> Operation:
    match operation:
        case Update():
            return replace(operation, change=_stamped(operation.change))
        case Put():
            return Put(operation.document | {CHANGED: _now()})
    return operation


def _now() -> datetime:
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
