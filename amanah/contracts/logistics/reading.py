"""Reading of a partner's document: EPCIS 2.0 in JSON, EPCIS 1.2 and 2.0 in XML, and CSV, into one normal form."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from amanah.contracts.errors import Refused, Text, Unfit, code_of, error_text
from amanah.contracts.logistics import csv, xml
from amanah.contracts.logistics.epcis import (
    KINDS,
    AggregationEvent,
    EpcisDocument,
    EpcisEvent,
    EpcisQueryDocument,
    ObjectEvent,
    TransactionEvent,
)
from amanah.contracts.logistics.gs1 import canonical, item_sku, package_code, place_code
from amanah.contracts.logistics.hashing import event_hash
from amanah.contracts.logistics.parts import QuantityElement
from amanah.contracts.logistics.results import Correction, Goods, Read, Rejection, Reported

MAX_BYTES = 5_000_000
MAX_EVENTS = 1000
MAX_SKEW = timedelta(minutes=5)
# Commas tell how many values a document has before any is made; a full document of ordinary events has a third of that.
MAX_COMMAS = 300_000
# The original goes back whole unless it is huge; a message on the bus must stay under a megabyte.
MAX_ORIGINAL = 100_000

XML_TYPES = frozenset({"application/xml", "text/xml"})
CSV_TYPES = frozenset({"text/csv"})

NOT_JSON = "not_json"
NOT_XML = "not_xml"
NOT_CSV = "not_csv"
SCHEMA = "schema"
UNKNOWN_PACKAGE = "unknown_package"
UNKNOWN_PLACE = "unknown_place"
NOT_YOUR_PACKAGE = "not_your_package"
TIME_IN_FUTURE = "time_in_future"
TOO_LARGE = "too_large"
TOO_MANY_EVENTS = "too_many_events"

_DOCUMENTS: dict[str, type[EpcisDocument | EpcisQueryDocument]] = {
    "EPCISDocument": EpcisDocument,
    "EPCISQueryDocument": EpcisQueryDocument,
}


def original(data: bytes) -> str:
    """The bytes as text, cut when they are huge."""
    return data[:MAX_ORIGINAL].decode("utf-8", "replace")


def _pointer(steps: Iterable[object]) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def _problem(error: ValidationError) -> tuple[tuple[int | str, ...], Text]:
    """Place and text of the first problem."""
    first = error.errors(include_url=False, include_input=False)[0]
    cause = first.get("ctx", {}).get("error")
    # A union names the form that it tried last after the field; a partner knows the field alone.
    steps = tuple(step for step in first["loc"] if not (isinstance(step, str) and "[" in step))
    return steps, cause.text if isinstance(cause, Unfit) else error_text("schema", problem=first["msg"])


def _prefixes(*contexts: object) -> dict[str, str]:
    """The namespace prefixes that `@context` values declare."""
    entries = [entry for context in contexts for entry in (context if isinstance(context, list) else [context])]
    return {
        k: v for e in entries if isinstance(e, dict) for k, v in e.items() if isinstance(k, str) and isinstance(v, str)
    }


def _goods(elements: list[QuantityElement]) -> tuple[Goods, ...]:
    return tuple(
        Goods(sku=item_sku(e.epcClass) or canonical(e.epcClass), quantity=e.quantity, unit=e.uom or "")
        for e in elements
        if e.quantity is not None
    )


def _names(event: EpcisEvent) -> dict[str, Any]:
    """The packages and goods that an event acts on."""
    match event:
        case _ if not event.moves:
            return {"effect": False}
        case ObjectEvent():
            parent, children, quantities = None, event.epcList, event.quantityList
        case AggregationEvent():
            parent, children, quantities = event.parentID, event.childEPCs, event.childQuantityList
        case TransactionEvent():
            parent, children, quantities = event.parentID, event.epcList, event.quantityList
        case _:
            raise TypeError(f"{type(event).__name__} is no kind of event read here")
    return {
        "packages": tuple(dict.fromkeys(map(_package, children))),
        "parent": parent and _package(parent),
        "goods": _goods(quantities),
    }


def _package(uri: str) -> str:
    return package_code(uri) or canonical(uri)


def _place(uri: str | None) -> str | None:
    return uri and (place_code(uri) or canonical(uri))


class _Reader:
    """Reads the events of one document. `columns` name the fields of a CSV file by the standard's."""

    def __init__(self, now: datetime, context: object = None, columns: dict[str, str] | None = None) -> None:
        self._latest = now + MAX_SKEW
        self._prefixes = _prefixes(context)
        self._columns = columns or {}

    def read(self, raw: Any, index: int, base: str) -> Read:
        whole = to_json(raw)
        about: dict[str, Any] = {"index": index, "original": original(whole)}
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
            steps, message = _problem(error)
            return Rejection(code=SCHEMA, field=base + self._field(steps), explanation=message.en, **about)
        if event.eventTime > self._latest:
            explanation = error_text("time_in_future.event").en
            field = base + self._field(("eventTime",))
            return Rejection(code=TIME_IN_FUTURE, field=field, explanation=explanation, **about)
        return self._reported(raw, event, index, base, whole.decode())

    def _field(self, steps: tuple[int | str, ...]) -> str:
        return _pointer((self._columns[str(steps[0])],) if steps and str(steps[0]) in self._columns else steps)

    def _reported(self, raw: dict[str, Any], event: EpcisEvent, index: int, base: str, text: str) -> Reported:
        error = event.errorDeclaration
        own = _prefixes(raw["@context"]) if "@context" in raw else {}
        content = event_hash(raw, self._prefixes | own)
        return Reported(
            index=index,
            pointer=base,
            id=event.eventID or content,
            kind=raw["type"],
            at=event.eventTime,
            offset=event.eventTimeZoneOffset,
            action=getattr(event, "action", ""),
            step=event.bizStep or "",
            disposition=event.disposition or "",
            conditions=tuple(event.persistentDisposition.set) if event.persistentDisposition else (),
            epcs=event.epcs,
            read_point=_place(event.readPoint.id) if event.readPoint else None,
            location=_place(event.bizLocation.id) if event.bizLocation else None,
            source=next((_place(s.source) for s in event.sourceList if s.type == "location"), None),
            destination=next((_place(d.destination) for d in event.destinationList if d.type == "location"), None),
            transactions=tuple((t.type, t.bizTransaction) for t in event.bizTransactionList),
            correction=error
            and Correction(at=error.declarationTime, reason=error.reason, corrected_by=tuple(error.correctiveEventIDs)),
            content=content,
            extensions=event.extensions,
            original=text,
            **_names(event),
        )


