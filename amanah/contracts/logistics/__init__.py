"""Partners' shipment events: EPCIS 2.0 read into one normal form, or refused with a reason. Pure.

`read` never raises: whatever the bytes are, each event, or the whole document, comes back as `Reported` or `Rejection`.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import Field, ValidationError
from pydantic_core import from_json, to_json

from amanah.contracts.errors import Unfit, code_of, error_text
from amanah.contracts.logistics.epcis import (
    KINDS,
    AggregationEvent,
    EpcisDocument,
    EpcisEvent,
    ObjectEvent,
    QuantityElement,
    TransactionEvent,
)
from amanah.contracts.logistics.gs1 import item_sku, package_code, place_code
from amanah.contracts.logistics.hashing import event_hash
from amanah.contracts.message import Answer, Event, Moment
from amanah.contracts.topics import LOGISTICS_REJECTED

MAX_BYTES = 5_000_000
MAX_EVENTS = 1000
MAX_SKEW = timedelta(minutes=5)
# The original goes back whole unless it is huge; a message on the bus must stay under a megabyte.
MAX_ORIGINAL = 100_000

NOT_JSON = "not_json"
SCHEMA = "schema"
UNKNOWN_PACKAGE = "unknown_package"
UNKNOWN_PLACE = "unknown_place"
NOT_YOUR_PACKAGE = "not_your_package"
TIME_IN_FUTURE = "time_in_future"
TOO_LARGE = "too_large"
TOO_MANY_EVENTS = "too_many_events"


class Goods(Answer):
    """A counted quantity of one good. `sku` is our SKU or a GTIN-14, or the partner's own name when it is neither."""

    sku: str
    quantity: Decimal
    unit: str = ""


class Correction(Answer):
    """The declaration that the event of the same id was wrong, and which events stand in its place."""

    at: Moment
    reason: str = ""
    corrected_by: tuple[str, ...] = ()


class Reported(Answer):
    """One event of a partner in normal form. Names are ours (see `gs1`); a name that is not stays as it was sent.

    `step` and `disposition` are bare CBV words or private URIs, empty when absent. `pointer` is where in the document the
    event stands.
    """

    index: int
    pointer: str
    id: str
    kind: str
    at: Moment
    offset: str
    action: str
    step: str = ""
    disposition: str = ""
    conditions: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    parent: str | None = None
    goods: tuple[Goods, ...] = ()
    read_point: str | None = None
    location: str | None = None
    source: str | None = None
    destination: str | None = None
    transactions: tuple[tuple[str, str], ...] = ()
    correction: Correction | None = None
    extensions: dict[str, Any] = Field(default_factory=dict)
    original: str = ""
    content: str = ""
    epcs: tuple[str, ...] = ()
    effect: bool = True

    @property
    def key(self) -> str:
        """What recognises the event when it is sent again; an error declaration shares its original's id, not its key."""
        return f"{self.id}#error@{self.correction.at.isoformat()}" if self.correction else self.id


class Rejection(Answer):
    """Why an event, or with `index` None the whole document, cannot be taken. `field` is a JSON pointer."""

    code: str
    field: str
    explanation: str
    index: int | None = None
    event_id: str | None = None
    original: str = ""


class PartnerEventRejected(Event):
    """A partner's event could not be taken, and why. `source` says how it came: a capture job, or a place on the bus."""

    type: ClassVar[str] = "id.amanah.distribution.partner-event.rejected.v1"
    topic: ClassVar[str] = LOGISTICS_REJECTED.name
    partner_id: str
    code: str
    field: str
    explanation: str
    index: int | None
    event_id: str | None
    source: str
    received_at: Moment
    original: str

    def key(self) -> str:
        """The partner: each reads its own."""
        return self.partner_id


Read = Reported | Rejection


def original(data: bytes) -> str:
    """The bytes as text, cut when they are huge."""
    return data[:MAX_ORIGINAL].decode("utf-8", "replace")


def _pointer(*steps: object) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def _schema(error: ValidationError, base: str, **more: Any) -> Rejection:
    first = error.errors(include_url=False, include_input=False)[0]
    cause = first.get("ctx", {}).get("error")
    message = cause.text if isinstance(cause, Unfit) else error_text("schema", problem=first["msg"])
    return Rejection(code=SCHEMA, field=base + _pointer(*first["loc"]), explanation=message.en, **more)


def _prefixes(*contexts: object) -> dict[str, str]:
    """The namespace prefixes that `@context` values declare."""
    entries = [entry for context in contexts for entry in (context if isinstance(context, list) else [context])]
    return {
        k: v for e in entries if isinstance(e, dict) for k, v in e.items() if isinstance(k, str) and isinstance(v, str)
    }


def _goods(elements: list[QuantityElement]) -> tuple[Goods, ...]:
    return tuple(
        Goods(sku=item_sku(e.epcClass) or e.epcClass, quantity=e.quantity, unit=e.uom or "")
        for e in elements
        if e.quantity is not None
    )


