"""The long work of an import: reading and staging its rows, and applying them once they are approved.

Each batch is one transaction that also moves the import's position, on the condition that it still stands where the
batch began: whoever continues after a kill, and however many instances try, each row takes effect once.
"""

from dataclasses import dataclass

from amanah.contracts.imports import ImportStatus
from amanah.runtime.jobs import Job
from services.recipients.imports.applying import apply
from services.recipients.imports.progress import ImportJob, import_jobs
from services.recipients.imports.staging import stage
from services.recipients.store import Store


@dataclass(frozen=True)
class Importer:
    """Works on imports, one at a time; the work of a `Periodic`."""

    store: Store

    async def work(self) -> bool:
        """Does all that one import waits for; answers whether there was one."""
        return await import_jobs(self.store).work(self._do)

    async def _do(self, job: Job) -> None:
        stages = job.document["status"] == ImportStatus.RUNNING
        await (stage if stages else apply)(ImportJob(self.store, job))
