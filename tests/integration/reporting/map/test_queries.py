"""A round on a map, in the viewer's own areas only, at a cost that does not grow with handovers."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.handovers.events import Spot
from amanah.contracts.map import GetMapClusters, MapCluster
from amanah.contracts.message import Event
from services.reporting.map.documents import CELLS
from services.reporting.map.queries import get_map_clusters
from services.reporting.store import Store
from tests.integration.reporting.conftest import MakeHandover, Publish, Run

HERE = {"south_e6": -7_000_000, "west_e6": 106_000_000, "north_e6": -6_000_000, "east_e6": 108_000_000}


def spot(lat: int, lon: int) -> Spot:
    return Spot(latitude_e6=-6_240_000 + lat * 100, longitude_e6=107_010_000 + lon * 100)


async def test_a_map_is_counted_by_cell_and_area(
    store: Store,
    publish: Publish,
    counted: Run,
    opened: Sequence[Event],
    handover: MakeHandover,
    person: Callable[..., Actor],
) -> None:
    near = [handover(0, 20, location=spot(n, 0)) for n in range(3)]
    far = [handover(1, 20, location=spot(2_000, 2_000), flags=("too_fast",)) for _ in range(2)]
    await publish(*opened, *near, *far, handover(1, 20))
    await counted()

    async def clusters(scope: str, zoom: int, **bounds: int) -> list[MapCluster]:
        ask = GetMapClusters(round_id="rnd_1", zoom=zoom, **(HERE | bounds))
        return list((await get_map_clusters(store, person("Sri", SUPERVISOR=scope), ask)).nodes)

    whole = await clusters("32.75", 5)
    assert [(c.count, c.delivered, c.flagged) for c in whole] == [(5, 5, 2)]
    apart = await clusters("32.75", 12)
    assert sorted((c.count, c.flagged) for c in apart) == [(2, 2), (3, 0)]
    assert {(c.latitude_e6, c.longitude_e6) for c in apart} == {(-6_239_900, 107_010_000), (-6_040_000, 107_210_000)}
    # A village sees its own, from however far.
    for zoom in (3, 8, 14):
        assert [c.count for c in await clusters("32.75.03.1001", zoom)] == [3]
    assert await clusters("32.75", 12, north_e6=-6_500_000) == []


async def test_a_map_costs_one_look_up_whatever_was_handed_over(
    store: Store,
    publish: Publish,
    counted: Run,
    opened: Sequence[Event],
    handover: MakeHandover,
    sri: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await publish(*opened, *(handover(n % 2, 20, location=spot(n, n)) for n in range(40)))
    await counted()
    read: list[str] = []
    whole = type(store[CELLS]).list

    async def watched(self: Any, *args: Any, **options: Any) -> Any:
        read.append("squares" if self is store[CELLS] else "other")
        return await whole(self, *args, **options)

    monkeypatch.setattr(type(store[CELLS]), "list", watched)
    await get_map_clusters(store, sri, GetMapClusters(round_id="rnd_1", zoom=14, **HERE))
    assert read == ["squares"]
