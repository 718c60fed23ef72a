"""The store of audit: entries in their order, the published log, its anchors and alarms, each from its noun's `documents`."""

from collections.abc import Sequence
from datetime import timedelta

from amanah.contracts.buckets import AUDIT
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.bus.trail import Rates
from amanah.runtime.mongo import Database, Tx
from amanah.runtime.objects import Objects
from amanah.tlog.checkpoint import Signer
from services.audit.alarms.documents import Alarms
from services.audit.anchors.documents import Anchors
from services.audit.log.documents import Log, Published
from services.audit.search.documents import Arrived, Entries
from services.audit.search.rules.place import Place
from services.audit.settings import AuditSettings

__all__ = ["Anchors", "Arrived", "Entries", "Log", "Place", "Published", "Store"]

_RATES = Rates()


class Store:
    """The database, the bucket and the log's keys, the newest first."""

    def __init__(
        self,
        db: Database,
        objects: Objects,
        signers: Sequence[Signer],
        settings: AuditSettings,
        *,
        bucket: str = AUDIT,
        rates: Rates = _RATES,
    ) -> None:
        self.db = db
        self.signers = tuple(signers)
        self.settings = settings
        self.outbox = Outbox(db, "audit", rates)
        self.entries = Entries(db)
        self.anchors = Anchors(db)
        kept = timedelta(days=round(365.25 * settings.files_kept_years))
        self.log = Log(db, objects, self.signers[0].name, bucket, kept)
        self.alarms = Alarms(db, self.outbox, self.log.origin)

    async def prepare(self) -> None:
        """Creates what is missing in the stores."""
        await self.entries.prepare()
        await self.anchors.prepare()
        await self.outbox.prepare()
        await self.log.prepare()
        await self.alarms.prepare()

    async def append(self, tx: Tx, arrived: Sequence[Arrived]) -> None:
        """Give each entry the next index, in this order; one that has an index already keeps it."""
        new = await self.entries.unknown(tx, arrived)
        if new:
            await self.entries.insert(tx, new, await self.log.grow(tx, len(new)))
