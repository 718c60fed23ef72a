"""Imports as jobs: the long work on them is done by one instance at a time (see `amanah.runtime.jobs`)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from amanah.contracts.actor import Acting
from amanah.contracts.imports import ImportStatus
from amanah.runtime.jobs import Job, Jobs
from amanah.runtime.mongo import Tx
from amanah.runtime.tables import Document
from services.recipients.imports.documents import IMPORTS, ImportDocument
from services.recipients.store import Store


def import_jobs(store: Store) -> Jobs[ImportDocument]:
    """The imports that have rows to stage or to apply, the oldest first."""
    return Jobs(
        store[IMPORTS],
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
    job: Job[ImportDocument]

    @property
    def document(self) -> ImportDocument:
        """The import as it was when it was claimed or last moved."""
        return self.job.document

    @property
    def id(self) -> str:
        """The import's id."""
        return self.job.id

    def acting(self, field: Literal["by", "approvedBy"]) -> Acting:
        """The person named in `field`."""
        return Acting.model_validate(self.document[field])

    async def move(
        self,
        tx: Tx,
        position: Literal["status", "readTo", "appliedTo"],
        to: object,
        *,
        add: dict[str, int] | None = None,
        **more: Any,
    ) -> None:
        """Moves `position` from the document's value to `to`, adds to counts, and sets fields. Raises LeaseLost."""
        change: Document = {"$set": {position: to, **more}}
        if counts := {field: number for field, number in (add or {}).items() if number}:
            change["$inc"] = counts
        await self.job.move({position: self.document[position]}, change, tx=tx)
