"""An import that this instance works on, and how far it is."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from amanah.contracts.actor import Acting
from amanah.contracts.imports import ImportStatus
from amanah.runtime.jobs import Job, Jobs
from amanah.runtime.mongo import Tx
from amanah.runtime.tables import Document
from services.recipients.store import Store


def import_jobs(store: Store) -> Jobs:
    """The imports that have rows to stage or to apply, the oldest first."""
    return Jobs(
        store.imports,
        {"status": {"$in": [ImportStatus.RUNNING, ImportStatus.APPLYING]}},
        lease=timedelta(seconds=store.settings.lease_s),
        time_field="leaseUntil",
        owner_field="leaseBy",
        order=[("_id", 1)],
    )


@dataclass(frozen=True)
class ImportJob:
    """An import that this instance works on."""

    store: Store
    job: Job

    @property
    def document(self) -> Document:
        """The import as it was when it was claimed or last moved."""
        return self.job.document

    @property
    def id(self) -> str:
        """The import's id."""
        return self.job.id

    def acting(self, field: str) -> Acting:
        """The person named in `field`: by, approvedBy."""
        return Acting(**self.document[field])

    async def move(self, tx: Tx, position: str, to: Any, *, add: dict[str, int] | None = None, **more: Any) -> None:
        """Moves `position` from where the document has it to `to`. Raises LeaseLost."""
        change: Document = {"$set": {position: to, **more}}
        if counted := {field: number for field, number in (add or {}).items() if number}:
            change["$inc"] = counted
        await self.job.move({position: self.document[position]}, change, tx=tx)
