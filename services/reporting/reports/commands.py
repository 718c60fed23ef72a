"""What changes state on request: asking for a report. `making.py` makes it."""

from datetime import date

from amanah.contracts.actor import Actor
from amanah.contracts.areas import Scope
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject, related_subjects
from amanah.contracts.errors import NotFound, Refused
from amanah.contracts.ids import new_id
from amanah.contracts.reports import GenerateReport, ReportRequested, ReportStatus, ReportView
from amanah.contracts.time_zones import local_date
from amanah.runtime.mongo import Tx
from amanah.runtime.rpc import answers
from amanah.runtime.tables import Document
from services.reporting.reports.rules import words
from services.reporting.reports.rules.composing import period
from services.reporting.reports.views import view
from services.reporting.store import Store, now


@answers
async def generate_report(store: Store, actor: Actor, ask: GenerateReport) -> ReportView:
    """Queues a report. Refuses as `period` does; `round_unknown`, or NotYet while news of the round may be on its way."""
    by = actor.acting(ask.roles, ask.area)
    try:
        round_ = await store.round(actor.scope(ask.roles), ask.round_id)
    except NotFound:
        raise Refused("round_unknown", "roundId") from None
    if not Scope([ask.area]).narrowed(round_["area"]):
        raise Refused("area_outside_round", "area")
    asked_at = now()
    days = period(ask.template, ask.since, ask.until, local_date(asked_at, ask.area))
    report: Document = {
        "_id": new_id("rep"),
        "template": ask.template,
        "format": ask.format,
        "round": round_["_id"],
        "area": ask.area,
        "since": _iso(days.since),
        "until": _iso(days.until),
        "language": ask.language,
        "title": words.title(ask.template, round_["name"], store.areas.name(ask.area), ask.language),
        "requestedBy": by.model_dump(),
        "requestedAt": asked_at,
        "authority": round_["decree"],
        "status": ReportStatus.QUEUED,
        "attempts": 0,
        "lease": None,
        "leaseUntil": asked_at,
    }
    event = ReportRequested(
        report_id=report["_id"], template=ask.template, format=ask.format, round_id=round_["_id"], area=ask.area
    )

    async def queue(tx: Tx) -> None:
        await store.reports.insert(report, tx=tx)
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
    store.queued()
    return view(report)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
