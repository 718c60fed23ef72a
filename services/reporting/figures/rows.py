"""Rows behind the figures, from events: handovers without recipients, cases without persons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from amanah.contracts.cases import CaseOpened, CaseUpdated
from amanah.contracts.handovers.events import HandoverAccepted, HandoverDisputed, HandoverReversed, HandoverUpheld
from amanah.contracts.message import milli
from amanah.contracts.rounds import RoundCreated
from amanah.contracts.time_zones import local_date
from amanah.runtime.bus.consumer import Received
from amanah.runtime.mongo import Update
from amanah.runtime.tables import Document, Table
from services.reporting.figures.documents import (
    CASES,
    HANDOVERS,
    BusPlace,
    CaseDocument,
    CaseStateDocument,
    HandoverDocument,
    HandoverStateDocument,
    RoundDocument,
)
from services.reporting.figures.rules.status import ACCEPTED, DISPUTED, REVERSED

Row = HandoverDocument | CaseDocument


@dataclass(frozen=True)
class RowChange:
    """The change that one event makes to a row: its fields, or a status change. Events may arrive in any order."""

    table: Table[Any]
    id: str
    fields: Mapping[str, object] = field(default_factory=dict)
    state: HandoverStateDocument | CaseStateDocument | None = None

    def update(self) -> Update:
        """Returns the update of the row, which inserts it where it is missing."""
        change: Document = {}
        if self.fields:
            change["$set"] = dict(self.fields)
        if self.state is not None:
            change["$push"] = {"states": self.state}
        return Update({"_id": self.id}, change, upsert=True)


def round_document(received: Received[RoundCreated]) -> RoundDocument:
    """Returns a round as reports describe it."""
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


def row_changes(received: Sequence[Received[Any]]) -> list[RowChange]:
    """Returns the changes of rows in the order of the events."""
    return [change for each in received if (change := _row_change(each)) is not None]


def _row_change(received: Received[Any]) -> RowChange | None:
    place: BusPlace = {"partition": received.partition, "offset": received.offset}
    match received.event:
        case HandoverAccepted() as event:
            return RowChange(HANDOVERS, event.handover_id, fields={**_handover(event), **place})
        case HandoverDisputed(handover_id=handover_id):
            return RowChange(HANDOVERS, handover_id, state={"status": DISPUTED, **place})
        case HandoverUpheld(handover_id=handover_id):
            return RowChange(HANDOVERS, handover_id, state={"status": ACCEPTED, **place})
        case HandoverReversed(handover_id=handover_id):
            return RowChange(HANDOVERS, handover_id, state={"status": REVERSED, **place})
        case CaseOpened() as event:
            return RowChange(CASES, event.case_id, fields={**_case(event), **place}, state=_case_state(event, place))
        case CaseUpdated() as event:
            return RowChange(CASES, event.case_id, state=_case_state(event, place))
    return None


def _handover(event: HandoverAccepted) -> dict[str, object]:
    return {
        "round": event.round_id,
        "area": event.area,
        "day": local_date(event.occurred_at, event.area).isoformat(),
        "at": event.occurred_at,
        "receivedAt": event.received_at,
        "officer": event.officer_id,
        "items": [{"sku": item.sku, "milli": milli(item.quantity)} for item in event.items],
        "photo": event.photo_sha256,
        "flags": list(event.flags),
    }


def _case(event: CaseOpened) -> dict[str, object]:
    return {
        "round": event.round_id,
        "area": event.area,
        "day": local_date(event.at, event.area).isoformat(),
        "at": event.at,
        "reference": event.reference,
        "kind": event.kind,
        "channel": event.channel,
    }


def _case_state(event: CaseOpened | CaseUpdated, place: BusPlace) -> CaseStateDocument:
    return {"status": event.status, "level": event.level, "dueAt": event.due_at, **place}
