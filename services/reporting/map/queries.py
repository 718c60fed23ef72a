"""A round on a map, answered from cells that were counted as events arrived."""

from amanah.contracts.actor import Actor
from amanah.contracts.map import GetMapClusters, MapCluster, MapClusters
from amanah.runtime.rpc import answers
from services.reporting.map.rules import Bounds, Seen, kept_level, shown_cell, window, within
from services.reporting.store import Store


@answers
async def get_map_clusters(store: Store, actor: Actor, ask: GetMapClusters) -> MapClusters:
    """See GetMapClusters."""
    scope = actor.scope(ask.roles)
    round_ = await store.round(scope, ask.round_id)
    seen_here = scope.narrowed(round_["area"])
    shown = window(Bounds(ask.south_e6, ask.west_e6, ask.north_e6, ask.east_e6), ask.zoom)
    kept = kept_level(shown.level, seen_here)
    sums: dict[tuple[int, int], Seen] = {}
    for found in await store.squares_in(seen_here, round_["_id"], within(shown, kept)):
        cell = shown_cell(found["row"], found["column"], kept, shown.level)
        sums[cell] = sums.get(cell, Seen()).plus(Seen(*(found.get(name, 0) for name in Seen._fields)))
    return MapClusters(nodes=tuple(_cluster(seen) for _, seen in sorted(sums.items()) if seen.happened > 0))


def _cluster(seen: Seen) -> MapCluster:
    return MapCluster(
        latitude_e6=round(seen.latitude / seen.happened),
        longitude_e6=round(seen.longitude / seen.happened),
        count=seen.happened,
        delivered=seen.delivered,
        failed=seen.failed,
        flagged=seen.flagged,
    )
