"""Writes the log's files and signs its head, in the one order that keeps the log honest.

Files first, then the head is moved by compare-and-set, then it is signed and served. It may be stopped anywhere: what
it does again gives the same bytes, and a head that was moved but not served is served at the next start.
"""

import asyncio
import time

import structlog

from amanah.bus.lease import Lease
from amanah.contracts.errors import NotFound
from amanah.service import Periodic
from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, NotSigned, open_checkpoint
from amanah.tlog.layout import Malformed, Tile
from services.audit.domain.growth import LogBroken, grow, kept, reach
from services.audit.store import Store

log = structlog.get_logger()

_LEASE_SECONDS = 2.0
_CHECK_SERVED_EVERY = 10.0
_WRITES_AT_ONCE = 8


class Publisher(Periodic):
    """The worker that keeps the served log at most a second behind the stored entries."""

    def __init__(self, store: Store) -> None:
        super().__init__("publisher", self.step, store.settings.publish_every_s)
        self._store = store
        # It spares several instances the same work. Nothing relies on it: moving the head keeps the log from forking.
        self._lease = Lease(store.db, "publisher", _LEASE_SECONDS)
        self._checked = -_CHECK_SERVED_EVERY
        self._stored = 0
        self._published = 0

    async def step(self) -> bool:
        """Publish what waits, at most a few tiles of it; whether more waits. Raises LogBroken rather than sign wrongly."""
        if time.monotonic() - self._checked >= _CHECK_SERVED_EVERY:
            await self._check_served()
            self._checked = time.monotonic()
        head, self._stored = await self._store.log.head(), await self._store.log.stored()
        self._published = head.size
        if head.size >= self._stored or not await self._lease.hold():
            return False
        return await self.publish(head, reach(head.size, self._stored)) and self._published < self._stored

    async def publish(self, head: Checkpoint, end: int) -> bool:
        """Grow the log from `head` to `end` entries; False when another publisher was quicker."""
        growth = grow(head, await self._above(head.size), await self._store.entries.leaves(kept(head.size), end))
        await self._write(growth.files)
        if not await self._store.log.move_head(head, growth.head):
            return False
        await self._serve(growth.head)
        return True

    async def _above(self, size: int) -> list[Tile]:
        """The partial tiles of level 1 and up."""
        spans = [span for span in layout.partial_spans(size) if span.level > 0]
        try:
            return [Tile(span.level, span.number, await self._store.log.tile(span)) for span in spans]
        except (NotFound, Malformed) as error:
            raise LogBroken(f"A tile of the published log is lost ({error}); restore the bucket.") from error

    async def _write(self, files: dict[str, bytes]) -> None:
        slots = asyncio.Semaphore(_WRITES_AT_ONCE)

        async def write(path: str, data: bytes) -> None:
            async with slots:
                await self._store.log.write(path, data)

        outcomes = await asyncio.gather(*(write(*file) for file in files.items()), return_exceptions=True)
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    async def _serve(self, head: Checkpoint) -> None:
        """Serve `head`, signed. A quicker publisher's later head is not left overwritten by ours."""
        while True:
            await self._store.log.write(layout.CHECKPOINT, head.signed(*self._store.signers).encode())
            self._published = head.size
            latest = await self._store.log.head()
            if latest == head:
                return
            head = latest

    async def _check_served(self) -> None:
        """Serve the head where it is not served yet. Raises LogBroken when more was published than the store knows of.

        That is so after the store was set back to a backup: going on from there would fork the log.
        """
        served = await self._served()
        head = await self._store.log.head()
        if served is not None and (served.size > head.size or (served.size == head.size and served != head)):
            raise LogBroken(
                f"The published log has {served.size} entries, the store's signed head {head.size} or another root. "
                "Restore the store to the published state; nothing is signed until then."
            )
        if served != head:
            await self._serve(head)

    async def _served(self) -> Checkpoint | None:
        try:
            data = await self._store.log.read(layout.CHECKPOINT)
        except NotFound:
            return None
        try:
            checkpoint, _ = open_checkpoint(data, self._store.signers[0].verifier)
        except (Malformed, NotSigned) as error:
            raise LogBroken(
                f"The published checkpoint is not of this log's key and origin ({error}). Restore keys/audit.key or "
                "AMANAH_AUDIT_ORIGIN; nothing is signed until then."
            ) from error
        return checkpoint

    def figures(self) -> dict[str, float]:
        """How many entries are stored and how many of them published."""
        return {**super().figures(), "stored": self._stored, "published": self._published}
