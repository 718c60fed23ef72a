"""The document store, and the only module that imports motor and pymongo.

The rest of the code sees `Database`, `Collection` and the operations below, so that PyMongo's own async API can replace
motor in this one file (docs/decisions/0004).
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar, cast, overload

import pymongo
from bson.codec_options import CodecOptions
from motor.motor_asyncio import (
    AsyncIOMotorClient,
    AsyncIOMotorClientSession,
    AsyncIOMotorCollection,
    AsyncIOMotorCursor,
)
from pymongo import errors as driver
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from amanah.contracts.errors import Conflict, Unavailable
from amanah.runtime.tables import CHANGED, D, Document, Index, Table

Condition = Mapping[str, Any]
Sort = Sequence[tuple[str, int]]
T = TypeVar("T")

REQUEST_TIMEOUT = 60.0
"""Seconds that a request waits for the store's answer."""
_ATTEMPTS = 60
_CODEC: CodecOptions[Document] = CodecOptions(tz_aware=True, tzinfo=UTC)


class DuplicateKey(Conflict):
    """A document with the same unique value exists. `fields` are those of the index."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__("duplicate_key", fields=", ".join(fields) or "key")
        self.fields = fields


@dataclass(frozen=True)
class Insert:
    """Insertion of a document."""

    document: Mapping[str, Any]


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


Operation = Insert | Put | Update


@contextmanager
def _translated(inside: bool) -> Any:
    """Translates errors of the driver. Inside a transaction, those that ask for another attempt pass unchanged."""
    try:
        yield
    except driver.PyMongoError as error:
        if inside and error.has_error_label("TransientTransactionError"):
            raise
        details = getattr(error, "details", None) or {}
        if isinstance(error, driver.BulkWriteError):
            details = next(iter(details.get("writeErrors", [])), {})
        if isinstance(error, driver.DuplicateKeyError) or details.get("code") == 11000:
            raise DuplicateKey(tuple(details.get("keyPattern", {}))) from error
        if isinstance(error, driver.ConnectionFailure | driver.ExecutionTimeout | driver.WaitQueueTimeoutError):
            raise Unavailable("unavailable.store") from error
        if getattr(error, "code", None) in (112, 251):  # write conflict, no such transaction
            raise Unavailable("unavailable.store_busy") from error
        raise


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
        with _translated(tx is not None):
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
        with _translated(tx is not None):
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
        with _translated(tx is not None):
            async for document in self._find(condition, projection, sort, tx, batch_size=batch):
                yield document

    def _find(
        self, condition: Condition, projection: Mapping[str, Any] | None, sort: Sort | None, tx: Tx | None, **more: int
    ) -> "AsyncIOMotorCursor[D]":
        return self._inner.find(condition, projection, sort=[*sort] if sort else None, session=_in(tx), **more)

    async def count(self, condition: Condition, *, tx: Tx | None = None) -> int:
        """Counts the documents that fit."""
        with _translated(tx is not None):
            return await self._inner.count_documents(condition, session=_in(tx))

    async def insert(self, document: D, *, tx: Tx | None = None) -> None:
        """Inserts one document."""
        with _translated(tx is not None):
            await self._inner.insert_one(document, session=_in(tx))

    async def insert_many(self, documents: Sequence[D], *, tx: Tx | None = None) -> None:
        """Inserts documents in bulk, in no particular order."""
        if documents:
            with _translated(tx is not None):
                await self._inner.insert_many(documents, ordered=False, session=_in(tx))

    async def put(self, document: D, *, tx: Tx | None = None) -> None:
        """Replaces the document with the same `_id`, or inserts it."""
        with _translated(tx is not None):
            await self._inner.replace_one(
                {"_id": document["_id"]}, self._timed_document(document), upsert=True, session=_in(tx)
            )

    async def update(self, condition: Condition, change: Document, *, tx: Tx | None = None) -> int:
        """Changes the first document that fits. Returns the number of documents that fit (0 or 1)."""
        with _translated(tx is not None):
            result = await self._inner.update_one(condition, self._timed_change(change), session=_in(tx))
            return result.matched_count

    async def update_many(self, condition: Condition, change: Document, *, tx: Tx | None = None) -> int:
        """Changes every document that fits. Returns their number."""
        with _translated(tx is not None):
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
        with _translated(tx is not None):
            after, order = returning == "after", [*sort] if sort else None
            document: D | None = await self._inner.find_one_and_update(
                condition, self._timed_change(change), upsert=upsert, sort=order, return_document=after, session=_in(tx)
            )
            return document

    async def delete(self, condition: Condition, *, tx: Tx | None = None) -> int:
        """Deletes every document that fits. Returns their number."""
        with _translated(tx is not None):
            result = await self._inner.delete_many(condition, session=_in(tx))
            return result.deleted_count

    async def bulk(self, operations: Sequence[Operation], *, ordered: bool = False, tx: Tx | None = None) -> None:
        """Carries out many operations in one round trip."""
        if operations:
            with _translated(tx is not None):
                work = [self._driver_operation(operation) for operation in operations]
                await self._inner.bulk_write(work, ordered=ordered, session=_in(tx))

    async def aggregate(self, pipeline: Sequence[Document], *, tx: Tx | None = None) -> Sequence[Document]:
        """Returns the result of an aggregation pipeline."""
        with _translated(tx is not None):
            cursor = cast("AsyncIOMotorCursor[Document]", self._inner.aggregate(list(pipeline), session=_in(tx)))
            return await cursor.to_list(None)

    async def ensure_indexes(self, indexes: Sequence[Index]) -> None:
        """Creates the collection and the indexes that are missing. A transaction cannot create a collection."""
        with _translated(False):
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
            case Insert(document):
                return pymongo.InsertOne(document)
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


class Database:
    """Database of one service. `db[TABLE]` is the collection of a table, `db["name"]` an untyped one."""

    def __init__(self, client: "AsyncIOMotorClient[Document]", name: str) -> None:
        self._client = client
        self.name = name
        self._inner = client.get_database(name, codec_options=_CODEC)
        self._collections: dict[str, Collection[Any]] = {}

    @overload
    def __getitem__(self, table: str) -> Collection[Document]: ...

    @overload
    def __getitem__(self, table: Table[D]) -> Collection[D]: ...

    def __getitem__(self, table: str | Table[Any]) -> Collection[Any]:
        name, tracks = (table, False) if isinstance(table, str) else (table.name, table.tracks_changes)
        if name not in self._collections:
            self._collections[name] = Collection(self._inner[name], tracks_changes=tracks)
        return self._collections[name]

    async def create(self, tables: Iterable[Table[Any]]) -> None:
        """Creates the collections and indexes that are missing; a transaction cannot."""
        for table in tables:
            await self[table].ensure_indexes(table.indexes)

    async def transaction(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        """Runs `work` in a transaction, which is durable on the majority when this returns.

        `work` runs again after a conflict with another transaction, so it must have no effect outside the store; effects
        that follow the commit go to `tx.on_commit`. Errors raised by `work` abort the transaction and pass.
        """
        for attempt in range(_ATTEMPTS):
            try:
                return await self._attempt(work)
            except driver.PyMongoError as error:
                if not error.has_error_label("TransientTransactionError"):
                    raise
                last = error
            # Full jitter: sixty-four writers after one document must not meet again and again.
            await asyncio.sleep(random.uniform(0, min(0.25, 0.004 * 2 ** min(attempt, 8))))  # noqa: S311 - no secret
        raise Unavailable("unavailable.store_busy") from last

    async def _attempt(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        with _translated(True):
            async with await self._client.start_session() as session:
                tx = Tx(session)
                async with session.start_transaction(
                    read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority")
                ):
                    result = await work(tx)
                    for collected, write in tx.before.values():
                        await write(collected)
        for then in tx.after:
            then()
        return result

    async def ping(self) -> None:
        """Raises Unavailable when the store does not answer."""
        with _translated(False):
            await self._inner.command("ping")

    async def drop(self) -> None:
        """Deletes everything in the database."""
        with _translated(False):
            await self._client.drop_database(self.name)


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[Callable[[str], Database]]:
    """Connects to the store at `url` and yields a function that returns a database by name."""
    client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
        url,
        serverSelectionTimeoutMS=5_000,
        connectTimeoutMS=3_000,
        socketTimeoutMS=round(REQUEST_TIMEOUT * 1000),
        w="majority",
    )
    try:
        yield lambda name: Database(client, name)
    finally:
        client.close()


class Probe:
    """Asks the store at `url` for a sign of life, over a connection and in a thread of its own.

    Motor's threads may all be waiting for the store. A question waits as long as the services' requests do.
    """

    def __init__(self, url: str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="document store probe")
        patience = round(REQUEST_TIMEOUT * 1000)
        self._client: pymongo.MongoClient[Document] = pymongo.MongoClient(
            url, connect=False, maxPoolSize=1, serverSelectionTimeoutMS=1_000, connectTimeoutMS=patience,
            socketTimeoutMS=patience,
        )  # fmt: skip

    async def ping(self) -> bool:
        """Answers true when the store answered, false when it cannot be reached."""
        return await self._asked("ping")

    async def initiate_replica_set(self) -> bool:
        """Makes a lone mongod a replica set of one, which transactions need; true once it is one."""
        return await self._asked("replSetInitiate", {})

    async def _asked(self, command: str, value: Any = 1) -> bool:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._ask, command, value)

    def _ask(self, command: str, value: Any) -> bool:
        try:
            self._client.get_database("admin").command(command, value)
        except driver.OperationFailure as error:
            return error.code == 23  # already initialized
        except driver.PyMongoError:
            return False
        return True

    def close(self) -> None:
        """Gives the connection and the thread back; a question that is under way ends with the store, or by itself."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        with pymongo.timeout(1):
            self._client.close()
