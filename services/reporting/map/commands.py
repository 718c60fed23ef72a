"""Updates of the map's cells, in one bulk write."""

from collections.abc import Iterable

from amanah.contracts.message import Event
from amanah.runtime.mongo import Tx, Update
from services.reporting.map.documents import CELLS
from services.reporting.map.rules import cell_counts
from services.reporting.store import Store


async def count_map_cells(store: Store, tx: Tx, events: Iterable[Event]) -> None:
    """Adds events to the cells of the map."""
    updates = []
    for cell, counts in cell_counts(events).items():
        known = {
            "round": cell.round_id,
            "level": cell.level,
            "row": cell.row,
            "column": cell.column,
            "area": cell.area,
            "tile": cell.tile,
        }
        added = {name: amount for name, amount in counts._asdict().items() if amount}
        updates.append(Update({"_id": "|".join(map(str, cell))}, {"$inc": added, "$setOnInsert": known}, upsert=True))
    await store[CELLS].bulk(updates, tx=tx)
