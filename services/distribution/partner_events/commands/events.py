"""Application of one partner event: permission for its packages, deduplication, and its effect on their histories."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from amanah.contracts.actor import Acting, Actor, Role
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject, related_subjects
from amanah.contracts.custody.events import PackageMoved
from amanah.contracts.errors import code_of, error_text
from amanah.contracts.logistics import (
    NOT_YOUR_PACKAGE,
    UNKNOWN_PACKAGE,
    UNKNOWN_PLACE,
    PartnerEventRejected,
    Rejection,
    Reported,
)
from amanah.contracts.message import milli
from amanah.contracts.partner_events import CapturedEvent
from amanah.runtime.mongo import Tx
from services.distribution.custody.commands.losses import announce_loss
from services.distribution.custody.commands.recompute import PackageChange, codes_inside, recompute
from services.distribution.custody.documents import (
    CUSTODY_STEPS,
    PACKAGES,
    CustodyStepDocument,
    PackageDocument,
    of_package,
    place_with,
)
from services.distribution.custody.rules import ARRIVALS, Loss
from services.distribution.custody.views import package_status
from services.distribution.partner_events.documents import PARTNER_EVENTS
from services.distribution.store import Store

_PARTNERS = frozenset({Role.LOGISTICS})


async def apply_event(store: Store, tx: Tx, actor: Actor, event: Reported | Rejection, source: str) -> CapturedEvent:
    """Accepts, rejects or recognises as a duplicate one event that `actor` sent by `source`, all in the transaction.

    The same event from the same source, at the same position in it, gets the same answer again.
    """
    resolved = event if isinstance(event, Rejection) else await _resolve(store, tx, actor, event)
    if isinstance(resolved, Rejection):
        await _reject(store, tx, actor, resolved, source, event.packages if isinstance(event, Reported) else ())
        return captured_event(resolved)
    answer = CapturedEvent(index=resolved.event.index, event_id=resolved.event.id, result="accepted")
    origin = f"{source}#{resolved.event.index}"
    earlier = await store[PARTNER_EVENTS].change(
        {"_id": _event_id(actor, resolved.event.key)},
        {"$setOnInsert": {"partner": actor.id, "event": resolved.event.id, "source": origin, "at": datetime.now(UTC)}},
        upsert=True,
        returning="before",
        tx=tx,
    )
    if earlier is None:
        await _move(store, tx, actor, resolved)
    elif earlier["source"] != origin:
        return answer.model_copy(update={"result": "duplicate"})
    return answer


def captured_event(rejection: Rejection) -> CapturedEvent:
    """A rejection as the capture job shows it."""
    return CapturedEvent(
        index=rejection.index,
        event_id=rejection.event_id,
        result="rejected",
        code=rejection.code,
        field=rejection.field,
        explanation=rejection.explanation,
    )


def _event_id(actor: Actor, key: str) -> str:
    """The id of a partner's event; partners do not share their ids."""
    return hashlib.sha256(f"{actor.id}\x1f{key}".encode()).hexdigest()


@dataclass(frozen=True)
class _Resolved:
    """An event whose packages and place are known. Its quantities are those of the package `counts_of`, if of any.

    `parent` is the id of the package that an aggregation is about.
    """

    event: Reported
    packages: Sequence[PackageDocument]
    counts_of: str | None
    place: str | None
    parent: str | None


async def _resolve(store: Store, tx: Tx, actor: Actor, event: Reported) -> _Resolved | Rejection:
    named = [*event.packages, *([event.parent] if event.parent else [])]
    field = {"AggregationEvent": "/childEPCs"}.get(event.kind, "/epcList")

    def refuse(key: str, where: str, **values: object) -> Rejection:
        return Rejection(
            code=code_of(key), field=event.pointer + where, explanation=error_text(key, **values).en,
            index=event.index, event_id=event.id, original=event.original,
        )  # fmt: skip

    if not named:
        return refuse(UNKNOWN_PACKAGE, field)
    found = {p["code"]: p for p in await store[PACKAGES].list({"code": {"$in": named}}, tx=tx)}
    for number, code in enumerate(named):
        where = "/parentID" if number >= len(event.packages) else f"{field}/{number}"
        if code not in found:
            return refuse(f"{UNKNOWN_PACKAGE}.code", where, code=code)
        if found[code]["partner"] not in (actor.id, actor.name):
            return refuse(f"{NOT_YOUR_PACKAGE}.event", where, code=code)
    place, unknown = await _place(store, tx, event)
    if unknown:
        return refuse(UNKNOWN_PLACE, unknown)
    counts_of = event.parent if event.kind == "AggregationEvent" else (named[0] if len(named) == 1 else None)
    parent = found[event.parent]["_id"] if event.parent and event.kind == "AggregationEvent" else None
    return _Resolved(event, [found[code] for code in dict.fromkeys(named)], counts_of, place, parent)


