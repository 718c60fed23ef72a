"""Live figures of a round, aggregated by the reporting service."""

import strawberry

from amanah.contracts import figures
from amanah.contracts.figures import GetProgress, ProgressView
from gateway.context import Info
from gateway.schema.areas import Area, area_of
from gateway.schema.derive import over, resolver
from gateway.schema.scalars import AreaCode


@over(figures.ItemFigures)
class ItemFigures:
    """Figures of one good."""


@over(figures.AreaFigures)
class AreaFigures:
    """Figures of one area."""

    area: Area = strawberry.field(resolver=area_of, description="Area of the figures.")


@over(figures.DayFigures)
class DayFigures:
    """Figures of one local day."""


@over(ProgressView)
class Progress:
    """Figures of a round in an area, in the areas one level below, and by day."""

    area: Area = strawberry.field(resolver=area_of, description="Area of the figures.")


@strawberry.type
class ProgressQueries:
    """Queries on progress."""

    @resolver
    async def progress(self, info: Info, round_id: strawberry.ID, area: AreaCode | None = None) -> ProgressView | None:
        """Figures of a round in `area`, or in the largest area of it that the viewer may see."""
        ask = GetProgress(round_id=round_id, area=area)
        return await info.context.call(ask, within=[area] if area else [])
