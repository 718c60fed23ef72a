"""A round on a map, from cells that were counted as events arrived."""

from collections.abc import Sequence

from amanah.contracts.actor import Actor
from amanah.contracts.areas import Scope
from amanah.contracts.map import GetMapClusters, MapCluster, MapClusters
from amanah.runtime.mongo import Condition
from amanah.runtime.rpc import answers
from services.reporting.figures.lookup import find_round
from services.reporting.map.documents import CELLS, CellDocument
from services.reporting.map.rules import CellCounts, MapBounds, Window, kept_level, shown_cell, window, within
from services.reporting.store import Store

_MOST_TILES = 64


@answers
async def get_map_clusters(store: Store, actor: Actor, ask: GetMapClusters) -> MapClusters:
    """Returns the handovers of a round in the viewer's areas by map cell, for bounds and a zoom."""
    scope = actor.scope(ask.roles)
    round_ = await find_round(store, scope, ask.round_id)
    visible = scope.narrowed(round_["area"])
    shown = window(MapBounds(ask.south_e6, ask.west_e6, ask.north_e6, ask.east_e6), ask.zoom)
    kept = kept_level(shown.level, visible)
    sums: dict[tuple[int, int], CellCounts] = {}
    for found in await _cells_in(store, visible, round_["_id"], within(shown, kept)):
        cell = shown_cell(found["row"], found["column"], kept, shown.level)
        sums[cell] = sums.get(cell, CellCounts()).plus(_counts(found))
    return MapClusters(nodes=tuple(_cluster(counts) for _, counts in sorted(sums.items()) if counts.all > 0))


async def _cells_in(store: Store, scope: Scope, round_id: str, shown: Window) -> Sequence[CellDocument]:
    """Lists the cells of a window that are kept for areas of the scope."""
    tiles = shown.tiles
    # A small area at a low zoom has few cells, and the window many blocks without any.
    by: Condition = (
        {"tile": {"$in": tiles}} if len(tiles) <= _MOST_TILES else {"level": shown.level, **scope.condition("area")}
    )
    found = await store[CELLS].list({"round": round_id, **by})
    return [cell for cell in found if shown.contains(cell["row"], cell["column"]) and scope.covers(cell["area"])]


def _counts(cell: CellDocument) -> CellCounts:
    return CellCounts(
        cell.get("delivered", 0),
        cell.get("failed", 0),
        cell.get("flagged", 0),
        cell.get("latitude", 0),
        cell.get("longitude", 0),
    )


def _cluster(counts: CellCounts) -> MapCluster:
    return MapCluster(
        latitude_e6=round(counts.latitude / counts.all),
        longitude_e6=round(counts.longitude / counts.all),
        count=counts.all,
        delivered=counts.delivered,
        failed=counts.failed,
        flagged=counts.flagged,
    )
