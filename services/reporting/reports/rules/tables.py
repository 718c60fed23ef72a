"""Lines of a report from counters: `total` over a whole round in an area, `in_period` over the report's period."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from amanah.contracts.areas import AreaLevel, level, parent
from services.reporting.figures.rules.counters import Figure
from services.reporting.figures.rules.goods import Good
from services.reporting.reports.rules.report import AreaCounts, AreaLine, DayLine, GoodsLine

Counts = Mapping[str, int]
"""Counters by name; an absent one is 0."""


class Amount(NamedTuple):
    """Thousandths of one good."""

    entitled: int = 0
    delivered: int = 0


def tally(total: Counts, in_period: Counts) -> AreaCounts:
    """Returns the counts of one area."""
    entitled, reached = total.get(Figure.ENTITLED, 0), total.get(Figure.DELIVERED, 0)
    return AreaCounts(
        entitled=entitled,
        reached=reached,
        remaining=entitled - reached - total.get(Figure.FAILED, 0),
        delivered=in_period.get(Figure.DELIVERED, 0),
        failed=in_period.get(Figure.FAILED, 0),
        flagged=in_period.get(Figure.FLAGGED, 0),
        disputed=total.get(Figure.DISPUTED, 0),
        open_cases=total.get(Figure.OPEN_CASES, 0),
    )


def goods_lines(
    known: Sequence[Good], total: Mapping[str, Amount], in_period: Mapping[str, Amount]
) -> tuple[GoodsLine, ...]:
    """Returns a line per good: those of the round in its order, then any other that was counted."""
    others = [Good(sku, sku, "") for sku in sorted(total.keys() - {good.sku for good in known})]
    lines = []
    for good in [*known, *others]:
        due, reached = total.get(good.sku, Amount())
        delivered = in_period.get(good.sku, Amount()).delivered
        lines.append(
            GoodsLine(
                sku=good.sku,
                name=good.name,
                unit=good.unit,
                entitled=due,
                delivered=delivered,
                # More than the entitled quantity can be handed over; the remaining quantity is never negative.
                remaining=max(0, due - reached),
            )
        )
    return tuple(lines)


def area_lines(area: str, names: Mapping[str, str], tallies: Mapping[str, AreaCounts]) -> tuple[AreaLine, ...]:
    """Returns the areas one level below `area`, each followed by those below it; for a village, the village."""
    if level(area) is AreaLevel.VILLAGE:
        return tuple(AreaLine(area=a, name=names[a], depth=0, tally=t) for a, t in tallies.items() if a == area)
    # A code sorts right before the codes below it.
    return tuple(
        AreaLine(area=code, name=names[code], depth=0 if parent(code) == area else 1, tally=tallies[code])
        for code in sorted(tallies)
        if code != area
    )


def day_line(day: date, in_period: Counts) -> DayLine:
    """Returns the line of one day."""
    return DayLine(
        day=day,
        delivered=in_period.get(Figure.DELIVERED, 0),
        failed=in_period.get(Figure.FAILED, 0),
        flagged=in_period.get(Figure.FLAGGED, 0),
    )
