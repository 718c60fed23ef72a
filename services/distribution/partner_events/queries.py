"""Queries on captures and on accepted events. A partner sees its own alone: `own` is a part of every condition."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from amanah.contracts.actor import Actor
from amanah.contracts.errors import BadInput, NotFound
from amanah.contracts.logistics import MAX_BYTES
from amanah.contracts.logistics.gs1 import canonical, place_code
from amanah.contracts.logistics.vocabulary import bare
from amanah.contracts.partner_events import (
    CaptureJob,
    CapturesAnswer,
    GetCapture,
    ListCaptures,
    ListPartnerEvents,
    PartnerEventOrder,
    PartnerEventsAnswer,
)
from amanah.runtime.mongo import Condition
from amanah.runtime.rpc import answers
from services.distribution.partner_events.documents import CAPTURES, PARTNER_EVENTS, PartnerEventDocument
from services.distribution.partner_events.views import capture, partner_event
from services.distribution.partners.lookup import owner_ids
from services.distribution.store import Store

_EPCS = ("epcList", "childEPCs", "parentID", "inputEPCList", "outputEPCList")
_CLASSES = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
_FIELDS = {PartnerEventOrder.EVENT_TIME: "time", PartnerEventOrder.RECORD_TIME: "at"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"([0-9]{1,13})~([0-9a-f]{64})")
_CAPTURE = re.compile(r"cap_[0-9a-z]{26}")


async def own(store: Store, actor: Actor) -> Condition:
    """Requires that a capture or an event is of the partner that the actor is, or acts for."""
    return {"partner": {"$in": list(await owner_ids(store, actor))}}


@answers
async def get_capture(store: Store, actor: Actor, ask: GetCapture) -> CaptureJob:
    """Returns a capture job of the partner. NotFound for a job of another."""
    found = await store[CAPTURES].get({"_id": ask.id, **await own(store, actor)})
    if found is None:
        raise NotFound("not_found.capture")
    return capture(found)


@answers
async def list_captures(store: Store, actor: Actor, ask: ListCaptures) -> CapturesAnswer:
    """Lists capture jobs of the partner, the newest first, without their events. A cursor is the id of the last job."""
    if ask.after is not None and not _CAPTURE.fullmatch(ask.after):
        raise BadInput("bad_input.cursor", "after")
    older = {} if ask.after is None else {"_id": {"$lt": ask.after}}
    found = await store[CAPTURES].list(
        {**await own(store, actor), **older},
        sort=[("_id", -1)],
        limit=ask.first + 1,
        projection={"events": 0, "document": 0, "actor": 0},
    )
    shown = found[: ask.first]
    return CapturesAnswer(
        nodes=tuple(capture({**document, "events": []}) for document in shown),
        next=shown[-1]["_id"] if len(found) > ask.first else None,
    )


@answers
async def list_partner_events(store: Store, actor: Actor, ask: ListPartnerEvents) -> PartnerEventsAnswer:
    """Lists the partner's events that meet every condition.

    A cursor is the time and the id of the last event that was looked at, so that pages stay put while events arrive. A page ends
    early before it is larger than a document may be.
    """
    field = _FIELDS[ask.order]
    direction = 1 if ask.ascending else -1
    condition = {**await own(store, actor), **_condition(ask, field)}
    found = await store[PARTNER_EVENTS].list(
        condition, sort=[(field, direction), ("_id", direction)], limit=ask.first + 1
    )
    taken, size = 0, 0
    for document in found[: ask.first]:
        size += len(document.get("document", ""))
        if taken and size > MAX_BYTES:
            break
        taken += 1
    looked_at = found[:taken]
    shown = [partner_event(document) for document in looked_at if _names(document, ask)]
    return PartnerEventsAnswer(nodes=tuple(shown), next=_cursor(looked_at, field) if len(found) > taken else None)


def _condition(ask: ListPartnerEvents, order: str) -> Condition:
    """The condition on stored events. Its fields stand at the top: the embedded store finds no index below `$and`."""
    condition: dict[str, Any] = {}
    ranges: dict[str, dict[str, datetime]] = {}
    for field, operator, moment in (
        ("time", "$gte", ask.since),
        ("time", "$lt", ask.until),
        ("at", "$gte", ask.recorded_since),
        ("at", "$lt", ask.recorded_until),
    ):
        if moment is not None:
            ranges.setdefault(field, {})[operator] = moment
    for field, values in (
        ("type", ask.types),
        ("action", ask.actions),
        ("step", [bare(step, "BizStep") for step in ask.steps]),
        ("disposition", [bare(disposition, "Disp") for disposition in ask.dispositions]),
        ("readPoint", _places(ask.read_points)),
        ("location", _places(ask.locations)),
        ("event", ask.event_ids),
    ):
        if values:
            condition[field] = {"$in": list(values)}
    first, *others = [_naming(patterns) for _, patterns in _wanted(ask)] or [{}]
    further = [*others, *_after(ask, order)]
    if ask.after is not None:
        # Narrows the range as well, for a store that does not do so by the alternatives.
        bound = "$gte" if ask.ascending else "$lte"
        ranges.setdefault(order, {})[bound] = _position(ask.after)[0]
    if order == "time":
        # Events of earlier releases were stored without it.
        ranges.setdefault(order, {}).setdefault("$gte", _EPOCH)
    return {**condition, **ranges, **first, **({"$and": further} if further else {})}


def _wanted(ask: ListPartnerEvents) -> Sequence[tuple[Sequence[str], Sequence[str]]]:
    """The fields that may name EPCs or classes, each with the patterns of those of which an event must name one."""
    wanted: Sequence[tuple[Sequence[str], Sequence[str]]] = (
        (("epcList", "childEPCs"), ask.epcs),
        (("parentID",), ask.parents),
        (("inputEPCList",), ask.inputs),
        (("outputEPCList",), ask.outputs),
        (_EPCS, ask.any_epcs),
        (_EPCS, (ask.epc,) if ask.epc else ()),
        (("quantityList", "childQuantityList"), ask.classes),
        (("inputQuantityList",), ask.input_classes),
        (("outputQuantityList",), ask.output_classes),
        (_CLASSES, ask.any_classes),
    )
    return [(fields, patterns) for fields, patterns in wanted if patterns]


def _places(uris: Sequence[str]) -> Sequence[str]:
    """Places in every form in which an event may be stored: as it was sent, and by our code."""
    return [form for uri in uris for form in (uri, place_code(uri) or canonical(uri))]


def _naming(patterns: Sequence[str]) -> Condition:
    """Requires that an event names an EPC; one that ends in `*` stands for all that begin so."""
    exact = [pattern for pattern in patterns if not pattern.endswith("*")]
    prefixes = [{"epcs": {"$regex": "^" + re.escape(p[:-1])}} for p in patterns if p.endswith("*")]
    either: list[Condition] = [*([{"epcs": {"$in": exact}}] if exact else []), *prefixes]
    return either[0] if len(either) == 1 else {"$or": either}


def _after(ask: ListPartnerEvents, field: str) -> Sequence[Condition]:
    """Requires that an event comes after the cursor."""
    if ask.after is None:
        return []
    moment, key = _position(ask.after)
    beyond = "$gt" if ask.ascending else "$lt"
    return [{"$or": [{field: {beyond: moment}}, {field: moment, "_id": {beyond: key}}]}]


def _position(cursor: str) -> tuple[datetime, str]:
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise BadInput("bad_input.cursor", "after")
    return datetime.fromtimestamp(int(found[1]) / 1000, UTC), found[2]


def _cursor(looked_at: Sequence[PartnerEventDocument], field: str) -> str:
    last = looked_at[-1]
    moment = last["time"] if field == "time" else last["at"]
    return f"{round(moment.timestamp() * 1000)}~{last['_id']}"


def _names(document: PartnerEventDocument, ask: ListPartnerEvents) -> bool:
    """Tells whether an event names what it must where it should: the stored list has the names of all its fields.

    Events of earlier releases, which were stored without what was sent, cannot be shown.
    """
    wanted = _wanted(ask)
    if not wanted or "document" not in document:
        return "document" in document
    sent: dict[str, Any] = json.loads(document["document"])
    return all(_matches(_named_in(sent, fields), patterns) for fields, patterns in wanted)


def _named_in(sent: Mapping[str, Any], fields: Sequence[str]) -> Iterator[str]:
    for field in fields:
        value = sent.get(field) or ()
        for each in [value] if isinstance(value, str) else value:
            yield each["epcClass"] if isinstance(each, dict) else each


def _matches(names: Iterable[str], patterns: Sequence[str]) -> bool:
    return any(
        name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
        for name in names
        for pattern in patterns
    )