async def _place(store: Store, tx: Tx, event: Reported) -> tuple[str | None, str]:
    """The code of the place where the event happened, and the field that names an unknown one.

    A business location says where things are from then on, so it comes first for what arrives; a read point for the rest.
    """
    both = [("/bizLocation/id", event.location), ("/readPoint/id", event.read_point)]
    if event.step not in ARRIVALS:
        both.reverse()
    given = [(field, code) for field, code in both if code is not None]
    for _, code in given:
        if known := await place_with(store, code, tx=tx):
            return known["code"], ""
    return None, given[0][0] if given else ""


async def _move(store: Store, tx: Tx, actor: Actor, resolved: _Resolved) -> None:
    """Adds the event to the histories of its packages and recomputes these."""
    event = resolved.event
    ids = [p["_id"] for p in resolved.packages]
    bound = await place_with(store, event.destination, tx=tx)
    await store[CUSTODY_STEPS].insert_many(
        [_step(actor, resolved, p, bound["code"] if bound else None) for p in resolved.packages], tx=tx
    )
    if resolved.parent is not None:
        children = [p for p in ids if p != resolved.parent]
        await store[PACKAGES].update_many(
            {"_id": {"$in": children}}, {"$addToSet": {"parents": resolved.parent}}, tx=tx
        )
        await store[PACKAGES].update({"_id": resolved.parent}, {"$set": {"kin": True}}, tx=tx)
    changes = await recompute(store, tx, ids, event.at)
    by = actor.anywhere(_PARTNERS)
    for package_id in ids:
        await _announce(store, tx, by, event, changes[package_id], codes_inside(changes, package_id))
    for each in changes.values():
        await _announce_losses(store, tx, by, event, each)


def _step(actor: Actor, resolved: _Resolved, package: PackageDocument, destination: str | None) -> CustodyStepDocument:
    event = resolved.event
    counted = event.goods if package["code"] == resolved.counts_of else ()
    return {
        "_id": f"{package['_id']}~{_event_id(actor, event.key)}",
        "package": package["_id"],
        "key": event.key,
        "event": event.id,
        "at": event.at,
        "recordedAt": datetime.now(UTC),
        "kind": event.kind,
        "action": event.action,
        "step": event.step or event.kind,
        "place": resolved.place,
        "destination": destination,
        "counted": [{"sku": g.sku, "quantity": milli(g.quantity)} for g in counted],
        "disposition": event.disposition,
        "conditions": [c for c in (event.disposition, *event.conditions) if c],
        "declaresError": event.correction is not None,
        "parent": resolved.parent if resolved.parent != package["_id"] else None,
        # A DELETE that names no package takes out all that is inside.
        "empties": resolved.parent == package["_id"] and event.action == "DELETE" and not event.packages,
        "transactions": [{"type": kind, "id": number} for kind, number in event.transactions],
        "extensions": event.original if event.extensions else "",
        "source": actor.name,
        "partner": actor.id,
        "difference": None,
    }


async def _announce(
    store: Store, tx: Tx, by: Acting, event: Reported, change: PackageChange, carried: tuple[str, ...]
) -> None:
    package = change.package
    await store.outbox.record(
        tx,
        by,
        action=AuditAction.PACKAGE_MOVE,
        subject=Subject(type="Package", id=package["_id"]),
        concerns=of_package(package) + related_subjects(packages=carried),
        authority=package["round"],
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
            discrepancy=change.state.differences.get(event.key),
            carried=carried,
        ),
        after=store.seal(
            package["_id"],
            {
                "status": package["status"],
                "place": package["place"],
                "contents": package["contents"],
                "conditions": package["conditions"],
                "event": event.id,
            },
        ),
    )


async def _announce_losses(store: Store, tx: Tx, by: Acting, event: Reported, change: PackageChange) -> None:
    """Records the losses that the event's disposition means for a package."""
    before = {c["sku"]: c for c in change.before["contents"]}
    for kind in Loss:
        taken = {
            c["sku"]: more
            for c in change.package["contents"]
            if (more := c[kind.column] - (before[c["sku"]][kind.column] if c["sku"] in before else 0)) > 0
        }
        if taken:
            await announce_loss(store, tx, by, change.package, kind, taken, event.at)


async def _reject(store: Store, tx: Tx, actor: Actor, rejection: Rejection, source: str, codes: Sequence[str]) -> None:
    """Records a rejection in the audit log and publishes it to the partner; no event is dropped silently."""
    # A partner may send any text as a code: only packages that exist are named in the log.
    named = await store[PACKAGES].list({"code": {"$in": list(codes)}}, projection={"code": 1}, tx=tx) if codes else []
    event_id = _event_id(actor, f"{source}#{rejection.index}")
    await store.outbox.record(
        tx,
        actor.anywhere(_PARTNERS),
        action=AuditAction.PARTNER_EVENT_REJECT,
        subject=Subject(type="PartnerEvent", id=event_id),
        concerns=related_subjects(*(p["_id"] for p in named), packages=[p["code"] for p in named]),
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
