"""An import in the hand of one instance, and how far it has come."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from amanah.contracts.actor import Acting
from amanah.contracts.errors import Unavailable
from amanah.runtime.mongo import Tx
from amanah.runtime.tables import Document
from services.recipients.store import Store, now


class Lost(Exception):
    """Another instance has taken the import, or has been at this batch before."""


@dataclass
class Hand:
    """An import that this instance works on. `document` is as it was when last read."""

    store: Store
    document: Document
    name: str

    @property
    def id(self) -> str:
        """The import's id."""
        identifier: str = self.document["_id"]
        return identifier

    def acting(self, field: str) -> Acting:
        """Whoever is named in `field`: by, approvedBy."""
        return Acting(**self.document[field])

    async def move(self, tx: Tx, position: str, to: Any, *, add: dict[str, int] | None = None, **more: Any) -> None:
        """Moves `position` from where the document has it to `to`, and keeps the import in hand.

        Raises Lost when it is not there any more: what the transaction wrote is then another's to write.
        """
        here = {"_id": self.id, "leaseBy": self.name, position: self.document[position]}
        lease = now() + timedelta(seconds=self.store.settings.lease_s)
        change: Document = {"$set": {position: to, "leaseUntil": lease, **more}}
        if counted := {field: number for field, number in (add or {}).items() if number}:
            change["$inc"] = counted
        if not await self.store.imports.update(here, change, tx=tx):
            raise Lost

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Keeps the import in hand within: reading a long list takes longer than a lease lasts."""
        beat = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            beat.cancel()
            with suppress(asyncio.CancelledError):
                await beat

    async def _beat(self) -> None:
        seconds = self.store.settings.lease_s
        while True:
            await asyncio.sleep(seconds / 3)
            with suppress(Unavailable):  # the next beat, or the next batch, renews it
                await self.store.imports.update(
                    {"_id": self.id, "leaseBy": self.name}, {"$set": {"leaseUntil": now() + timedelta(seconds=seconds)}}
                )

    async def refresh(self) -> None:
        """Reads the document again, after a batch."""
        found = await self.store.imports.get({"_id": self.id})
        if found is None:
            raise Lost
        self.document = found

    async def let_go(self) -> None:
        """Others may take it at once."""
        free = {"leaseBy": None, "leaseUntil": now()}
        await self.store.imports.update({"_id": self.id, "leaseBy": self.name}, {"$set": free})
