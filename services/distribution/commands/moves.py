"""One event of a partner: whose packages it names, whether it came before, and what it changes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from amanah.contracts.actor import Acting, Actor, Role
from amanah.contracts.audit import Subject
from amanah.contracts.distribution import CapturedEvent, PackageMoved
from amanah.contracts.logistics import (
    NOT_YOUR_PACKAGE,
    UNKNOWN_PACKAGE,
    UNKNOWN_PLACE,
    PartnerEventRejected,
    Rejection,
    Reported,
)
from amanah.contracts.message import milli
from amanah.mongo import Document, Tx
from services.distribution.commands.alerts import Raised, raise_alert
from services.distribution.domain.custody import (
    COMING,
    CONDITIONS,
    DIFFERENCE,
    HANDOVER,
    SEVERITIES,
    Standing,
    Step,
    derive,
)
from services.distribution.store import Store
from services.distribution.views import package_status

_PARTNERS = frozenset({Role.LOGISTICS})
_VOID = "Declared wrong by the partner; it has no effect."


async def take(store: Store, tx: Tx, actor: Actor, event: Reported | Rejection, source: str) -> CapturedEvent:
    """What becomes of one event that `actor` sent by `source`: accepted, rejected or duplicate, all in the transaction.

    Taking the same event again by the same source, at the same place in it, answers what it answered before.
    """
    resolved = event if isinstance(event, Rejection) else await _resolve(store, tx, actor, event)
    if isinstance(resolved, Rejection):
        await _reject(store, tx, actor, resolved, source)
        return captured(resolved)
    answer = CapturedEvent(index=resolved.event.index, event_id=resolved.event.id, result="accepted")
    origin = f"{source}#{resolved.event.index}"
    earlier = await store.partner_events.change(
        {"_id": _mark(actor, resolved.event.key)},
        {"$setOnInsert": {"partner": actor.id, "event": resolved.event.id, "source": origin, "at": datetime.now(UTC)}},
        upsert=True,
        returning="before",
        tx=tx,
    )
    if earlier is None:
        for package in resolved.packages:
            await _move(store, tx, actor, resolved, package)
    elif earlier["source"] != origin:
        return answer.model_copy(update={"result": "duplicate"})
    return answer


def captured(rejection: Rejection) -> CapturedEvent:
    """A rejection as the capture job tells it."""
    return CapturedEvent(
        index=rejection.index or 0,
        event_id=rejection.event_id,
        result="rejected",
        code=rejection.code,
        field=rejection.field,
        explanation=rejection.explanation,
    )


def _mark(actor: Actor, key: str) -> str:
    """What recognises an event; partners do not share their ids."""
    return hashlib.sha256(f"{actor.id}\x1f{key}".encode()).hexdigest()


@dataclass(frozen=True)
class _Resolved:
    """An event all of whose names are known. `counted` holds for the one package that the counts are of."""

    event: Reported
    packages: Sequence[Document]
    counts_of: str | None
    place: str | None


async def _resolve(store: Store, tx: Tx, actor: Actor, event: Reported) -> _Resolved | Rejection:
    named = [*event.packages, *([event.parent] if event.parent else [])]
    field = {"AggregationEvent": "/childEPCs"}.get(event.kind, "/epcList")

    def refuse(code: str, where: str, explanation: str) -> Rejection:
        return Rejection(
            code=code, field=event.pointer + where, explanation=explanation,
            index=event.index, event_id=event.id, original=event.original,
        )  # fmt: skip

    if not named:
        return refuse(UNKNOWN_PACKAGE, field, "the event names no package; name it by its SSCC or its code")
    found = {p["code"]: p for p in await store.packages.list({"code": {"$in": named}}, tx=tx)}
    for number, code in enumerate(named):
        where = "/parentID" if number >= len(event.packages) else f"{field}/{number}"
        if code not in found:
            return refuse(UNKNOWN_PACKAGE, where, f"there is no package {code}; check its label")
        if found[code]["partner"] not in (actor.id, actor.name):
            return refuse(NOT_YOUR_PACKAGE, where, f"package {code} is not given to you to move")
    place, unknown = await _place(store, tx, event)
    if unknown:
        return refuse(
            UNKNOWN_PLACE, unknown, "this place is not registered; ask for it to be created, or check its code"
        )
    counts_of = event.parent if event.kind == "AggregationEvent" else (named[0] if len(named) == 1 else None)
    return _Resolved(event, [found[code] for code in dict.fromkeys(named)], counts_of, place)


async def _place(store: Store, tx: Tx, event: Reported) -> tuple[str | None, str]:
    """The code of the place where the event happened, and the field that names an unknown one.

    A business location says where things are from then on, so it comes first for what arrives; a read point for the rest.
    """
    both = [("/bizLocation/id", event.location), ("/readPoint/id", event.read_point)]
    if event.step not in COMING:
        both.reverse()
    given = [(field, code) for field, code in both if code is not None]
    for _, code in given:
        if known := await store.place(code, tx=tx):
            return known["code"], ""
    return None, given[0][0] if given else ""


async def _move(store: Store, tx: Tx, actor: Actor, resolved: _Resolved, package: Document) -> None:
    """Adds the event to the package's history and sets the package to what its history now amounts to."""
    event = resolved.event
    counted = event.goods if package["code"] == resolved.counts_of else ()
    await store.custody.insert(
        {
            "_id": f"{package['_id']}~{_mark(actor, event.key)}",
            "package": package["_id"],
            "key": event.key,
            "event": event.id,
            "at": event.at,
            "recordedAt": datetime.now(UTC),
            "kind": event.kind,
            "action": event.action,
            "step": event.step or event.kind,
            "place": resolved.place,
            "counted": [{"sku": g.sku, "quantity": milli(g.quantity)} for g in counted],
            "conditions": [c for c in (event.disposition, *event.conditions) if c],
            "declaresError": event.correction is not None,
            "transactions": [{"type": kind, "id": number} for kind, number in event.transactions],
            "extensions": event.original if event.extensions else "",
            "source": actor.name,
            "partner": actor.id,
            "difference": None,
        },
        tx=tx,
    )
    history = await store.custody.list({"package": package["_id"]}, tx=tx)
    handed = await _handed(store, tx, package)
    standing = derive({c["sku"]: c["expected"] for c in package["contents"]}, [*map(_step, history), *handed])
    now = {
        "status": standing.status.value,
        "place": standing.place,
        "contents": _contents(package, standing),
        "conditions": sorted(standing.conditions),
    }
    await store.packages.update({"_id": package["_id"]}, {"$set": now}, tx=tx)
    fresh = await _tell_differences(store, tx, history, standing)
    by = actor.anywhere(_PARTNERS)
    await _announce(store, tx, by, resolved, package | now, standing.differences.get(event.key))
    await _alert(store, tx, event, package, standing, fresh)


