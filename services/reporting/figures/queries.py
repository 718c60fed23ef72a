"""Progress of a round."""

import asyncio
from datetime import date

from amanah.contracts.actor import Actor
from amanah.contracts.areas import Scope, lineage
from amanah.contracts.figures import AreaFigures, DayFigures, GetProgress, ItemFigures, ProgressView
from amanah.contracts.message import from_milli
from amanah.runtime.rpc import answers
from services.reporting.figures.documents import Counters
from services.reporting.figures.lookup import find_round, find_total, list_days, list_totals_below
from services.reporting.figures.position import read_position
from services.reporting.figures.rules.counters import Figure
from services.reporting.figures.views import figure_of, goods_of, round_goods
from services.reporting.store import Store


@answers
async def get_progress(store: Store, actor: Actor, ask: GetProgress) -> ProgressView:
    """Returns the figures of a round in an area: one find for the area, one for those below, one for its days."""
    scope = actor.scope(ask.roles)
    round_ = await find_round(store, scope, ask.round_id)
    area = ask.area or _largest(scope.narrowed(round_["area"]))
    # The position is read first: the figures include at least the events before it.
    position = await read_position(store)
    found, children, days = await asyncio.gather(
        find_total(store, scope, round_["_id"], area),
        list_totals_below(store, scope, round_["_id"], [area]),
        list_days(store, scope, round_["_id"], area),
    )
    total: Counters = found or {}
    known = round_goods(round_)
    amounts = goods_of(total, known)
    return ProgressView(
        as_of=position.as_of or round_["at"],
        area=area,
        entitled=figure_of(total, Figure.ENTITLED),
        delivered=figure_of(total, Figure.DELIVERED),
        failed=figure_of(total, Figure.FAILED),
        remaining=_remaining(total),
        flagged=figure_of(total, Figure.FLAGGED),
        disputed=figure_of(total, Figure.DISPUTED),
        open_cases=figure_of(total, Figure.OPEN_CASES),
        quantities=tuple(
            ItemFigures(
                sku=good.sku,
                unit=good.unit,
                entitled=from_milli(amounts.get(good.sku, {}).get("entitled", 0)),
                # Negative only while a reversal is counted and its handover is in the dead letters.
                delivered=from_milli(max(0, amounts.get(good.sku, {}).get("delivered", 0))),
            )
            for good in known
        ),
        children=tuple(
            AreaFigures(
                area=child["area"],
                entitled=figure_of(child, Figure.ENTITLED),
                delivered=figure_of(child, Figure.DELIVERED),
                failed=figure_of(child, Figure.FAILED),
                remaining=_remaining(child),
                flagged=figure_of(child, Figure.FLAGGED),
            )
            for child in children
        ),
        daily=tuple(
            DayFigures(
                date=date.fromisoformat(day["day"]),
                delivered=figure_of(day, Figure.DELIVERED),
                failed=figure_of(day, Figure.FAILED),
            )
            for day in days
        ),
    )


def _largest(scope: Scope) -> str:
    """Returns the area of the scope that is nearest to the nation; the first of equals."""
    return min(scope.codes, key=lambda code: (len(lineage(code)), code))


def _remaining(document: Counters) -> int:
    done = figure_of(document, Figure.DELIVERED) + figure_of(document, Figure.FAILED)
    return figure_of(document, Figure.ENTITLED) - done
