"""Data of reports of figures: all counters and the position in one snapshot, then the handovers behind them."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from amanah.contracts.areas import AreaLevel, Scope, level
from amanah.contracts.errors import AmanahError
from amanah.contracts.reports import ReportTemplate
from amanah.runtime.mongo import Tx
from services.reporting.figures.documents import Counters, DayDocument, HandoverDocument, TotalDocument
from services.reporting.figures.lookup import (
    find_total,
    list_days,
    list_days_below,
    list_totals_below,
    stream_handovers,
)
from services.reporting.figures.position import read_position
from services.reporting.figures.rules.counters import Figure
from services.reporting.figures.rules.goods import Good
from services.reporting.figures.rules.position import Position
from services.reporting.figures.rules.status import REVERSED
from services.reporting.figures.views import (
    figure_of,
    figures_of,
    goods_of,
    handover_status_at,
    is_counted,
    round_goods,
    sum_counters,
)
from services.reporting.reports.data.request import ReportRequest, require_as_of
from services.reporting.reports.rendering import HandoverFile, HandoverLine
from services.reporting.reports.rendering.layouts import layout_digest
from services.reporting.reports.rules.periods import Period
from services.reporting.reports.rules.report import Content
from services.reporting.reports.rules.tables import Amount, area_lines, day_line, goods_lines, tally
from services.reporting.store import Store

_BATCH = 1000


class _Snapshot(NamedTuple):
    """All figures of a report at one position: totals and days of the area and of two levels below it."""

    position: Position
    totals: Sequence[TotalDocument]
    days: Sequence[DayDocument]
    days_by_area: Sequence[DayDocument]


async def collect(store: Store, request: ReportRequest, listing: HandoverFile) -> Content:
    """Returns the content of a report of figures as of now; `listing` gets its handovers.

    Raises AmanahError when the rows do not add up to the figures: a report must be traceable.
    """
    scope, area, period, round_ = request.scope, request.area, request.period, request.round

    async def read(tx: Tx) -> _Snapshot:
        return await _read_snapshot(store, tx, scope, round_["_id"], area, period)

    found = await store.db.transaction(read)
    as_of = require_as_of(found.position)
    # Minutes list deliveries; other reports list reversed handovers too.
    is_minutes = request.template == ReportTemplate.BAST
    await _list_handovers(store, listing, found.position, request, with_reversed=not is_minutes)
    own = next((doc for doc in found.totals if doc["area"] == area), None)
    total: Counters = own or {}
    in_period: Counters = total if period.whole else sum_counters(found.days)
    listed = listing.summary()
    if listed.count - listed.reversed != figure_of(in_period, Figure.DELIVERED) - figure_of(
        in_period, Figure.BY_PAYMENT
    ):
        raise AmanahError("figures_disagree")
    days: dict[str, list[DayDocument]] = {}
    for document in found.days_by_area:
        days.setdefault(document["area"], []).append(document)
    tallies = {
        doc["area"]: tally(
            figures_of(doc), figures_of(doc if period.whole else sum_counters(days.get(doc["area"], [])))
        )
        for doc in found.totals
    }
    known = round_goods(round_)
    return Content(
        **request.facts(store.areas),
        position=str(found.position),
        as_of=as_of,
        totals=tally(figures_of(total), figures_of(in_period)),
        goods=goods_lines(known, _amounts(total, known), _amounts(in_period, known)),
        areas=area_lines(area, {code: store.areas.name(code) for code in tallies}, tallies),
        days=tuple(day_line(date.fromisoformat(doc["day"]), figures_of(doc)) for doc in found.days),
        ledger=listed,
        layout=await asyncio.to_thread(layout_digest, store.settings.layouts) if is_minutes else "",
    )


async def _read_snapshot(store: Store, tx: Tx, scope: Scope, round_id: str, area: str, period: Period) -> _Snapshot:
    own = await find_total(store, scope, round_id, area, tx=tx)
    children: Sequence[TotalDocument] = ()
    if level(area) is not AreaLevel.VILLAGE:
        children = await list_totals_below(store, scope, round_id, [area], tx=tx)
    parents = [doc["area"] for doc in children if level(doc["area"]) is not AreaLevel.VILLAGE]
    grandchildren = await list_totals_below(store, scope, round_id, parents, tx=tx) if parents else ()
    days = await list_days(store, scope, round_id, area, period.since, period.until, tx=tx)
    days_by_area = days
    if not period.whole:
        below = await list_days_below(store, scope, round_id, [area, *parents], period.since, period.until, tx=tx)
        days_by_area = [*days, *below]
    totals = [own] if own else []
    return _Snapshot(await read_position(store, tx=tx), [*totals, *children, *grandchildren], days, days_by_area)


async def _list_handovers(
    store: Store, listing: HandoverFile, position: Position, request: ReportRequest, *, with_reversed: bool
) -> None:
    batch: list[HandoverLine] = []
    since, until = request.period
    async for row in stream_handovers(store, request.scope, request.round["_id"], request.area, since, until):
        if not is_counted(row, position):
            continue
        line = _line(store, row, position)
        if with_reversed or line.status != REVERSED:
            batch.append(line)
        if len(batch) == _BATCH:
            await asyncio.to_thread(listing.add, batch)
            batch = []
    await asyncio.to_thread(listing.add, batch)


def _line(store: Store, row: HandoverDocument, position: Position) -> HandoverLine:
    return HandoverLine(
        id=row["_id"],
        at=row["at"],
        village=row["area"],
        village_name=store.areas.name(row["area"]),
        officer_id=row["officer"],
        status=handover_status_at(row, position),
        photo_sha256=row["photo"],
        flags=tuple(row["flags"]),
        items={item["sku"]: item["milli"] for item in row["items"]},
    )


def _amounts(document: Counters, known: Sequence[Good]) -> Mapping[str, Amount]:
    goods = goods_of(document, known)
    return {sku: Amount(row.get("entitled", 0), row.get("delivered", 0)) for sku, row in goods.items()}
