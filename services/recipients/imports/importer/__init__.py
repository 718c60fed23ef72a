"""The long work of an import: reading and staging its rows, and applying them once they are approved.

Each batch is one transaction that also moves the import's position, on the condition that it still stands where the
batch began: whoever continues after a kill, and however many instances try, each row takes effect once.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

from amanah.runtime.tables import Document
from services.recipients.imports.applying import apply
from services.recipients.imports.progress import Hand, Lost
from services.recipients.imports.rules.imports import ImportStatus
from services.recipients.imports.staging import stage
from services.recipients.store import Store, now


class Importer:
    """Takes imports in hand, one at a time; the work of a `Periodic`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._name = uuid4().hex

    async def work(self) -> bool:
        """Does all that one import waits for; whether there was one."""
        document = await self._taken()
        if document is None:
            return False
        hand = Hand(self._store, document, self._name)
        try:
            with suppress(Lost):
                async with hand.held():
                    await (stage if document["status"] == ImportStatus.RUNNING else apply)(hand)
        except asyncio.CancelledError:
            await hand.let_go()
            raise
        return True

    async def _taken(self) -> Document | None:
        moment = now()
        return await self._store.imports.change(
            {
                "status": {"$in": [ImportStatus.RUNNING, ImportStatus.APPLYING]},
                "leaseUntil": {"$lte": moment},
            },
            {
                "$set": {
                    "leaseBy": self._name,
                    "leaseUntil": moment + timedelta(seconds=self._store.settings.lease_s),
                }
            },
            sort=[("_id", 1)],
        )
