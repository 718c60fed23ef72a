"""Queries on the figures of a round."""

import asyncio
from datetime import date

from amanah.contracts.actor import Actor
from amanah.contracts.areas import Scope, lineage
from amanah.contracts.figures import AreaFigures, DayFigures, GetProgress, ItemFigures, ProgressView
from amanah.contracts.message import from_milli
from amanah.runtime.rpc import answers
from amanah.runtime.tables import Document
from services.reporting.figures.rules.figures import Figure
from services.reporting.store import Store, counted, goods, goods_of


@answers
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


def _largest(scope: Scope) -> str:
    """The area of the scope that is nearest to the nation; the first of equals."""
    return min(scope.codes, key=lambda code: (len(lineage(code)), code))


def _remaining(document: Document) -> int:
    done = counted(document, Figure.DELIVERED) + counted(document, Figure.FAILED)
    return counted(document, Figure.ENTITLED) - done
