"""Projections of events: figures, rows and map cells of distribution's, dated checkpoints of the audit log's."""

from collections.abc import Sequence
from typing import Any

from amanah.contracts.audit.events import CheckpointDated
from amanah.contracts.events import events_on
from amanah.contracts.message import Event
from amanah.contracts.topics import DISTRIBUTION
from amanah.runtime.bus.consumer import BatchReaction, Received
from amanah.runtime.mongo import Put, Tx
from services.reporting.figures.commands import count_events
from services.reporting.map.commands import count_map_cells
from services.reporting.reports.documents import CHECKPOINTS, CheckpointDocument
from services.reporting.store import Store


async def project_events(store: Store, tx: Tx, received: Sequence[Received[Any]]) -> None:
    """Adds a batch of events to figures, rows and the map, in one bulk write per collection."""
    await count_events(store, tx, received)
    await count_map_cells(store, tx, [each.event for each in received])


async def save_checkpoints(store: Store, tx: Tx, received: Sequence[Received[CheckpointDated]]) -> None:
    """Saves the audit log's dated checkpoints, one a day; reports state them."""
    checkpoints = [_checkpoint(each.event) for each in received]
    await store[CHECKPOINTS].bulk([Put(dict(checkpoint)) for checkpoint in checkpoints], tx=tx)


def _checkpoint(event: CheckpointDated) -> CheckpointDocument:
    return {"_id": event.day, "origin": event.origin, "at": event.at, "size": event.size, "root": event.root}


# All events of the topic, also those that change no figure: the time of the last one is the `asOf` that readers see.
BATCHES: dict[tuple[type[Event], ...], BatchReaction] = {
    tuple(events_on(DISTRIBUTION)): project_events,
    (CheckpointDated,): save_checkpoints,
}
