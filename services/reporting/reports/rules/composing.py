"""From counters to what a report says. `total` counts a whole round in an area, `happened` what fell in the period."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from amanah.contracts.areas import AreaLevel, level, parent
from amanah.contracts.errors import Refused
from amanah.contracts.reports import ReportTemplate
from services.reporting.figures.rules.figures import Figure
from services.reporting.reports.rules.report import AreaLine, DayLine, GoodsLine, Tally

Counts = Mapping[str, int]
"""Counters by name; those that are missing are 0."""

_WEEK = timedelta(days=6)


class Good(NamedTuple):
    """What a round says of one good; `each` is what a recipient gets, in thousandths."""

    sku: str
    name: str
    unit: str
    each: int = 0


class Amount(NamedTuple):
    """Thousandths of one good."""

    entitled: int = 0
    delivered: int = 0


class Period(NamedTuple):
    """Local days, both included; None on a side that is open."""

    since: date | None = None
    until: date | None = None

    @property
    def whole(self) -> bool:
        """Whether it leaves nothing out."""
        return self.since is None and self.until is None


def period(template: ReportTemplate, since: date | None, until: date | None, today: date) -> Period:
    """The days a report covers: one for DAILY, seven for WEEKLY, what was asked for others; RECONCILIATION has none.

    Without dates a DAILY or WEEKLY ends today. Refuses with `period_reversed`, `period_wrong_length`, `period_not_taken`.
    """
    if since and until and since > until:
        raise Refused("period_reversed", "to")
    if template == ReportTemplate.RECONCILIATION and (since or until):
        raise Refused("period_not_taken", "from")
    if template not in (ReportTemplate.DAILY, ReportTemplate.WEEKLY):
        return Period(since, until)
    length = _WEEK if template == ReportTemplate.WEEKLY else timedelta()
    if since and until and until - since != length:
        days = "week" if template == ReportTemplate.WEEKLY else "day"
        raise Refused(f"period_wrong_length.{days}", "to")
    last = until or (since + length if since else today)
    return Period(last - length, last)


def tally(total: Counts, happened: Counts) -> Tally:
    """The counts of one area."""
    entitled, reached = total.get(Figure.ENTITLED, 0), total.get(Figure.DELIVERED, 0)
    return Tally(
        entitled=entitled,
        reached=reached,
        remaining=entitled - reached - total.get(Figure.FAILED, 0),
        delivered=happened.get(Figure.DELIVERED, 0),
        failed=happened.get(Figure.FAILED, 0),
        flagged=happened.get(Figure.FLAGGED, 0),
        disputed=total.get(Figure.DISPUTED, 0),
        open_cases=total.get(Figure.OPEN_CASES, 0),
    )


def goods_lines(
    known: Sequence[Good], total: Mapping[str, Amount], happened: Mapping[str, Amount]
) -> tuple[GoodsLine, ...]:
    """One line a good: those of the round in its order, then any other that was counted."""
    others = [Good(sku, sku, "") for sku in sorted(total.keys() - {good.sku for good in known})]
    lines = []
    for good in [*known, *others]:
        due, reached = total.get(good.sku, Amount())
        delivered = happened.get(good.sku, Amount()).delivered
        lines.append(
            GoodsLine(
                sku=good.sku,
                name=good.name,
                unit=good.unit,
                entitled=due,
                delivered=delivered,
                # More than is due can be handed over of a good; then nothing remains, rather than less than nothing.
                remaining=max(0, due - reached),
            )
        )
    return tuple(lines)


def area_lines(area: str, names: Mapping[str, str], tallies: Mapping[str, Tally]) -> tuple[AreaLine, ...]:
    """The areas one level below `area`, each followed by those below it; a village stands for itself."""
    if level(area) is AreaLevel.VILLAGE:
        return tuple(AreaLine(area=a, name=names[a], depth=0, tally=t) for a, t in tallies.items() if a == area)
    # A code sorts right before the codes below it.
    return tuple(
        AreaLine(area=code, name=names[code], depth=0 if parent(code) == area else 1, tally=tallies[code])
        for code in sorted(tallies)
        if code != area
    )


def day_line(day: date, happened: Counts) -> DayLine:
    """One day."""
    return DayLine(
        day=day,
        delivered=happened.get(Figure.DELIVERED, 0),
        failed=happened.get(Figure.FAILED, 0),
        flagged=happened.get(Figure.FLAGGED, 0),
    )
