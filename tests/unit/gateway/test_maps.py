"""Maps as frontends ask for them: degrees outside, microdegrees inside."""

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.map import GetMapClusters, MapCluster, MapClusters
from tests.unit.gateway.conftest import Gateway

HERE = {"south": -7.0, "west": 106.0, "north": -6.0, "east": 107.5}


async def test_a_map_is_asked_for_in_degrees(gateway: Gateway, supervisor: Actor) -> None:
    cell = MapCluster(latitude_e6=-6_587_100, longitude_e6=106_656_700, count=5, delivered=4, failed=1, flagged=2)
    gateway.owners.answers[GetMapClusters] = MapClusters(nodes=(cell,))
    data = await gateway.data(supervisor, "MapClusters", roundId="rnd_1", bounds=HERE, zoom=12)
    assert data["mapClusters"] == [
        {"latitude": -6.5871, "longitude": 106.6567, "count": 5, "delivered": 4, "failed": 1, "flagged": 2}
    ]
    (asked,) = gateway.owners.asked
    assert isinstance(asked, GetMapClusters)
    assert (asked.south_e6, asked.east_e6, asked.zoom) == (-7_000_000, 107_500_000, 12)


@pytest.mark.parametrize("change", [{"south": -5.0}, {"east": 100.0}, {"north": 91.0}, {"west": -181.0}])
async def test_bounds_go_from_south_to_north_and_from_west_to_east(
    gateway: Gateway, supervisor: Actor, change: dict[str, float]
) -> None:
    response = await gateway.ask(supervisor, "MapClusters", roundId="rnd_1", bounds=HERE | change, zoom=12)
    assert response["errors"][0]["extensions"]["reason"] == "bounds_wrong"
    assert gateway.owners.asked == []


@pytest.mark.parametrize("zoom", [-1, 31])
async def test_a_zoom_is_that_of_web_maps(gateway: Gateway, supervisor: Actor, zoom: int) -> None:
    response = await gateway.ask(supervisor, "MapClusters", roundId="rnd_1", bounds=HERE, zoom=zoom)
    assert response["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
