"""The life of a report after it was asked for: QUEUED -> RUNNING -> READY or FAILED, whoever is killed meanwhile.

An instance holds a report by a lease and renews it while it works; when it dies, another takes over after the lease. Files
are named by their hash, so that a late twin cannot change what was recorded; only the holder of the lease may finish.
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
from amanah.contracts.errors import AmanahError, Unavailable
from amanah.contracts.reports import ReportGenerated
from amanah.contracts.topics import AUDIT, DISTRIBUTION
from amanah.runtime.jobs import Job, Jobs, LeaseLost
from amanah.runtime.mongo import Tx
from amanah.runtime.objects import REPORTS
from amanah.runtime.tables import Document
from services.reporting.reports.gathering import gathered
from services.reporting.reports.rendering import FORMATS, process
from services.reporting.reports.rules.report import Content, Link
from services.reporting.store import Store, now

log = structlog.get_logger()

_ATTEMPTS = 3
_LOOK_AGAIN = timedelta(milliseconds=200)

# What a report rests on: the events that are counted, and the audit log's dated checkpoints. A field has no dots.
_HEARD = {"counted": DISTRIBUTION.name, "log": AUDIT.name}


@dataclass(frozen=True)
class Maker:
    """Makes queued reports, one at a time."""

    store: Store

    @property
    def jobs(self) -> Jobs:
        """The reports that are to be made, the one that waits longest first."""
        return Jobs(
            self.store.reports,
            {"status": {"$in": ["QUEUED", "RUNNING"]}},
            lease=timedelta(seconds=self.store.settings.lease_s),
            time_field="leaseUntil",
            owner_field="lease",
            order=[("leaseUntil", 1)],
        )

    async def make_next(self) -> bool:
        """Makes the report that waits longest; False when none is due."""
        job = await self._claim()
        if job is None:
            return False
        try:
            if await self._caught_up(job):
                async with job.heartbeat():
                    await self._make(job)
                return True
            await self._put_back(job, _LOOK_AGAIN)
        except LeaseLost:
            log.warning("report taken over", report=job.id)
        except asyncio.CancelledError:
            await asyncio.shield(self._put_back(job, timedelta()))
            raise
        except Unavailable:
            await self._put_back(job, timedelta(seconds=1))
            raise
        except Exception as error:
            log.exception("report failed", report=job.id, attempt=job.document["attempts"])
            await self._failed(job, error.code if isinstance(error, AmanahError) else "internal")
        return False

    async def _claim(self) -> Job | None:
        return await self.jobs.claim({"$set": {"status": "RUNNING"}, "$inc": {"attempts": 1}})

    async def _caught_up(self, job: Job) -> bool:
        """Tells whether all that was on the bus when the request had settled is counted."""
        report = job.document
        wanted: dict[str, dict[str, int]] | None = report.get("wanted")
        if wanted is None:
            # A handover just before the request may still be on its way to the bus; the report must count it.
            if now() < report["requestedAt"] + timedelta(seconds=self.store.settings.settle_s):
                return False
            wanted = {name: await self._ends(topic) for name, topic in _HEARD.items()}
            await job.move({}, {"$set": {"wanted": wanted}})
        for name, ends in wanted.items():
            if not await self.store.has_reached(_HEARD[name], {int(number): end for number, end in ends.items()}):
                return False
        return True

    async def _ends(self, topic: str) -> dict[str, int]:
        ends = await self.store.bus.ends([topic])
        return {str(partition.number): end for partition, end in ends.items()}

    async def _make(self, job: Job) -> None:
        store, report = self.store, job.document
        round_ = await store.round(Scope([report["area"]]), report["round"])
        kind = FORMATS[report["format"]]
        async with gathered(store, report, round_) as (content, listing):
            number = content.number(report["format"])
            link = Link(number=number, url=f"{store.public_url}/verify/{number}", layouts=store.settings.layouts)
            made = await process.render(report["format"], content, listing, link)
        sha256 = hashlib.sha256(made).hexdigest()
        key = f"{report['_id']}/{sha256}.{kind.extension}"
        await store.objects.put(REPORTS, key, made, kind.content_type)
        await self._finish(job, content, number, key, sha256, len(made))

    async def _finish(self, job: Job, content: Content, number: str, key: str, sha256: str, size: int) -> None:
        report = job.document
        made = {
            "status": "READY",
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
            await job.move({"status": "RUNNING"}, {"$set": made}, tx=tx)
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

    async def _failed(self, job: Job, code: str) -> None:
        """Queues the report again, or after the last attempt records for good that it failed."""
        report = job.document
        if report["attempts"] < _ATTEMPTS:
            await self._put_back(job, timedelta(seconds=1), attempt_counts=True)
            return

        async def give_up(tx: Tx) -> None:
            failed = {"status": "FAILED", "failure": code, "lease": None}
            await job.move({"status": "RUNNING"}, {"$set": failed}, tx=tx)
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

    async def _put_back(self, job: Job, wait: timedelta, *, attempt_counts: bool = False) -> None:
        change: Document = {"$set": {"status": "QUEUED"}}
        if not attempt_counts:
            change["$inc"] = {"attempts": -1}
        await job.release(wait, change)
