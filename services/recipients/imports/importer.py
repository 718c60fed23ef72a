"""The worker of imports: reads and stages their rows, and applies them once they are approved.

Each batch is one transaction that also moves the import's position, on the condition that it still stands where the
batch began. So each row takes effect once, after a kill and with any number of instances.
"""

from dataclasses import dataclass

from amanah.contracts.imports import ImportStatus
from amanah.runtime.jobs import Job
from services.recipients.imports.applying import apply
from services.recipients.imports.documents import ImportDocument
from services.recipients.imports.jobs import ImportJob, import_jobs
from services.recipients.imports.staging import stage
from services.recipients.store import Store


@dataclass(frozen=True)
class Importer:
    """Works on imports, one at a time; the work of a `Periodic`."""

    store: Store

    async def work(self) -> bool:
        """Does all the work that waits at one import; answers whether there was one."""
        return await import_jobs(self.store).work(self._advance)

    async def _advance(self, job: Job[ImportDocument]) -> None:
        running = job.document["status"] == ImportStatus.RUNNING
        await (stage if running else apply)(ImportJob(self.store, job))
