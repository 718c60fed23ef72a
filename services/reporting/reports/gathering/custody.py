"""The reconciliation: what came in and went out at every place and on every leg."""

import asyncio
from collections.abc import Sequence

from amanah.contracts.errors import AmanahError
from amanah.runtime.mongo import Tx
from amanah.runtime.tables import Document
from services.reporting.figures.rules.balances import COLUMNS, Line, holds, leg_of, totals
from services.reporting.reports.gathering.request import Asked, counted_until, counts_of
from services.reporting.reports.rendering import BalanceFile
from services.reporting.reports.rules.composing import tally
from services.reporting.reports.rules.report import Content
from services.reporting.store import Position, Store, goods_of


async def gather(store: Store, asked: Asked, listing: BalanceFile) -> Content:
    """The content of a reconciliation as of now; `listing` gets the balances, legs before places.

    Raises AmanahError when a balance does not hold: then something was lost in counting, not on the way.
    """

    async def read(tx: Tx) -> tuple[Position, Document, Sequence[Document]]:
        return (
            await store.position(tx=tx),
            await store.total(asked.scope, asked.round["_id"], asked.area, tx=tx),
            await store.balances_of(asked.scope, asked.round["_id"], asked.area, tx=tx),
        )

    position, total, found = await store.db.transaction(read)
    as_of = counted_until(position)
    lines = [Line(doc["account"], doc["sku"], {column: doc.get(column, 0) for column in COLUMNS}) for doc in found]
    lines = sorted((line for line in lines if any(line.row.values())), key=_legs_first)
    if not all(holds(line.row) for line in lines):
        raise AmanahError("figures_disagree")
    await asyncio.to_thread(listing.add, lines)
    return Content(
        **asked.about(store.areas),
        position=str(position),
        as_of=as_of,
        totals=tally(counts_of(total), counts_of(total)),
        custody=totals(goods_of(asked.round), lines),
        ledger=listing.summary(),
    )


def _legs_first(line: Line) -> tuple[bool, str, str]:
    return leg_of(line.account) is None, line.account, line.sku
