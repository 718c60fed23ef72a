"""What reads: progress, reports, and what anyone may check. No cost here grows with the number of handovers."""

import asyncio
from datetime import date

from amanah.contracts.actor import Actor
from amanah.contracts.areas import Scope, lineage
from amanah.contracts.audit import Subject, concerning
from amanah.contracts.errors import NotFound
from amanah.contracts.message import Many, from_milli
from amanah.contracts.reporting import (
    AreaFigures,
    DayFigures,
    GetProgress,
    GetReportLinks,
    GetReports,
    ItemFigures,
    ListReports,
    ProgressView,
    ReportLinksAnswer,
    ReportsAnswer,
    ReportView,
    VerifiedReport,
    VerifyReport,
)
from amanah.mongo import Document
from services.reporting.domain.figures import Figure
from services.reporting.store import Store, counted, goods, goods_of
from services.reporting.views import link, view


async def get_progress(store: Store, actor: Actor, ask: GetProgress) -> ProgressView:
    """Figures of a round in an area: one find for the area, one for those below, one for its days."""
    scope = actor.scope(ask.roles)
    round_ = await store.round(scope, ask.round_id)
    area = ask.area or _largest(scope.narrowed(round_["area"]))
    # The position is read first: the figures hold at least everything that it says was counted.
    position = await store.position()
    total, children, days = await asyncio.gather(
        store.total(scope, round_["_id"], area),
        store.below(scope, round_["_id"], [area]),
        store.by_day(scope, round_["_id"], area),
    )
    known = goods_of(round_)
    amounts = goods(total, known)
    return ProgressView(
        as_of=position.as_of or round_["at"],
        area=area,
        entitled=counted(total, Figure.ENTITLED),
        delivered=counted(total, Figure.DELIVERED),
        failed=counted(total, Figure.FAILED),
        remaining=_remaining(total),
        flagged=counted(total, Figure.FLAGGED),
        disputed=counted(total, Figure.DISPUTED),
        open_cases=counted(total, Figure.OPEN_CASES),
        quantities=tuple(
            ItemFigures(
                sku=good.sku,
                unit=good.unit,
                entitled=from_milli(amounts.get(good.sku, {}).get("entitled", 0)),
                # Below nothing only while a reversal is counted whose handover waits in the dead letters.
                delivered=from_milli(max(0, amounts.get(good.sku, {}).get("delivered", 0))),
            )
            for good in known
        ),
        children=tuple(
            AreaFigures(
                area=child["area"],
                entitled=counted(child, Figure.ENTITLED),
                delivered=counted(child, Figure.DELIVERED),
                failed=counted(child, Figure.FAILED),
                remaining=_remaining(child),
                flagged=counted(child, Figure.FLAGGED),
            )
            for child in children
        ),
        daily=tuple(
            DayFigures(
                date=date.fromisoformat(day["day"]),
                delivered=counted(day, Figure.DELIVERED),
                failed=counted(day, Figure.FAILED),
            )
            for day in days
        ),
    )


async def get_reports(store: Store, actor: Actor, ask: GetReports) -> ReportsAnswer:
    """Reports by id, those on areas of the viewer's scope, in the order asked."""
    found = {report["_id"]: report for report in await store.reports_of(actor.scope(ask.roles), ask.ids)}
    return ReportsAnswer(nodes=tuple(view(found[i]) for i in dict.fromkeys(ask.ids) if i in found))


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


async def get_report_links(store: Store, actor: Actor, ask: GetReportLinks) -> ReportLinksAnswer:
    """See GetReportLinks. No address without its note: what cannot be noted is not shown."""
    found = await store.reports_of(actor.scope(ask.roles), ask.ids)
    ready = [report for report in found if report["status"] == "READY"]
    if ready:
        first, *others = (report["_id"] for report in ready)
        await store.outbox.record_entry(
            actor.anywhere(ask.roles),
            action="reporting:report:open",
            subject=Subject(type="Report", id=first),
            concerns=concerning(*others),
        )
    return ReportLinksAnswer(nodes=tuple([await link(store, report) for report in ready]))


async def verify_report(store: Store, _: Actor, ask: VerifyReport) -> VerifiedReport:
    """What was recorded of the report with this id or printed number."""
    found = await store.ready_report(ask.id)
    if found is None:
        raise NotFound("There is no such report.")
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


def _largest(scope: Scope) -> str:
    """The area of the scope that is nearest to the nation; the first of equals."""
    return min(scope.codes, key=lambda code: (len(lineage(code)), code))


def _remaining(document: Document) -> int:
    done = counted(document, Figure.DELIVERED) + counted(document, Figure.FAILED)
    return counted(document, Figure.ENTITLED) - done
