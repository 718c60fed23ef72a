"""The logistics partner's EPCIS 2.0 documents: out of the warehouse, to the villages, counted there."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from amanah.demo.program import GOODS, WAREHOUSE_CODE, WIB, Load, Timetable, delivery_point

Document = dict[str, Any]

_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
_UOM = {good.sku: good.uom for good in GOODS}
UNKNOWN_PACKAGE = "SKM-9999-1"


def documents(loads: Sequence[Load], times: Timetable) -> dict[str, Document]:
    """Three documents by file name: every load is shipped, arrives, and is received in full."""
    return {
        "01-shipping.json": _document(
            [_event(load, "shipping", "in_transit", times.shipped_at, WAREHOUSE_CODE) for load in loads],
            times.shipped_at,
        ),
        "02-arriving.json": _document(
            [_event(load, "arriving", "in_progress", times.arrived_at, delivery_point(load.village)) for load in loads],
            times.arrived_at,
        ),
        "03-receiving.json": _document(
            [
                _event(load, "receiving", "in_progress", times.received_at, delivery_point(load.village))
                for load in loads
            ],
            times.received_at,
        ),
    }


def unknown_package(load: Load, times: Timetable) -> Document:
    """A document about an unregistered package; it must be rejected."""
    stranger = replace(load, code=UNKNOWN_PACKAGE)
    return _document([_event(stranger, "shipping", "in_transit", times.shipped_at, WAREHOUSE_CODE)], times.shipped_at)


def _document(events: list[Document], made: datetime) -> Document:
    return {
        "@context": [_CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": _local(made),
        "epcisBody": {"eventList": events},
    }


def _event(load: Load, step: str, disposition: str, at: datetime, place: str) -> Document:
    where = {"id": f"urn:amanah:place:{place}"}
    # The partner's own id: the same leg of the same package is the same event, however often it is sent.
    key = f"urn:amanah:demo:{load.code}:{step}:{_local(at)}"
    event = {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:{uuid5(NAMESPACE_URL, key)}",
        "eventTime": _local(at),
        "eventTimeZoneOffset": "+07:00",
        "action": "OBSERVE",
        "bizStep": step,
        "disposition": disposition,
        "epcList": [f"urn:amanah:package:{load.code}"],
        "quantityList": [
            {"epcClass": f"urn:amanah:item:{sku}", "quantity": quantity, "uom": _UOM[sku]}
            for sku, quantity in load.contents.items()
        ],
        "readPoint": where,
        "bizTransactionList": [{"type": "desadv", "bizTransaction": f"urn:amanah:desadv:{load.code}"}],
        "sourceList": [{"type": "location", "source": f"urn:amanah:place:{WAREHOUSE_CODE}"}],
        "destinationList": [{"type": "location", "destination": f"urn:amanah:place:{delivery_point(load.village)}"}],
    }
    if step != "shipping":
        event["bizLocation"] = where
    return event


def _local(moment: datetime) -> str:
    return moment.astimezone(WIB).isoformat(timespec="seconds")
