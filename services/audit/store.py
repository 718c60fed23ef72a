"""The store of audit. Each noun declares its tables in its `documents`."""

from dataclasses import dataclass

from amanah.contracts.buckets import AUDIT
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.mongo import Collection, Database
from amanah.runtime.objects import Objects
from amanah.runtime.tables import D, Table
from amanah.tlog.checkpoint import Signer
from services.audit.settings import AuditSettings


@dataclass
class Store:
    """Storage of audit: database, outbox and the bucket of the log's files, with its signing keys and settings."""

    db: Database
    objects: Objects
    signers: tuple[Signer, ...]
    """The keys that sign the log, the newest first."""
    settings: AuditSettings
    outbox: Outbox
    bucket: str = AUDIT

    def __getitem__(self, table: Table[D]) -> Collection[D]:
        """The collection of a table."""
        return self.db[table]

    @property
    def origin(self) -> str:
        """The name of the log (C2SP tlog-checkpoint), which all its keys carry."""
        return self.signers[0].name
