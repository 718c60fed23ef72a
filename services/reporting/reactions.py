"""What reporting does about events: a run of distribution's is counted at once, in one bulk write a collection.

Of the audit log's it keeps the dated checkpoints, which reports state.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from amanah.contracts.audit.events import CheckpointDated
from amanah.contracts.cases import CaseOpened, CaseUpdated
from amanah.contracts.custody.events import CustodyBalanced
from amanah.contracts.events import events_on
from amanah.contracts.handovers.events import HandoverAccepted, HandoverDisputed, HandoverReversed, HandoverUpheld
from amanah.contracts.message import Event, milli
from amanah.contracts.rounds import RoundCreated
from amanah.contracts.time_zones import local_date
from amanah.contracts.topics import DISTRIBUTION
from amanah.runtime.bus.consumer import BatchReaction, Received
from amanah.runtime.mongo import Tx
from amanah.runtime.tables import Document
from services.reporting.figures.rules.balances import changes
from services.reporting.figures.rules.figures import increments, merged
from services.reporting.figures.rules.status import ACCEPTED, DISPUTED, REVERSED
from services.reporting.map.rules import sightings
from services.reporting.store import Store, Told


async def count(store: Store, tx: Tx, received: Sequence[Received[Any]]) -> None:
    """Adds events to the figures and keeps the rows behind them. Counters only add: their order does not matter."""
    await store.add(tx, merged(addition for each in received for addition in increments(each.event)))
    balanced = [each.event for each in received if isinstance(each.event, CustodyBalanced)]
    await store.balance(tx, changes(balanced))
    await store.see(tx, sightings(each.event for each in received))
    told: dict[str, list[Told]] = {"handovers": [], "cases": []}
    for each in received:
        reading = _ROWS.get(type(each.event))
        if reading is not None:
            collection, read = reading
            told[collection].append(read(each))
    await store.keep(
        tx,
        rounds=[_round(each) for each in received if isinstance(each.event, RoundCreated)],
        handovers=told["handovers"],
        cases=told["cases"],
    )
    latest: dict[int, datetime] = {}
    for each in received:
        latest[each.partition] = max(each.envelope.time, latest.get(each.partition, each.envelope.time))
    await store.mark(tx, latest)


async def keep_checkpoints(store: Store, tx: Tx, received: Sequence[Received[CheckpointDated]]) -> None:
    """Keeps the audit log's checkpoints by their days."""
    await store.keep_checkpoints(
        tx, [{"_id": each.event.day, **each.event.model_dump(exclude={"day"})} for each in received]
    )


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
        "items": [
            {"sku": item.sku, "name": item.name, "unit": item.unit, "milli": milli(item.quantity_per_recipient)}
            for item in event.items
        ],
        "at": received.envelope.time,
    }


def _handover(received: Received[HandoverAccepted]) -> Told:
    event = received.event
    return Told(
        event.handover_id,
        fields={
            "round": event.round_id,
            "area": event.area,
            "day": local_date(event.occurred_at, event.area).isoformat(),
            "at": event.occurred_at,
            "receivedAt": event.received_at,
            "officer": event.officer_id,
            "items": [{"sku": item.sku, "milli": milli(item.quantity)} for item in event.items],
            "photo": event.photo_sha256,
            "flags": list(event.flags),
            "partition": received.partition,
            "offset": received.offset,
        },
    )


def _became(status: str) -> Callable[[Received[Any]], Told]:
    """A handover has another status; a later event may tell of its acceptance, when that was parked and replayed."""
    return lambda received: Told(received.event.handover_id, state=_state(received, status=status))


def _case(received: Received[CaseOpened]) -> Told:
    event = received.event
    return Told(
        event.case_id,
        fields={
            "round": event.round_id,
            "area": event.area,
            "day": local_date(event.at, event.area).isoformat(),
            "at": event.at,
            "reference": event.reference,
            "kind": event.kind,
            "channel": event.channel,
            "partition": received.partition,
            "offset": received.offset,
        },
        state=_standing(received),
    )


def _case_updated(received: Received[CaseUpdated]) -> Told:
    return Told(received.event.case_id, state=_standing(received))


def _standing(received: Received[Any]) -> Document:
    event = received.event
    return _state(received, status=event.status, level=event.level, dueAt=event.due_at)


def _state(received: Received[Any], **state: Any) -> Document:
    return {**state, "partition": received.partition, "offset": received.offset}


# Which rows an event tells of, and what.
_ROWS: Mapping[type[Event], tuple[str, Callable[[Received[Any]], Told]]] = {
    HandoverAccepted: ("handovers", _handover),
    HandoverDisputed: ("handovers", _became(DISPUTED)),
    HandoverUpheld: ("handovers", _became(ACCEPTED)),
    HandoverReversed: ("handovers", _became(REVERSED)),
    CaseOpened: ("cases", _case),
    CaseUpdated: ("cases", _case_updated),
}

# All of them, also those without a figure: the time of the last one is the "as of" that readers see.
BATCHES: dict[tuple[type[Event], ...], BatchReaction] = {
    tuple(events_on(DISTRIBUTION)): count,
    (CheckpointDated,): keep_checkpoints,
}
