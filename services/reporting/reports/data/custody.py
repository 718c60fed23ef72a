"""Data of the reconciliation: incoming and outgoing quantities at every place and on every leg."""

import asyncio

from amanah.contracts.errors import AmanahError
from amanah.runtime.mongo import Tx
from services.reporting.figures.documents import BalanceDocument, Counters
from services.reporting.figures.lookup import find_total, list_balances
from services.reporting.figures.position import read_position
from services.reporting.figures.rules.balances import BalanceLine, good_balances, is_balanced, leg_of
from services.reporting.figures.rules.position import Position
from services.reporting.figures.views import balance_line, figures_of, round_goods
from services.reporting.reports.data.request import ReportRequest, require_as_of
from services.reporting.reports.rendering import BalanceFile
from services.reporting.reports.rules.report import Content
from services.reporting.reports.rules.tables import tally
from services.reporting.store import Store


async def collect(store: Store, request: ReportRequest, listing: BalanceFile) -> Content:
    """Returns the content of a reconciliation as of now; `listing` gets the balances, legs before places.

    Raises AmanahError when a balance does not add up: the projection is then wrong, not the custody.
    """

    async def read(tx: Tx) -> tuple[Position, Counters, list[BalanceDocument]]:
        return (
            await read_position(store, tx=tx),
            await find_total(store, request.scope, request.round["_id"], request.area, tx=tx) or {},
            await list_balances(store, request.scope, request.round["_id"], request.area, tx=tx),
        )

    position, total, found = await store.db.transaction(read)
    as_of = require_as_of(position)
    lines = sorted((line for line in map(balance_line, found) if any(line.row.values())), key=_legs_first)
    if not all(is_balanced(line.row) for line in lines):
        raise AmanahError("figures_disagree")
    await asyncio.to_thread(listing.add, lines)
    return Content(
        **request.facts(store.areas),
        position=str(position),
        as_of=as_of,
        totals=tally(figures_of(total), figures_of(total)),
        custody=good_balances(round_goods(request.round), lines),
        ledger=listing.summary(),
    )


def _legs_first(line: BalanceLine) -> tuple[bool, str, str]:
    return leg_of(line.account) is None, line.account, line.sku