def _rejected(key: str, field: str = "", **values: object) -> Rejection:
    return Rejection(code=code_of(key), field=field, explanation=error_text(key, **values).en)


def _whole(data: bytes, key: str, field: str = "", **values: object) -> list[Read]:
    return [_rejected(key, field, **values).model_copy(update={"original": original(data)})]


def read(
    data: bytes,
    *,
    now: datetime,
    media_type: str = "application/json",
    max_bytes: int = MAX_BYTES,
    max_events: int = MAX_EVENTS,
) -> list[Read]:
    """Reads a document or a single event: one result an event, in order, or one rejection of the whole.

    `media_type` says XML or CSV (parameters may follow it); anything else is read as JSON. `now` is aware; events more than
    five minutes after it are rejected.
    """
    if len(data) > max_bytes:
        return _whole(data, f"{TOO_LARGE}.document", size=len(data), most=max_bytes)
    kind = media_type.partition(";")[0].strip().lower()
    try:
        if kind in CSV_TYPES:
            return _table(data, now, max_events)
        if kind in XML_TYPES:
            return _document(data, xml.document(data), now, max_events)
    except Refused as error:
        return [Rejection(code=error.code, field=error.field or "", explanation=error.message, original=original(data))]
    return _document(data, parse(data), now, max_events)


def parse(data: bytes) -> object:
    """The JSON of a document, of any kind; a Rejection when it is none, or has more values than are accepted."""
    if data.count(b",") > MAX_COMMAS:
        return _rejected(f"{TOO_LARGE}.values")
    try:
        raw: object = from_json(data.removeprefix(b"\xef\xbb\xbf"), allow_inf_nan=False)
    except ValueError as error:
        return _rejected(f"{NOT_JSON}.syntax", problem=error)
    return raw


def is_event(raw: object) -> bool:
    """Tells whether a document is a single event."""
    return isinstance(raw, dict) and isinstance(raw.get("type"), str) and raw["type"] in KINDS


def envelope(raw: object, max_events: int = MAX_EVENTS) -> EpcisDocument | EpcisQueryDocument | Rejection:
    """The document around events, which are not read here, or the rejection of the whole."""
    if not isinstance(raw, dict):
        return raw if isinstance(raw, Rejection) else _rejected(f"{SCHEMA}.document")
    kind = raw.get("type") if isinstance(raw.get("type"), str) else None
    try:
        document = _DOCUMENTS.get(kind or "", EpcisDocument).model_validate(raw)
    except ValidationError as error:
        steps, message = _problem(error)
        return Rejection(code=SCHEMA, field=_pointer(steps), explanation=message.en)
    count = len(document.events)
    if not count:
        return _rejected(f"{SCHEMA}.empty", document.EVENTS)
    if count > max_events:
        return _rejected(TOO_MANY_EVENTS, document.EVENTS, count=count, most=max_events)
    return document


def _document(data: bytes, raw: Any, now: datetime, max_events: int) -> list[Read]:
    if is_event(raw):
        return [_Reader(now).read(raw, 0, "")]
    found = envelope(raw, max_events)
    if isinstance(found, Rejection):
        return [found.model_copy(update={"original": original(data)})]
    reader = _Reader(now, raw.get("@context"))
    return [reader.read(each, i, f"{found.EVENTS}/{i}") for i, each in enumerate(found.events)]


def _table(data: bytes, now: datetime, max_events: int) -> list[Read]:
    events = csv.events(data)
    if not events:
        return _whole(data, f"{SCHEMA}.empty")
    if len(events) > max_events:
        return _whole(data, TOO_MANY_EVENTS, count=len(events), most=max_events)
    reader = _Reader(now, columns=csv.COLUMN_OF_FIELD)
    return [
        each.model_copy(update={"index": i})
        if isinstance(each, Rejection)
        else reader.read(each.event, i, each.pointer)
        for i, each in enumerate(events)
    ]


def rejections(results: list[Read]) -> Iterator[Rejection]:
    """Those of the results that were refused."""
    return (r for r in results if isinstance(r, Rejection))
