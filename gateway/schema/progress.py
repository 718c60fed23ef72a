"""Live figures of a round, as reporting has rolled them up."""

from datetime import date, datetime
from decimal import Decimal

import strawberry

from amanah.contracts.figures import GetProgress, ProgressView
from gateway.context import Info
from gateway.schema.areas import Area, area
from gateway.schema.fields import resolved
from gateway.schema.scalars import AreaCode


@strawberry.type(description="How much of one good is due, and how much was handed over.")
class ItemFigures:
    """One good's figures."""

    sku: str
    unit: str
    entitled: Decimal
    delivered: Decimal


@strawberry.type(description="The figures of one area.")
class AreaFigures:
    """One area's figures."""

    entitled: int
    delivered: int
    failed: int
    remaining: int
    flagged: int
    area_code: strawberry.Private[str]

    @resolved("Which area.")
    def area(self, info: Info) -> Area:
        """The area."""
        return area(info.context.areas, self.area_code)


@strawberry.type(description="What happened on one local day.")
class DayFigures:
    """One day's figures."""

    date: date
    delivered: int
    failed: int


@strawberry.type(description="Where a round stands in an area, in the areas one level below, and by day.")
class Progress:
    """The figures of a round in an area."""

    as_of: datetime = strawberry.field(description="When the last event happened that is counted.")
    entitled: int
    delivered: int
    failed: int
    remaining: int
    flagged: int
    open_cases: int
    disputed: int = strawberry.field(description="Handovers that their recipients contradict; they count as delivered.")
    quantities: list[ItemFigures]
    children: list[AreaFigures]
    daily: list[DayFigures]
    area_code: strawberry.Private[str]

    @resolved("Which area.")
    def area(self, info: Info) -> Area:
        """The area."""
        return area(info.context.areas, self.area_code)


def progress(view: ProgressView) -> Progress:
    """The figures of a view."""
    return Progress(
        as_of=view.as_of,
        entitled=view.entitled,
        delivered=view.delivered,
        failed=view.failed,
        remaining=view.remaining,
        flagged=view.flagged,
        open_cases=view.open_cases,
        disputed=view.disputed,
        quantities=[
            ItemFigures(sku=q.sku, unit=q.unit, entitled=q.entitled, delivered=q.delivered) for q in view.quantities
        ],
        children=[
            AreaFigures(
                entitled=c.entitled,
                delivered=c.delivered,
                failed=c.failed,
                remaining=c.remaining,
                flagged=c.flagged,
                area_code=c.area,
            )
            for c in view.children
        ],
        daily=[DayFigures(date=d.date, delivered=d.delivered, failed=d.failed) for d in view.daily],
        area_code=view.area,
    )


@strawberry.type
class ProgressQueries:
    """Queries on progress."""

    @resolved("A round's figures in `area`, or in the largest area of it that the viewer may see.")
    async def progress(self, info: Info, round_id: strawberry.ID, area: AreaCode | None = None) -> Progress | None:
        """A round's figures."""
        ask = GetProgress(round_id=round_id, area=area)
        return progress(await info.context.call(ask, within=[area] if area else []))
