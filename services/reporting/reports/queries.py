"""What reads: progress, reports, and what anyone may check. No cost here grows with the number of handovers."""

from amanah.contracts.actor import Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject, related_subjects
from amanah.contracts.errors import NotFound
from amanah.contracts.message import Many
from amanah.contracts.reports import (
    GetReportLinks,
    GetReports,
    ListReports,
    ReportLinksAnswer,
    ReportsAnswer,
    ReportView,
    VerifiedReport,
    VerifyReport,
)
from amanah.runtime.rpc import answers
from services.reporting.reports.views import link, view
from services.reporting.store import Store


@answers
async def get_reports(store: Store, actor: Actor, ask: GetReports) -> ReportsAnswer:
    """Reports by id, those on areas of the viewer's scope, in the order asked."""
    found = {report["_id"]: report for report in await store.reports_of(actor.scope(ask.roles), ask.ids)}
    return ReportsAnswer(nodes=tuple(view(found[i]) for i in dict.fromkeys(ask.ids) if i in found))


@answers
async def list_reports(store: Store, actor: Actor, ask: ListReports) -> Many[ReportView]:
    """Reports on areas of the viewer's scope, the newest first; a cursor is a report's id."""
    found, total = await store.reports_on(actor.scope(ask.roles), ask.round_id, ask.first + 1, ask.after)
    shown = found[: ask.first]
    return Many(
        nodes=tuple(map(view, shown)),
        cursors=tuple(report["_id"] for report in shown),
        total=total,
        more=len(found) > ask.first,
    )


@answers
async def get_report_links(store: Store, actor: Actor, ask: GetReportLinks) -> ReportLinksAnswer:
    """See GetReportLinks. No address without its note: what cannot be noted is not shown."""
    found = await store.reports_of(actor.scope(ask.roles), ask.ids)
    ready = [report for report in found if report["status"] == "READY"]
    if ready:
        first, *others = (report["_id"] for report in ready)
        await store.outbox.record_entry(
            actor.anywhere(ask.roles),
            action=AuditAction.REPORT_OPEN,
            subject=Subject(type="Report", id=first),
            concerns=related_subjects(*others),
        )
    return ReportLinksAnswer(nodes=tuple([await link(store, report) for report in ready]))


@answers
async def verify_report(store: Store, _: Actor, ask: VerifyReport) -> VerifiedReport:
    """What was recorded of the report with this id or printed number."""
    found = await store.ready_report(ask.id)
    if found is None:
        raise NotFound("not_found.report")
    return VerifiedReport(
        id=found["_id"],
        title=found["title"],
        template=found["template"],
        format=found["format"],
        area=found["area"],
        made_at=found["madeAt"],
        sha256=found["sha256"],
        size=found["size"],
    )
