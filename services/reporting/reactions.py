"""What reporting does about the events of distribution: a run of them is counted at once, in one bulk write a collection."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from amanah.bus.consumer import BatchReaction, Received
from amanah.contracts.distribution import EVENTS, HandoverAccepted, RoundCreated
from amanah.contracts.message import Event, milli
from amanah.mongo import Document, Tx
from services.reporting.domain.figures import increments, merged
from services.reporting.domain.zones import local_day
from services.reporting.store import Store


async def count(store: Store, tx: Tx, received: Sequence[Received[Any]]) -> None:
    """Adds events to the figures and keeps the rows behind them. Counters only add: their order does not matter."""
    await store.add(tx, merged(addition for each in received for addition in increments(each.event)))
    await store.keep(
        tx,
        rounds=[_round(each) for each in received if isinstance(each.event, RoundCreated)],
        handovers=[_row(each) for each in received if isinstance(each.event, HandoverAccepted)],
    )
    latest: dict[int, datetime] = {}
    for each in received:
        latest[each.partition] = max(each.envelope.time, latest.get(each.partition, each.envelope.time))
    await store.mark(tx, latest)


def _round(received: Received[RoundCreated]) -> Document:
    event = received.event
    return {
        "_id": event.round_id,
        "name": event.name,
        "programId": event.program_id,
        "programName": event.program_name,
        "area": event.area,
        "decree": event.decree,
        "startsOn": event.starts_on.isoformat(),
        "endsOn": event.ends_on.isoformat(),
        "items": [{"sku": item.sku, "name": item.name, "unit": item.unit} for item in event.items],
        "at": received.envelope.time,
    }


def _row(received: Received[HandoverAccepted]) -> Document:
    event = received.event
    return {
        "_id": event.handover_id,
        "round": event.round_id,
        "area": event.area,
        "day": local_day(event.occurred_at, event.area).isoformat(),
        "at": event.occurred_at,
        "receivedAt": event.received_at,
        "officer": event.officer_id,
        "items": [{"sku": item.sku, "milli": milli(item.quantity)} for item in event.items],
        "photo": event.photo_sha256,
        "flags": list(event.flags),
        "partition": received.partition,
        "offset": received.offset,
    }


# All of them, also those without a figure: the time of the last one is the "as of" that readers see.
BATCHES: dict[tuple[type[Event], ...], BatchReaction] = {tuple(EVENTS.values()): count}
