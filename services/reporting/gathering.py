"""What a report says, read from the figures: all counters and the position in one snapshot, then the rows behind them."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from amanah.contracts.areas import AreaLevel, Scope, level, lineage
from amanah.contracts.errors import AmanahError, Unavailable
from amanah.mongo import Document, Tx
from services.reporting.domain.composing import (
    Amount,
    Counts,
    Good,
    Period,
    area_lines,
    day_line,
    goods_lines,
    tally,
)
from services.reporting.domain.figures import Figure
from services.reporting.domain.report import Author, Content
from services.reporting.domain.standing import handover_status
from services.reporting.rendering import HandoverLine, LedgerFile
from services.reporting.store import Position, Store, counted, goods, goods_of

_PIECE = 1000


class _Snapshot(NamedTuple):
    """All figures of a report as they stood together. `around` are those of the area and of two levels below it."""

    position: Position
    around: Sequence[Document]
    days: Sequence[Document]
    days_around: Sequence[Document]


async def gather(store: Store, report: Document, round_: Document, ledger: LedgerFile) -> Content:
    """The content of a report as of now; `ledger` gets its handovers.

    Raises AmanahError when the rows do not bear out the figures: better no report than one that cannot be traced.
    """
    # The request was allowed for this area; that is all the report may show.
    scope, area = Scope([report["area"]]), report["area"]
    period = Period(*(date.fromisoformat(day) if day else None for day in (report["since"], report["until"])))

    async def read(tx: Tx) -> _Snapshot:
        return await _snapshot(store, tx, scope, round_["_id"], area, period)

    found = await store.db.transaction(read)
    if found.position.as_of is None:
        raise Unavailable("No event was counted yet.")
    await _spool(store, ledger, found.position, scope, round_["_id"], area, period)
    total = next((doc for doc in found.around if doc["area"] == area), {})
    happened = total if period.whole else _sum(found.days)
    listed = ledger.summary()
    if listed.count - listed.reversed != counted(happened, Figure.DELIVERED) - counted(happened, Figure.BY_PAYMENT):
        raise AmanahError("The handovers do not add up to the figures.", code="figures_disagree")
    below: dict[str, list[Document]] = {}
    for document in found.days_around:
        below.setdefault(document["area"], []).append(document)
    tallies = {
        doc["area"]: tally(_counts(doc), _counts(doc if period.whole else _sum(below.get(doc["area"], []))))
        for doc in found.around
    }
    own = tally(_counts(total), _counts(happened))
    known = goods_of(round_)
    return Content(
        template=report["template"],
        language=report["language"],
        round_id=round_["_id"],
        round_name=round_["name"],
        program_name=round_["programName"],
        area=area,
        place=tuple(store.areas.name(code) for code in lineage(area)[1:]),
        since=period.since,
        until=period.until,
        author=Author(name=report["requestedBy"]["name"], role=report["requestedBy"]["role"]),
        position=str(found.position),
        as_of=found.position.as_of,
        totals=own,
        goods=goods_lines(known, _amounts(total, known), _amounts(happened, known)),
        areas=area_lines(area, {code: store.areas.name(code) for code in tallies}, tallies),
        days=tuple(day_line(date.fromisoformat(doc["day"]), _counts(doc)) for doc in found.days),
        ledger=listed,
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


async def _spool(
    store: Store, ledger: LedgerFile, position: Position, scope: Scope, round_id: str, area: str, period: Period
) -> None:
    piece: list[HandoverLine] = []
    async for row in store.handovers_in(scope, round_id, area, period.since, period.until):
        if position.covers(row):
            piece.append(_line(store, row, position))
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


def _counts(document: Document) -> Counts:
    return {figure.value: counted(document, figure) for figure in Figure}


def _amounts(document: Document, known: Sequence[Good]) -> Mapping[str, Amount]:
    return {sku: Amount(a.get("entitled", 0), a.get("delivered", 0)) for sku, a in goods(document, known).items()}
