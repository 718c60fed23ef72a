"""Reports by id, as a list, and as anybody may verify them."""

from amanah.contracts.actor import Actor
from amanah.contracts.errors import NotFound
from amanah.contracts.message import Many
from amanah.contracts.reports import (
    GetReports,
    ListReports,
    ReportByHash,
    ReportsAnswer,
    ReportView,
    VerifiedReport,
    VerifyReport,
)
from amanah.runtime.rpc import answers
from services.reporting.reports.lookup import find_ready, list_newest, reports_by_hash, reports_by_ids
from services.reporting.reports.views import report_view, verified_report
from services.reporting.store import Store


@answers
async def get_reports(store: Store, actor: Actor, ask: GetReports) -> ReportsAnswer:
    """Returns reports by id, those on areas of the viewer's scope, in the order of the request."""
    found = {report["_id"]: report for report in await reports_by_ids(store, actor.scope(ask.roles), ask.ids)}
    return ReportsAnswer(nodes=tuple(report_view(found[i]) for i in dict.fromkeys(ask.ids) if i in found))


@answers
async def list_reports(store: Store, actor: Actor, ask: ListReports) -> Many[ReportView]:
    """Returns reports on areas of the viewer's scope, the newest first; a cursor is a report's id."""
    found, total = await list_newest(store, actor.scope(ask.roles), ask.round_id, ask.first + 1, ask.after)
    shown = found[: ask.first]
    return Many(
        nodes=tuple(map(report_view, shown)),
        cursors=tuple(report["_id"] for report in shown),
        total=total,
        more=len(found) > ask.first,
    )


@answers
async def report_by_hash(store: Store, actor: Actor, ask: ReportByHash) -> ReportsAnswer:
    """Returns the finished reports with this hash, the newest first, those on areas of the viewer's scope."""
    found = await reports_by_hash(store, actor.scope(ask.roles), ask.sha256)
    return ReportsAnswer(nodes=tuple(map(report_view, found)))


@answers
async def verify_report(store: Store, _: Actor, ask: VerifyReport) -> VerifiedReport:
    """Returns the public facts of the finished report with this id or printed number."""
    found = await find_ready(store, ask.id)
    if found is None:
        raise NotFound("not_found.report")
    return verified_report(found)
