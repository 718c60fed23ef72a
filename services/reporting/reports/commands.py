"""Requests for reports and for the URLs of their files. `builder.py` builds them."""

from datetime import date, timedelta

from amanah.contracts.actor import Actor
from amanah.contracts.areas import Scope
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject, related_subjects
from amanah.contracts.buckets import REPORTS as BUCKET
from amanah.contracts.errors import NotFound, Refused
from amanah.contracts.ids import new_id
from amanah.contracts.reports import (
    GenerateReport,
    GetReportLinks,
    ReportFormat,
    ReportLink,
    ReportLinksAnswer,
    ReportRequested,
    ReportStatus,
    ReportView,
)
from amanah.contracts.time_zones import local_date
from amanah.runtime.mongo import Tx
from amanah.runtime.rpc import answers
from services.reporting.figures.lookup import find_round
from services.reporting.reports.documents import REPORTS, ReportDocument
from services.reporting.reports.lookup import now, reports_by_ids
from services.reporting.reports.rules import i18n
from services.reporting.reports.rules.files import FILE_TYPES
from services.reporting.reports.rules.periods import report_period
from services.reporting.reports.views import report_view
from services.reporting.store import Store


@answers
async def generate_report(store: Store, actor: Actor, ask: GenerateReport) -> ReportView:
    """Queues a report.

    Refuses as `report_period` does, and with `round_unknown` and `area_outside_round`. Raises NotYet while the events of a
    new round may be on their way.
    """
    by = actor.acting(ask.roles, ask.area)
    try:
        round_ = await find_round(store, actor.scope(ask.roles), ask.round_id)
    except NotFound:
        raise Refused("round_unknown", "roundId") from None
    if not Scope([ask.area]).narrowed(round_["area"]):
        raise Refused("area_outside_round", "area")
    requested_at = now()
    days = report_period(ask.template, ask.since, ask.until, local_date(requested_at, ask.area))
    report: ReportDocument = {
        "_id": new_id("rep"),
        "template": ask.template,
        "format": ask.format,
        "round": round_["_id"],
        "area": ask.area,
        "since": _iso(days.since),
        "until": _iso(days.until),
        "language": ask.language,
        "title": i18n.title(ask.template, round_["name"], store.areas.name(ask.area), ask.language),
        "requestedBy": {"id": by.id, "name": by.name, "role": by.role, "area": by.area},
        "requestedAt": requested_at,
        "authority": round_["decree"],
        "status": ReportStatus.QUEUED,
        "attempts": 0,
        "lease": None,
        "leaseUntil": requested_at,
    }
    event = ReportRequested(
        report_id=report["_id"], template=ask.template, format=ask.format, round_id=round_["_id"], area=ask.area
    )

    async def queue(tx: Tx) -> None:
        await store[REPORTS].insert(report, tx=tx)
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.REPORT_REQUEST,
            subject=Subject(type="Report", id=report["_id"]),
            concerns=related_subjects(round_["_id"]),
            event=event,
            area=ask.area,
            authority=round_["decree"],
        )

    await store.db.transaction(queue)
    store.wake_worker()
    return report_view(report)


@answers
async def get_report_links(store: Store, actor: Actor, ask: GetReportLinks) -> ReportLinksAnswer:
    """Issues presigned URLs of the files of READY reports. The audit entry is durable before a URL is returned."""
    found = await reports_by_ids(store, actor.scope(ask.roles), ask.ids)
    ready = [report for report in found if report["status"] == ReportStatus.READY]
    if ready:
        first, *others = (report["_id"] for report in ready)
        await store.outbox.record_entry(
            actor.anywhere(ask.roles),
            action=AuditAction.REPORT_OPEN,
            subject=Subject(type="Report", id=first),
            concerns=related_subjects(*others),
        )
    return ReportLinksAnswer(nodes=tuple([await _link(store, report) for report in ready]))


async def _link(store: Store, report: ReportDocument) -> ReportLink:
    filename = f"{report['number']}.{FILE_TYPES[ReportFormat(report['format'])].extension}"
    valid = timedelta(minutes=store.settings.link_minutes)
    url = await store.objects.presign_get(BUCKET, report["object"], valid, filename=filename)
    return ReportLink(id=report["_id"], url=url)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
