"""Collections of the document store, and the transactions that their calls take part in."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, cast

import pymongo
from motor.motor_asyncio import AsyncIOMotorClientSession, AsyncIOMotorCollection, AsyncIOMotorCursor
from pymongo import errors as driver

from amanah.runtime.mongo.errors import translated
from amanah.runtime.tables import CHANGED, D, Document, Index

Condition = Mapping[str, Any]
Sort = Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Put:
    """Replacement of the document with the same `_id`, or its insertion."""

    document: Mapping[str, Any]


@dataclass(frozen=True)
class Update:
    """Change of the first document that fits."""

    condition: Condition
    change: Document
    upsert: bool = False


Operation = Put | Update


@dataclass
class Tx:
    """Open transaction; every call that belongs to it takes it as `tx`."""

    session: AsyncIOMotorClientSession
    after: list[Callable[[], None]] = field(default_factory=list)
    before: dict[object, tuple[list[Any], Callable[[list[Any]], Awaitable[None]]]] = field(default_factory=dict)

    def on_commit(self, then: Callable[[], None]) -> None:
        """Calls `then` once the transaction is committed; never when it is not."""
        self.after.append(then)

    def before_commit(self, owner: object, write: Callable[[list[Any]], Awaitable[None]]) -> list[Any]:
        """Returns the list that `owner` collects in this transaction; `write` writes it, once, before the commit."""
        return self.before.setdefault(owner, ([], write))[0]


def _in(tx: Tx | None) -> AsyncIOMotorClientSession | None:
    return tx.session if tx else None


class Collection(Generic[D]):
    """Collection of documents. Every method may take part in a transaction by `tx`. Datetimes are aware, in UTC.

    Raises DuplicateKey on a unique index, Unavailable when the store cannot be reached.
    """

    def __init__(self, inner: "AsyncIOMotorCollection[D]", *, tracks_changes: bool = False) -> None:
        self._inner = inner
        self._tracks_changes = tracks_changes

    async def get(
        self,
        condition: Condition,
        *,
        projection: Mapping[str, Any] | None = None,
        sort: Sort | None = None,
        tx: Tx | None = None,
    ) -> D | None:
        """Returns the first document that fits, or None."""
        with translated(tx is not None):
            return await self._inner.find_one(condition, projection, sort=list(sort) if sort else None, session=_in(tx))

    async def list(
        self,
        condition: Condition,
        *,
        sort: Sort | None = None,
        limit: int = 0,
        skip: int = 0,
        projection: Mapping[str, Any] | None = None,
        tx: Tx | None = None,
    ) -> list[D]:
        """Returns all documents that fit, at most `limit` unless it is 0."""
        with translated(tx is not None):
            return await self._find(condition, projection, sort, tx, limit=limit, skip=skip).to_list(None)

    async def stream(
        self,
        condition: Condition,
        *,
        sort: Sort | None = None,
        projection: Mapping[str, Any] | None = None,
        batch: int = 1000,
        tx: Tx | None = None,
    ) -> AsyncIterator[D]:
        """Yields the documents that fit, fetched `batch` at a time."""
        with translated(tx is not None):
            async for document in self._find(condition, projection, sort, tx, batch_size=batch):
                yield document

    def _find(
        self, condition: Condition, projection: Mapping[str, Any] | None, sort: Sort | None, tx: Tx | None, **more: int
    ) -> "AsyncIOMotorCursor[D]":
        return self._inner.find(condition, projection, sort=[*sort] if sort else None, session=_in(tx), **more)

    async def count(self, condition: Condition, *, tx: Tx | None = None) -> int:
        """Counts the documents that fit."""
        with translated(tx is not None):
            return await self._inner.count_documents(condition, session=_in(tx))

    async def insert(self, document: D, *, tx: Tx | None = None) -> None:
        """Inserts one document."""
        with translated(tx is not None):
            await self._inner.insert_one(document, session=_in(tx))

    async def insert_many(self, documents: Sequence[D], *, tx: Tx | None = None) -> None:
        """Inserts documents in bulk, in no particular order."""
        if documents:
            with translated(tx is not None):
                await self._inner.insert_many(documents, ordered=False, session=_in(tx))

    async def put(self, document: D, *, tx: Tx | None = None) -> None:
        """Replaces the document with the same `_id`, or inserts it."""
        with translated(tx is not None):
            await self._inner.replace_one(
                {"_id": document["_id"]}, self._timed_document(document), upsert=True, session=_in(tx)
            )

    async def update(self, condition: Condition, change: Document, *, tx: Tx | None = None) -> int:
        """Changes the first document that fits. Returns the number of documents that fit (0 or 1)."""
        with translated(tx is not None):
            result = await self._inner.update_one(condition, self._timed_change(change), session=_in(tx))
            return result.matched_count

    async def update_many(self, condition: Condition, change: Document, *, tx: Tx | None = None) -> int:
        """Changes every document that fits. Returns their number."""
        with translated(tx is not None):
            result = await self._inner.update_many(condition, self._timed_change(change), session=_in(tx))
            return result.matched_count

    async def change(
        self,
        condition: Condition,
        change: Document,
        *,
        upsert: bool = False,
        returning: str = "after",
        sort: Sort | None = None,
        tx: Tx | None = None,
    ) -> D | None:
        """Changes the first document that fits. Returns it as it is `after` (or was `before`) the change; None if none fits."""
        with translated(tx is not None):
            after, order = returning == "after", [*sort] if sort else None
            document: D | None = await self._inner.find_one_and_update(
                condition, self._timed_change(change), upsert=upsert, sort=order, return_document=after, session=_in(tx)
            )
            return document

    async def delete(self, condition: Condition, *, tx: Tx | None = None) -> int:
        """Deletes every document that fits. Returns their number."""
        with translated(tx is not None):
            result = await self._inner.delete_many(condition, session=_in(tx))
            return result.deleted_count

    async def bulk(self, operations: Sequence[Operation], *, ordered: bool = False, tx: Tx | None = None) -> None:
        """Carries out many operations in one round trip."""
        if operations:
            with translated(tx is not None):
                work = [self._driver_operation(operation) for operation in operations]
                await self._inner.bulk_write(work, ordered=ordered, session=_in(tx))

    async def aggregate(self, pipeline: Sequence[Document], *, tx: Tx | None = None) -> Sequence[Document]:
        """Returns the result of an aggregation pipeline."""
        with translated(tx is not None):
            cursor = cast("AsyncIOMotorCursor[Document]", self._inner.aggregate(list(pipeline), session=_in(tx)))
            return await cursor.to_list(None)

    async def ensure_indexes(self, indexes: Sequence[Index]) -> None:
        """Creates the collection and the indexes that are missing. A transaction cannot create a collection."""
        with translated(False):
            await self._ensure_exists()
            for wanted in indexes:
                options: Document = {"unique": wanted.unique, "sparse": wanted.sparse}
                if wanted.partial is not None:
                    options["partialFilterExpression"] = wanted.partial
                    del options["sparse"]
                if wanted.expire_after is not None:
                    options["expireAfterSeconds"] = wanted.expire_after
                keys = [(k.removeprefix("-"), -1 if k.startswith("-") else 1) for k in wanted.keys]
                await self._inner.create_index(keys, **options)

    def _timed_change(self, change: Document) -> Document:
        """Adds the time of the write where changes are tracked; of the last attempt when a transaction runs again."""
        return change | {"$set": change.get("$set", {}) | {CHANGED: _now()}} if self._tracks_changes else change

    def _timed_document(self, document: Mapping[str, Any]) -> Any:
        return {**document, CHANGED: _now()} if self._tracks_changes else document

    def _driver_operation(self, operation: Operation) -> Any:
        match operation:
            case Put(document):
                return pymongo.ReplaceOne({"_id": document["_id"]}, self._timed_document(document), upsert=True)
            case Update(condition, change, upsert):
                return pymongo.UpdateOne(condition, self._timed_change(change), upsert=upsert)

    async def _ensure_exists(self) -> None:
        try:
            await self._inner.database.create_collection(self._inner.name)
        except driver.CollectionInvalid:
            return
        except driver.OperationFailure as error:
            if error.code != 48:  # namespace exists: another instance was quicker
                raise


def _now() -> datetime:
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
