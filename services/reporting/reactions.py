"""What reporting does about each event of distribution. The runtime makes effects and position one transaction."""

from amanah.bus.consumer import Received
from amanah.contracts.distribution import EVENTS, HandoverAccepted, RoundCreated
from amanah.contracts.message import milli
from amanah.mongo import Document, Tx
from services.reporting.domain.figures import increments, merged
from services.reporting.domain.zones import local_day
from services.reporting.store import Store


async def count(store: Store, tx: Tx, received: Received) -> None:
    """Adds an event to the figures, keeps the row behind it, and marks how far events are counted."""
    match received.event:
        case RoundCreated() as event:
            await store.rounds.put(_round(event, received), tx=tx)
        case HandoverAccepted() as event:
            await store.list_handovers(tx, [_row(event, received)])
    await store.add(tx, merged(increments(received.event)))
    await store.mark(tx, received.partition, received.offset, received.envelope.time)


def _round(event: RoundCreated, received: Received) -> Document:
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


def _row(event: HandoverAccepted, received: Received) -> Document:
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


# Every event moves the mark, also those without a figure: a report waits until all before its request is counted.
REACTIONS = {event_type: count for event_type in EVENTS}
