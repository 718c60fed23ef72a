"""The life of a report after it was asked for: QUEUED -> RUNNING -> READY or FAILED, whoever is killed meanwhile.

An instance holds a report by a lease and renews it while it works; when it dies, another takes over after the lease. Files
are named by their hash, so that a late twin cannot change what was recorded; only the holder of the lease may finish.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import structlog

from amanah.contracts.actor import Acting
from amanah.contracts.areas import Scope
from amanah.contracts.audit.entry import Subject, concerning
from amanah.contracts.errors import AmanahError, Unavailable
from amanah.contracts.reports import ReportGenerated
from amanah.contracts.topics import AUDIT, DISTRIBUTION
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


class _LeaseLost(Exception):
    """Another instance holds the report now."""


@dataclass(frozen=True)
class Maker:
    """Makes queued reports, one at a time."""

    store: Store

    @property
    def lease(self) -> timedelta:
        """How long a report waits when the instance that made it is gone."""
        return timedelta(seconds=self.store.settings.lease_s)

    async def make_next(self) -> bool:
        """Makes the report that waits longest; False when none is due."""
        report = await self._claim()
        if report is None:
            return False
        try:
            if await self._caught_up(report):
                async with self._held(report):
                    await self._make(report)
                return True
            await self._put_back(report, _LOOK_AGAIN)
        except _LeaseLost:
            log.warning("report taken over", report=report["_id"])
        except asyncio.CancelledError:
            await asyncio.shield(self._put_back(report, timedelta()))
            raise
        except Unavailable:
            await self._put_back(report, timedelta(seconds=1))
            raise
        except Exception as error:
            log.exception("report failed", report=report["_id"], attempt=report["attempts"])
            await self._failed(report, error.code if isinstance(error, AmanahError) else "internal")
        return False

    async def _claim(self) -> Document | None:
        at = now()
        return await self.store.reports.change(
            {"status": {"$in": ["QUEUED", "RUNNING"]}, "leaseUntil": {"$lte": at}},
            {
                "$set": {"status": "RUNNING", "lease": uuid4().hex, "leaseUntil": at + self.lease},
                "$inc": {"attempts": 1},
            },
            sort=[("leaseUntil", 1)],
        )

    async def _caught_up(self, report: Document) -> bool:
        """Whether all that was on the bus when the request had settled is counted."""
        wanted: dict[str, dict[str, int]] | None = report.get("wanted")
        if wanted is None:
            # A handover just before the request may still be on its way to the bus; the report must count it.
            if now() < report["requestedAt"] + timedelta(seconds=self.store.settings.settle_s):
                return False
            wanted = {name: await self._ends(topic) for name, topic in _HEARD.items()}
            await self._change(report, {"$set": {"wanted": wanted}})
        for name, ends in wanted.items():
            if not await self.store.has_reached(_HEARD[name], {int(number): end for number, end in ends.items()}):
                return False
        return True

    async def _ends(self, topic: str) -> dict[str, int]:
        ends = await self.store.bus.ends([topic])
        return {str(partition.number): end for partition, end in ends.items()}

    async def _make(self, report: Document) -> None:
        store = self.store
        round_ = await store.round(Scope([report["area"]]), report["round"])
        kind = FORMATS[report["format"]]
        async with gathered(store, report, round_) as (content, listing):
            number = content.number(report["format"])
            link = Link(number=number, url=f"{store.public_url}/verify/{number}", layouts=store.settings.layouts)
            made = await process.render(report["format"], content, listing, link)
        sha256 = hashlib.sha256(made).hexdigest()
        key = f"{report['_id']}/{sha256}.{kind.extension}"
        await store.objects.put(REPORTS, key, made, kind.content_type)
        await self._finish(report, content, number, key, sha256, len(made))

    async def _finish(self, report: Document, content: Content, number: str, key: str, sha256: str, size: int) -> None:
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
            await self._change(report, {"$set": made}, tx)
            await self.store.outbox.record(
                tx,
                Acting.model_validate(report["requestedBy"]),
                action="reporting:report:generate",
                subject=Subject(type="Report", id=report["_id"]),
                concerns=concerning(report["round"]),
                event=event,
                authority=report["authority"],
                area=report["area"],
                after=f"sha256:{sha256}",
            )

        await self.store.db.transaction(finish)

    async def _failed(self, report: Document, code: str) -> None:
        """Try again, or after the last attempt say so for good."""
        if report["attempts"] < _ATTEMPTS:
            await self._put_back(report, timedelta(seconds=1), attempt_counts=True)
            return

        async def give_up(tx: Tx) -> None:
            await self._change(report, {"$set": {"status": "FAILED", "failure": code, "lease": None}}, tx)
            await self.store.outbox.record(
                tx,
                Acting.model_validate(report["requestedBy"]),
                action="reporting:report:generate",
                subject=Subject(type="Report", id=report["_id"]),
                concerns=concerning(report["round"]),
                event=None,
                authority=report["authority"],
                area=report["area"],
                outcome="failed",
                reason=code,
            )

        with suppress(_LeaseLost):
            await self.store.db.transaction(give_up)

    async def _put_back(self, report: Document, wait: timedelta, *, attempt_counts: bool = False) -> None:
        change: Document = {"$set": {"status": "QUEUED", "lease": None, "leaseUntil": now() + wait}}
        if not attempt_counts:
            change["$inc"] = {"attempts": -1}
        with suppress(_LeaseLost):
            await self._change(report, change)

    async def _change(self, report: Document, change: Document, tx: Tx | None = None) -> None:
        mine = {"_id": report["_id"], "status": "RUNNING", "lease": report["lease"]}
        if not await self.store.reports.update(mine, change, tx=tx):
            raise _LeaseLost

    @asynccontextmanager
    async def _held(self, report: Document) -> AsyncIterator[None]:
        """Renews the lease while the body runs. When it is lost all the same, the body cannot finish the report."""
        renewing = asyncio.create_task(self._renew(report), name=f"lease of {report['_id']}")
        try:
            yield
        finally:
            renewing.cancel()
            with suppress(asyncio.CancelledError, _LeaseLost):
                await renewing

    async def _renew(self, report: Document) -> None:
        while True:
            await asyncio.sleep(self.lease.total_seconds() / 3)
            with suppress(Unavailable):
                await self._change(report, {"$set": {"leaseUntil": now() + self.lease}})
