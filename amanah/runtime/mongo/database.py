"""Databases of the document store: the collections of one service, and its transactions."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC
from typing import Any, TypeVar, overload

from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import errors as driver
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from amanah.contracts.errors import Unavailable
from amanah.runtime.mongo.collection import Collection, Tx
from amanah.runtime.mongo.errors import translated
from amanah.runtime.mongo.probe import REQUEST_TIMEOUT
from amanah.runtime.tables import D, Document, Table

T = TypeVar("T")

_ATTEMPTS = 60
_CODEC: CodecOptions[Document] = CodecOptions(tz_aware=True, tzinfo=UTC)


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
        with translated(True):
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
        with translated(False):
            await self._inner.command("ping")

    async def drop(self) -> None:
        """Deletes everything in the database."""
        with translated(False):
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
