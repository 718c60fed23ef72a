"""A round on a map: what was handed over where, counted by cell."""

import strawberry

from amanah.contracts.errors import BadInput
from amanah.contracts.map import GetMapClusters
from gateway.context import Info
from gateway.schema.fields import resolved


@strawberry.input(description="A part of the earth (WGS 84), in degrees.")
class BoundsInput:
    """What a map shows."""

    south: float
    west: float
    north: float
    east: float


@strawberry.type(description="What happened in one cell of a map, at the middle of the places where it did.")
class MapCluster:
    """One cell."""

    latitude: float
    longitude: float
    count: int = strawberry.field(description="Handovers and failed attempts.")
    delivered: int
    failed: int = strawberry.field(description="Attempts that failed, also of recipients who were served later.")
    flagged: int


def asked(round_id: str, bounds: BoundsInput, zoom: int) -> GetMapClusters:
    """The request for a map. Raises BadInput for bounds that are none."""
    if not (-90 <= bounds.south < bounds.north <= 90 and -180 <= bounds.west < bounds.east <= 180):
        raise BadInput("bounds_wrong", "bounds")
    return GetMapClusters(
        round_id=round_id,
        south_e6=round(bounds.south * 1e6),
        west_e6=round(bounds.west * 1e6),
        north_e6=round(bounds.north * 1e6),
        east_e6=round(bounds.east * 1e6),
        zoom=zoom,
    )


@strawberry.type
class MapQueries:
    """Queries on maps."""

    @resolved(
        "A round's handovers on a map, in the viewer's areas, counted by cell; `zoom` (0 to 30) is that of web maps. A map "
        "that shows too much is answered with larger cells."
    )
    async def map_clusters(
        self, info: Info, round_id: strawberry.ID, bounds: BoundsInput, zoom: int
    ) -> list[MapCluster]:
        """The cells in which something happened."""
        answer = await info.context.call(asked(round_id, bounds, zoom))
        return [
            MapCluster(
                latitude=cell.latitude_e6 / 1e6,
                longitude=cell.longitude_e6 / 1e6,
                count=cell.count,
                delivered=cell.delivered,
                failed=cell.failed,
                flagged=cell.flagged,
            )
            for cell in answer.nodes
        ]
