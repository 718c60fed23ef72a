"""Probe of a document store that runs beside us."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pymongo
from pymongo import errors as driver

from amanah.runtime.tables import Document

REQUEST_TIMEOUT = 60.0
"""Seconds that a request waits for the store's answer."""


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