async def _handed(store: Store, tx: Tx, package: Document) -> list[Step]:
    """Our officers' handovers from the package, as steps of its history."""
    if not any(c["handed"] for c in package["contents"]):
        return []
    found = await store.handovers.list({"package": package["code"]}, tx=tx)
    return [
        Step(
            key=h["_id"], event=h["_id"], at=h["occurredAt"], step=HANDOVER,
            counted={i["sku"]: i["quantity"] for i in h["items"]}, ours=True,
        )
        for h in found
    ]  # fmt: skip


def _step(document: Document) -> Step:
    return Step(
        key=document["key"],
        event=document["event"],
        at=document["at"],
        step=document["step"],
        place=document["place"],
        counted={c["sku"]: c["quantity"] for c in document["counted"]},
        conditions=tuple(document["conditions"]),
        declares_error=document["declaresError"],
    )


def _contents(package: Document, standing: Standing) -> list[Document]:
    """The contents in their order, with what was counted and what is left; goods nobody expected come last."""
    kept = [
        c | {"counted": standing.counted.get(c["sku"]), "left": standing.held.get(c["sku"], 0)}
        for c in package["contents"]
    ]
    known = {c["sku"] for c in kept}
    return kept + [
        {"sku": sku, "expected": 0, "counted": standing.counted.get(sku), "handed": 0, "left": held}
        for sku, held in standing.held.items()
        if sku not in known
    ]


async def _tell_differences(store: Store, tx: Tx, history: Sequence[Document], standing: Standing) -> dict[str, str]:
    """Notes at each step what its count lacks; answers the differences that were not known before, by step."""
    fresh = {}
    for document in history:
        key = document["key"]
        text = _VOID if key in standing.void else standing.differences.get(key)
        if text != document["difference"]:
            await store.custody.update({"_id": document["_id"]}, {"$set": {"difference": text}}, tx=tx)
            if key in standing.differences:
                fresh[key] = standing.differences[key]
    return fresh


async def _announce(
    store: Store, tx: Tx, by: Acting, resolved: _Resolved, package: Document, difference: str | None
) -> None:
    event = resolved.event
    await store.outbox.record(
        tx,
        by,
        action="distribution:package:move",
        subject=Subject(type="Package", id=package["_id"]),
        area=package["area"],
        event=PackageMoved(
            package_id=package["_id"],
            code=package["code"],
            round_id=package["round"],
            area=package["area"],
            step="error_declaration" if event.correction else event.step or event.kind,
            at=event.at,
            status=package_status(package),
            place=package["place"],
            discrepancy=difference,
        ),
        after=store.seal(
            package["_id"], {k: package[k] for k in ("status", "place", "contents", "conditions")} | {"event": event.id}
        ),
    )


async def _alert(
    store: Store, tx: Tx, event: Reported, package: Document, standing: Standing, differences: dict[str, str]
) -> None:
    found = [(DIFFERENCE, text, key) for key, text in differences.items()]
    for condition in sorted(standing.conditions - set(package["conditions"])):
        found.append((CONDITIONS[condition], f"The partner reports package {package['code']} as {condition}.", ""))
    for rule, detail, once in found:
        await raise_alert(
            store,
            tx,
            Raised(
                rule,
                SEVERITIES[rule],
                event.at,
                package["area"],
                package["round"],
                detail,
                "Package",
                package["_id"],
                once,
            ),
        )


async def _reject(store: Store, tx: Tx, actor: Actor, rejection: Rejection, source: str) -> None:
    """Tells the partner, on the topic of rejected events and in the audit log; nothing is dropped silently."""
    mark = _mark(actor, f"{source}#{rejection.index}")
    await store.outbox.record(
        tx,
        actor.anywhere(_PARTNERS),
        action="distribution:partner-event:reject",
        subject=Subject(type="PartnerEvent", id=mark),
        outcome="refused",
        reason=rejection.code,
        event=PartnerEventRejected(
            partner_id=actor.id,
            code=rejection.code,
            field=rejection.field,
            explanation=rejection.explanation,
            index=rejection.index,
            event_id=rejection.event_id,
            source=source,
            received_at=datetime.now(UTC),
            original=rejection.original,
        ),
    )
