"""Reports of figures: all counters and the position in one snapshot, then the handovers behind them."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from amanah.contracts.areas import AreaLevel, Scope, level
from amanah.contracts.errors import AmanahError
from amanah.contracts.reports import ReportTemplate
from amanah.runtime.mongo import Tx
from amanah.runtime.tables import Document
from services.reporting.figures.rules.figures import Figure
from services.reporting.figures.rules.status import REVERSED, handover_status
from services.reporting.reports.gathering.request import Asked, counted_until, counts_of
from services.reporting.reports.rendering import HandoverLine, LedgerFile
from services.reporting.reports.rendering.layouts import fingerprint
from services.reporting.reports.rules.composing import Amount, Good, Period, area_lines, day_line, goods_lines, tally
from services.reporting.reports.rules.report import Content
from services.reporting.store import Position, Store, counted, goods, goods_of

_PIECE = 1000


class _Snapshot(NamedTuple):
    """All figures of a report as they stood together. `around` are those of the area and of two levels below it."""

    position: Position
    around: Sequence[Document]
    days: Sequence[Document]
    days_around: Sequence[Document]


async def gather(store: Store, asked: Asked, ledger: LedgerFile) -> Content:
    """The content of a report of figures as of now; `ledger` gets its handovers.

    Raises AmanahError when the rows do not bear out the figures: better no report than one that cannot be traced.
    """
    scope, area, period, round_ = asked.scope, asked.area, asked.period, asked.round

    async def read(tx: Tx) -> _Snapshot:
        return await _snapshot(store, tx, scope, round_["_id"], area, period)

    found = await store.db.transaction(read)
    as_of = counted_until(found.position)
    # Minutes are of what was handed over; other reports keep what was taken back on the list.
    await _spool(store, ledger, found.position, asked, with_reversed=asked.template != ReportTemplate.BAST)
    total = next((doc for doc in found.around if doc["area"] == area), {})
    happened = total if period.whole else _sum(found.days)
    listed = ledger.summary()
    if listed.count - listed.reversed != counted(happened, Figure.DELIVERED) - counted(happened, Figure.BY_PAYMENT):
        raise AmanahError("figures_disagree")
    below: dict[str, list[Document]] = {}
    for document in found.days_around:
        below.setdefault(document["area"], []).append(document)
    tallies = {
        doc["area"]: tally(counts_of(doc), counts_of(doc if period.whole else _sum(below.get(doc["area"], []))))
        for doc in found.around
    }
    known = goods_of(round_)
    return Content(
        **asked.about(store.areas),
        position=str(found.position),
        as_of=as_of,
        totals=tally(counts_of(total), counts_of(happened)),
        goods=goods_lines(known, _amounts(total, known), _amounts(happened, known)),
        areas=area_lines(area, {code: store.areas.name(code) for code in tallies}, tallies),
        days=tuple(day_line(date.fromisoformat(doc["day"]), counts_of(doc)) for doc in found.days),
        ledger=listed,
        layout=await asyncio.to_thread(fingerprint, store.settings.layouts)
        if asked.template == ReportTemplate.BAST
        else "",
    )


async def _snapshot(store: Store, tx: Tx, scope: Scope, round_id: str, area: str, period: Period) -> _Snapshot:
    own = await store.total(scope, round_id, area, tx=tx)
    parents = [area]
    children: Sequence[Document] = ()
    if level(area) is not AreaLevel.VILLAGE:
        children = await store.below(scope, round_id, parents, tx=tx)
    within = [doc["area"] for doc in children if level(doc["area"]) is not AreaLevel.VILLAGE]
    grandchildren = await store.below(scope, round_id, within, tx=tx) if within else ()
    days = await store.by_day(scope, round_id, area, period.since, period.until, tx=tx)
    days_around: Sequence[Document] = days
    if not period.whole:
        below = await store.days_below(scope, round_id, [area, *within], period.since, period.until, tx=tx)
        days_around = [*days, *below]
    around = [own] if own else []
    return _Snapshot(await store.position(tx=tx), [*around, *children, *grandchildren], days, days_around)


async def _spool(store: Store, ledger: LedgerFile, position: Position, asked: Asked, *, with_reversed: bool) -> None:
    piece: list[HandoverLine] = []
    since, until = asked.period
    async for row in store.handovers_in(asked.scope, asked.round["_id"], asked.area, since, until):
        if not position.covers(row):
            continue
        line = _line(store, row, position)
        if with_reversed or line.status != REVERSED:
            piece.append(line)
        if len(piece) == _PIECE:
            await asyncio.to_thread(ledger.add, piece)
            piece = []
    await asyncio.to_thread(ledger.add, piece)


def _line(store: Store, row: Document, position: Position) -> HandoverLine:
    return HandoverLine(
        id=row["_id"],
        at=row["at"],
        village=row["area"],
        village_name=store.areas.name(row["area"]),
        officer_id=row["officer"],
        status=handover_status(state["status"] for state in row.get("states", ()) if position.covers(state)),
        photo_sha256=row["photo"],
        flags=tuple(row["flags"]),
        items={item["sku"]: item["milli"] for item in row["items"]},
    )


def _sum(documents: Sequence[Document]) -> Document:
    """The counters of several documents as those of one."""
    amounts: dict[str, dict[str, int]] = {}
    for document in documents:
        for sku, amount in document.get("goods", {}).items():
            row = amounts.setdefault(sku, {})
            for name, thousandths in amount.items():
                row[name] = row.get(name, 0) + thousandths
    return {figure.value: sum(counted(doc, figure) for doc in documents) for figure in Figure} | {"goods": amounts}


def _amounts(document: Document, known: Sequence[Good]) -> Mapping[str, Amount]:
    return {sku: Amount(a.get("entitled", 0), a.get("delivered", 0)) for sku, a in goods(document, known).items()}