def _names(event: EpcisEvent) -> dict[str, Any]:
    """The packages and goods that an event of its kind names."""
    match event:
        case ObjectEvent():
            parent, children, quantities = None, event.epcList, event.quantityList
        case AggregationEvent():
            parent, children, quantities = event.parentID, event.childEPCs, event.childQuantityList
        case TransactionEvent():
            parent, children, quantities = event.parentID, event.epcList, event.quantityList
        case _:
            raise TypeError(f"{type(event).__name__} is no kind of event read here")
    return {
        "packages": tuple(dict.fromkeys(package_code(epc) or epc for epc in children)),
        "parent": parent and (package_code(parent) or parent),
        "goods": _goods(quantities),
    }


def _place(uri: str | None) -> str | None:
    return uri and (place_code(uri) or uri)


def _reported(raw: dict[str, Any], event: EpcisEvent, index: int, base: str, prefixes: dict[str, str]) -> Reported:
    error = event.errorDeclaration
    return Reported(
        index=index,
        pointer=base,
        id=event.eventID or event_hash(raw, prefixes),
        content=event_hash(raw, prefixes),
        kind=raw["type"],
        at=event.eventTime,
        offset=event.eventTimeZoneOffset,
        action=event.action,
        step=event.bizStep or "",
        disposition=event.disposition or "",
        conditions=tuple(event.persistentDisposition.set) if event.persistentDisposition else (),
        read_point=_place(event.readPoint.id) if event.readPoint else None,
        location=_place(event.bizLocation.id) if event.bizLocation else None,
        source=next((_place(s.source) for s in event.sourceList if s.type == "location"), None),
        destination=next((_place(d.destination) for d in event.destinationList if d.type == "location"), None),
        transactions=tuple((t.type, t.bizTransaction) for t in event.bizTransactionList),
        correction=error
        and Correction(at=error.declarationTime, reason=error.reason, corrected_by=tuple(error.correctiveEventIDs)),
        extensions=event.extensions,
        original=original(to_json(raw)),
        **_names(event),
    )


def _event(raw: Any, index: int, base: str, prefixes: dict[str, str], now: datetime) -> Read:
    about: dict[str, Any] = {"index": index, "original": original(to_json(raw))}
    if not isinstance(raw, dict):
        return Rejection(code=SCHEMA, field=base, explanation=error_text("schema.event").en, **about)
    if isinstance(raw.get("eventID"), str):
        about["event_id"] = raw["eventID"][:500]
    model = KINDS.get(raw["type"]) if isinstance(raw.get("type"), str) else None
    if model is None:
        explanation = error_text("schema.kind", kinds=", ".join(KINDS)).en
        return Rejection(code=SCHEMA, field=base + "/type", explanation=explanation, **about)
    try:
        event = model.model_validate(raw)
    except ValidationError as error:
        return _schema(error, base, **about)
    if event.eventTime > now + MAX_SKEW:
        explanation = error_text("time_in_future.event").en
        return Rejection(code=TIME_IN_FUTURE, field=base + "/eventTime", explanation=explanation, **about)
    return _reported(raw, event, index, base, prefixes | _prefixes(raw.get("@context")))


def _whole(data: bytes, key: str, field: str = "", **values: object) -> list[Read]:
    explanation = error_text(key, **values).en
    return [Rejection(code=code_of(key), field=field, explanation=explanation, original=original(data))]


def read(data: bytes, *, now: datetime, max_bytes: int = MAX_BYTES, max_events: int = MAX_EVENTS) -> list[Read]:
    """Reads an EPCISDocument or a single event: one result an event, in order, or one rejection of the whole.

    `now` is aware; events more than five minutes after it are rejected.
    """
    if len(data) > max_bytes:
        return _whole(data, f"{TOO_LARGE}.document", size=len(data), most=max_bytes)
    try:
        raw = from_json(data.removeprefix(b"\xef\xbb\xbf"), allow_inf_nan=False)
    except ValueError as error:
        return _whole(data, f"{NOT_JSON}.syntax", problem=error)
    if not isinstance(raw, dict):
        return _whole(data, f"{SCHEMA}.document")
    if raw.get("type") in list(KINDS):
        return [_event(raw, 0, "", {}, now)]
    try:
        document = EpcisDocument.model_validate(raw)
    except ValidationError as error:
        return [_schema(error, "", original=original(data))]
    events = document.epcisBody.eventList
    base = "/epcisBody/eventList"
    if not events:
        return _whole(data, f"{SCHEMA}.empty", base)
    if len(events) > max_events:
        return _whole(data, TOO_MANY_EVENTS, base, count=len(events), most=max_events)
    prefixes = _prefixes(raw.get("@context"))
    return [_event(each, i, f"{base}/{i}", prefixes, now) for i, each in enumerate(events)]


def rejections(results: list[Read]) -> Iterator[Rejection]:
    """Those of the results that were refused."""
    return (r for r in results if isinstance(r, Rejection))


__all__ = [
    "Correction",
    "Goods",
    "PartnerEventRejected",
    "Read",
    "Rejection",
    "Reported",
    "read",
    "rejections",
]
