"""Worker that builds queued reports: QUEUED -> RUNNING -> READY or FAILED, also when instances crash.

An instance holds a report by a lease and renews it while it works; when it dies, another takes over after the lease. Files
are named by their hash, so that a late second builder cannot change a recorded file; only the holder of the lease may finish.
"""

import asyncio
import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from amanah.contracts.actor import Acting
from amanah.contracts.areas import Scope
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject, related_subjects
from amanah.contracts.buckets import REPORTS as BUCKET
from amanah.contracts.errors import AmanahError, Unavailable
from amanah.contracts.reports import ReportFormat, ReportGenerated, ReportStatus
from amanah.contracts.topics import AUDIT, DISTRIBUTION
from amanah.runtime.jobs import Job, Jobs, LeaseLost
from amanah.runtime.mongo import Tx
from amanah.runtime.tables import Document
from services.reporting.figures.lookup import find_round
from services.reporting.figures.position import has_consumed
from services.reporting.reports.data import report_data
from services.reporting.reports.documents import REPORTS, ReportDocument
from services.reporting.reports.lookup import now
from services.reporting.reports.rendering import process
from services.reporting.reports.rules.files import FILE_TYPES
from services.reporting.reports.rules.report import Content, Link
from services.reporting.store import Store

log = structlog.get_logger()

_ATTEMPTS = 3
_POLL = timedelta(milliseconds=200)

# The topics that a report depends on: distribution's events, and the audit log's dated checkpoints. A field has no dots.
_TOPICS = {"counted": DISTRIBUTION.name, "log": AUDIT.name}


@dataclass(frozen=True)
class ReportBuilder:
    """Builds queued reports, one at a time."""

    store: Store

    @property
    def jobs(self) -> Jobs[ReportDocument]:
        """The queued reports, the one that waits longest first."""
        return Jobs(
            self.store[REPORTS],
            {"status": {"$in": [ReportStatus.QUEUED.value, ReportStatus.RUNNING.value]}},
            lease=timedelta(seconds=self.store.settings.lease_s),
            time_field="leaseUntil",
            owner_field="lease",
            order=[("leaseUntil", 1)],
        )

    async def build_next(self) -> bool:
        """Builds the report that waits longest; False when none is due."""
        job = await self._claim()
        if job is None:
            return False
        try:
            if await self._caught_up(job):
                async with job.heartbeat():
                    await self._build(job)
                return True
            await self._requeue(job, _POLL)
        except LeaseLost:
            log.warning("report taken over by another instance", report=job.id)
        except asyncio.CancelledError:
            await asyncio.shield(self._requeue(job, timedelta()))
            raise
        except Unavailable:
            await self._requeue(job, timedelta(seconds=1))
            raise
        except Exception as error:
            log.exception("report failed", report=job.id, attempt=job.document["attempts"])
            await self._record_failure(job, error.code if isinstance(error, AmanahError) else "internal")
        return False

    async def _claim(self) -> Job[ReportDocument] | None:
        return await self.jobs.claim({"$set": {"status": ReportStatus.RUNNING.value}, "$inc": {"attempts": 1}})

    async def _caught_up(self, job: Job[ReportDocument]) -> bool:
        """Returns whether every event that was on the bus when the request had settled is counted."""
        report = job.document
        wanted: dict[str, dict[str, int]] | None = report.get("wanted")
        if wanted is None:
            # A handover just before the request may still be on its way to the bus; the report must count it.
            if now() < report["requestedAt"] + timedelta(seconds=self.store.settings.settle_s):
                return False
            wanted = {name: await self._ends(topic) for name, topic in _TOPICS.items()}
            await job.move({}, {"$set": {"wanted": wanted}})
        for name, ends in wanted.items():
            if not await has_consumed(self.store, _TOPICS[name], {int(number): end for number, end in ends.items()}):
                return False
        return True

    async def _ends(self, topic: str) -> dict[str, int]:
        ends = await self.store.bus.ends([topic])
        return {str(partition.number): end for partition, end in ends.items()}

    async def _build(self, job: Job[ReportDocument]) -> None:
        store, report = self.store, job.document
        round_ = await find_round(store, Scope([report["area"]]), report["round"])
        file_type = FILE_TYPES[ReportFormat(report["format"])]
        async with report_data(store, report, round_) as (content, listing):
            number = content.number(report["format"])
            link = Link(number=number, url=f"{store.public_url}/verify/{number}", layouts=store.settings.layouts)
            file = await process.render(report["format"], content, listing, link)
        sha256 = hashlib.sha256(file).hexdigest()
        key = f"{report['_id']}/{sha256}.{file_type.extension}"
        await store.objects.put(BUCKET, key, file, file_type.content_type)
        await self._finish(job, content, number, key, sha256, len(file))

    async def _finish(
        self, job: Job[ReportDocument], content: Content, number: str, key: str, sha256: str, size: int
    ) -> None:
        report = job.document
        ready = {
            "status": ReportStatus.READY.value,
            "number": number,
            "object": key,
            "sha256": sha256,
            "size": size,
            "asOf": content.as_of,
            "position": content.position,
            "inputHash": content.input_hash,
            "madeAt": now(),
            "lease": None,
        }
        event = ReportGenerated(
            report_id=report["_id"],
            template=report["template"],
            format=report["format"],
            round_id=report["round"],
            area=report["area"],
            sha256=sha256,
            size=size,
        )

        async def finish(tx: Tx) -> None:
            await job.move({"status": ReportStatus.RUNNING.value}, {"$set": ready}, tx=tx)
            await self.store.outbox.record(
                tx,
                Acting.model_validate(report["requestedBy"]),
                action=AuditAction.REPORT_GENERATE,
                subject=Subject(type="Report", id=report["_id"]),
                concerns=related_subjects(report["round"]),
                event=event,
                authority=report["authority"],
                area=report["area"],
                after=f"sha256:{sha256}",
            )

        await self.store.db.transaction(finish)

    async def _record_failure(self, job: Job[ReportDocument], code: str) -> None:
        """Queues the report again, or records after the last attempt that it failed."""
        report = job.document
        if report["attempts"] < _ATTEMPTS:
            await self._requeue(job, timedelta(seconds=1), attempt_counts=True)
            return

        async def give_up(tx: Tx) -> None:
            failed = {"status": ReportStatus.FAILED.value, "failure": code, "lease": None}
            await job.move({"status": ReportStatus.RUNNING.value}, {"$set": failed}, tx=tx)
            await self.store.outbox.record(
                tx,
                Acting.model_validate(report["requestedBy"]),
                action=AuditAction.REPORT_GENERATE,
                subject=Subject(type="Report", id=report["_id"]),
                concerns=related_subjects(report["round"]),
                event=None,
                authority=report["authority"],
                area=report["area"],
                outcome="failed",
                reason=code,
            )

        with suppress(LeaseLost):
            await self.store.db.transaction(give_up)

    async def _requeue(self, job: Job[ReportDocument], wait: timedelta, *, attempt_counts: bool = False) -> None:
        change: Document = {"$set": {"status": ReportStatus.QUEUED.value}}
        if not attempt_counts:
            change["$inc"] = {"attempts": -1}
        await job.release(wait, change)
