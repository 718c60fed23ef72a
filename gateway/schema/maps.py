"""Map of a round: handovers counted by cell."""

import strawberry

from amanah.contracts import map as map_contract
from amanah.contracts.errors import BadInput
from amanah.contracts.map import GetMapClusters
from gateway.context import Info
from gateway.schema.derive import over, resolver


@strawberry.input(description="Part of the earth (WGS 84) in degrees.")
class BoundsInput:
    """Part of the earth (WGS 84) in degrees."""

    south: float
    west: float
    north: float
    east: float


@over(map_contract.MapCluster, without=("latitude_e6", "longitude_e6"))
class MapCluster:
    """Handovers in one cell of a map, at the mean of their places."""

    latitude: float = strawberry.field(description="Degrees north.")
    longitude: float = strawberry.field(description="Degrees east.")


def map_request(round_id: str, bounds: BoundsInput, zoom: int) -> GetMapClusters:
    """Builds the request for a map. Raises BadInput for invalid bounds."""
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

    @resolver
    async def map_clusters(
        self, info: Info, round_id: strawberry.ID, bounds: BoundsInput, zoom: int
    ) -> tuple[map_contract.MapCluster, ...]:
        """Handovers of a round on a map, in the viewer's areas, counted by cell.

        `zoom` (0 to 30) is that of web maps. A map with too many cells is answered with larger ones.
        """
        answer = await info.context.call(map_request(round_id, bounds, zoom))
        return answer.nodes
