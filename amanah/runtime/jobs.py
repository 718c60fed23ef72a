"""Jobs: long work on a stored document, done by one instance at a time and continued by another after a crash.

A job is a document of a service's own collection, with a lease in its fields. The contract:

1. *Claim.* `Jobs.claim` is one compare-and-set on the store: of all instances that try, one gets the job.
2. *Heartbeat.* The holder renews its lease with every `move`, and within `Job.heartbeat`. An instance that dies renews
   nothing; when the lease is over, another claims the job.
3. *Guarded move.* Whatever the work changes, it changes in a transaction that also moves the document, on the condition
   that status and position are still those at which the step began. Otherwise `move` raises LeaseLost, and the
   transaction is rolled back: so a holder that was paused beyond its lease (a zombie) changes nothing, and each step
   takes effect once.
4. *Resume.* Work begins at the position that the document stores, never at one that an instance remembers.
5. *Release.* `Job.release` frees the job at once, or after a wait; a cancelled holder does so.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic
from uuid import uuid4

import structlog
from typing_extensions import TypeVar

from amanah.contracts.errors import Unavailable
from amanah.runtime.mongo import Collection, Condition, Sort, Tx
from amanah.runtime.tables import Document

log = structlog.get_logger()

D = TypeVar("D", bound=Mapping[str, Any], default=Document)

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The lease time of a new job that is free: nobody has worked on it."""


class LeaseLost(Exception):
    """The job belongs to another instance, or this step was taken before."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Jobs(Generic[D]):
    """Jobs of a collection, and the names under which it stores their leases.

    `waiting` is the condition of documents with work left. `time_field` holds the end of the lease or, with
    `time_is_start`, the last sign of work, from which the lease is counted. `owner_field` holds the holder's token; in a
    collection without one, the conditions of `Job.move` alone keep a zombie out.
    """

    collection: Collection[D]
    waiting: Condition
    lease: timedelta
    time_field: str
    time_is_start: bool = False
    owner_field: str | None = None
    order: Sort | None = None
    clock: Callable[[], datetime] = _now

    async def claim(self, change: Document | None = None) -> "Job[D] | None":
        """Claims a waiting job whose lease is over, the first by `order`, and applies `change` with it.

        None when there is no such job. Raises Unavailable.
        """
        token = uuid4().hex
        document = await self.collection.change(
            {**self.waiting, self.time_field: {"$lte": self._time(timedelta())}},
            _with(change, self._lease(self.lease, token)),
            sort=self.order,
        )
        return None if document is None else Job(self, document, token)

    def of(self, document: D) -> "Job[D]":
        """Returns the job of a document that the caller has read or inserted, as the holder that the document names."""
        return Job(self, document, document[self.owner_field] if self.owner_field else None)

    async def work(self, do: Callable[["Job[D]"], Awaitable[object]]) -> bool:
        """Claims a job and does it under a heartbeat; True if there was one. The work of a `Periodic`.

        A lost lease ends the work quietly. Cancelled, it releases the job. Errors pass; the job waits for its lease's end.
        """
        job = await self.claim()
        if job is None:
            return False
        try:
            async with job.heartbeat():
                await do(job)
        except LeaseLost:
            log.warning("job taken over by another instance", job=job.id)
        except asyncio.CancelledError:
            with suppress(Unavailable):
                await asyncio.shield(job.release())
            raise
        return True

    def _time(self, wait: timedelta) -> datetime:
        """Value of `time_field` for a lease that ends in `wait`."""
        end = self.clock() + wait
        return end - self.lease if self.time_is_start else end

    def _lease(self, wait: timedelta, token: str | None) -> Document:
        return {self.time_field: self._time(wait)} | ({self.owner_field: token} if self.owner_field else {})


@dataclass
class Job(Generic[D]):
    """Job that this instance works on. `document` is as it was when claimed or last moved."""

    jobs: Jobs[D]
    document: D
    token: str | None

    @property
    def id(self) -> str:
        """Id of the document."""
        identifier: str = self.document["_id"]
        return identifier

    async def move(self, condition: Condition, change: Document, *, tx: Tx | None = None) -> D:
        """Changes the document if it is still this holder's and fits `condition`, renews the lease, and returns it.

        `document` follows when `tx` is committed. Raises LeaseLost, which must leave the transaction's work.
        """
        renewed = {self.jobs.time_field: self.jobs._time(self.jobs.lease)}
        moved = await self.jobs.collection.change({**condition, **self._mine()}, _with(change, renewed), tx=tx)
        if moved is None:
            raise LeaseLost

        def follow() -> None:
            self.document = moved

        if tx is None:
            follow()
        else:
            tx.on_commit(follow)
        return moved

    async def renew(self) -> bool:
        """Renews the lease; False when the job is done or another instance's."""
        renewed = {self.jobs.time_field: self.jobs._time(self.jobs.lease)}
        here = {**self.jobs.waiting, **self._mine()}
        return bool(await self.jobs.collection.update(here, {"$set": renewed}))

    @asynccontextmanager
    async def heartbeat(self) -> AsyncIterator[None]:
        """Renews the lease three times in its length while the body runs.

        A lease that is lost all the same does not stop the body: its next `move` raises LeaseLost.
        """
        beat = asyncio.create_task(self._beat(), name=f"lease of {self.id}")
        try:
            yield
        finally:
            beat.cancel()
            await asyncio.gather(beat, return_exceptions=True)

    async def _beat(self) -> None:
        held = True
        while held:
            await asyncio.sleep(self.jobs.lease.total_seconds() / 3)
            with suppress(Unavailable):  # the next beat, or the next move, renews it
                held = await self.renew()

    async def release(self, wait: timedelta = timedelta(), change: Document | None = None) -> None:
        """Lets any instance claim the job after `wait`, and applies `change` with it. Does nothing to another's job."""
        here = {**self.jobs.waiting, **self._mine()}
        await self.jobs.collection.update(here, _with(change, self.jobs._lease(wait, None)))

    def _mine(self) -> Document:
        owner = self.jobs.owner_field
        return {"_id": self.id} | ({owner: self.token} if owner else {})


def _with(change: Document | None, fields: Document) -> Document:
    """Adds `fields` to what the change sets, where it does not set them itself."""
    return {**(change or {}), "$set": fields | (change or {}).get("$set", {})}
