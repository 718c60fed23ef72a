"""Application of partner events in batches: permission for packages, deduplication, and effects on their histories.

A batch costs the store as often as one event does: what its events name is loaded once, they are judged in memory in order
(`rules.judge`), and what they change is written in bulk.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from amanah.contracts.actor import Acting, Actor, Role
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject, related_subjects
from amanah.contracts.custody.events import PackageMoved
from amanah.contracts.logistics import Read, Rejection, Reported, original
from amanah.runtime.mongo import Operation, Tx, Update
from services.distribution.custody.commands.losses import announce_loss
from services.distribution.custody.commands.recompute import PackageChange, codes_inside, recompute
from services.distribution.custody.documents import (
    CUSTODY_STEPS,
    PACKAGES,
    PLACES,
    CustodyStepDocument,
    PackageDocument,
    of_package,
)
from services.distribution.custody.rules import Loss
from services.distribution.custody.views import package_status
from services.distribution.partner_events.commands.outcomes import Decided, announce
from services.distribution.partner_events.documents import PARTNER_EVENTS, PartnerEventDocument
from services.distribution.partner_events.rules import (
    Accepted,
    Facts,
    KnownPackage,
    Sender,
    event_key,
    judge,
    named_packages,
    named_places,
)
from services.distribution.partner_events.sandbox import sandbox_facts
from services.distribution.rounds.documents import ROUNDS
from services.distribution.store import Store

PARTNERS = frozenset({Role.LOGISTICS})
_PACKAGE_FIELDS = {"code": 1, "partner": 1, "round": 1}


@dataclass(frozen=True)
class Incoming:
    """One event, or rejection, of a document that a partner sent; `source` and `at` are those of the document."""

    event: Read
    source: str
    at: datetime


async def apply_events(
    store: Store, tx: Tx, actor: Actor, sender: Sender, incoming: Sequence[Incoming]
) -> list[Decided]:
    """Accepts, rejects or recognises as duplicates the events that `actor` sent for `sender`, in the transaction.

    Returns what became of each, in order, and publishes it to the partner.
    """
    reported = [each.event for each in incoming if isinstance(each.event, Reported)]
    facts = await _load_facts(store, tx, sender, reported)
    verdicts = [each.event if isinstance(each.event, Rejection) else judge(each.event, facts) for each in incoming]
    by = actor.anywhere(PARTNERS)
    accepted = [
        (verdict, each) for verdict, each in zip(verdicts, incoming, strict=True) if isinstance(verdict, Accepted)
    ]
    if accepted:
        await store[PARTNER_EVENTS].insert_many([_document(sender, v, each) for v, each in accepted], tx=tx)
        await _record_kept(store, tx, by, sender, [v for v, _ in accepted if sender.sandbox or not v.packages])
        if moving := [v for v, _ in accepted if v.packages and not sender.sandbox]:
            await _move(store, tx, actor, by, sender, moving)
    decided = [
        Decided(verdict, each.source, each.at, _packages(each.event, facts))
        for verdict, each in zip(verdicts, incoming, strict=True)
    ]
    await announce(store, tx, by, sender, decided)
    return decided


def _packages(event: Read, facts: Facts) -> list[KnownPackage]:
    """Those packages that an event names that exist."""
    codes = named_packages(event) if isinstance(event, Reported) else ()
    return [facts.packages[code] for code in codes if code in facts.packages]


# ---------------------------------------------------------------- facts


async def _load_facts(store: Store, tx: Tx, sender: Sender, events: Sequence[Reported]) -> Facts:
    keys = sorted({event_key(sender.id, key) for event in events for key in (event.key, event.id)})
    known = await store[PARTNER_EVENTS].list({"_id": {"$in": keys}}, projection={"content": 1}, tx=tx) if keys else []
    contents = {document["_id"]: document.get("content", "") for document in known}
    if sender.sandbox:
        return sandbox_facts(sender, contents)
    codes = sorted({code for event in events for code in named_packages(event)})
    found = await store[PACKAGES].list({"code": {"$in": codes}}, projection=_PACKAGE_FIELDS, tx=tx) if codes else []
    return Facts(
        sender,
        packages=await _with_units(store, tx, found, counted=any(event.goods for event in events)),
        places=await _known_places(store, tx, events),
        contents=contents,
    )


async def _with_units(
    store: Store, tx: Tx, packages: Sequence[PackageDocument], *, counted: bool
) -> dict[str, KnownPackage]:
    """The packages by code; with the units of the goods of their rounds, if goods were counted."""
    rounds = sorted({p["round"] for p in packages}) if counted else []
    found = await store[ROUNDS].list({"_id": {"$in": rounds}}, projection={"items": 1}, tx=tx) if rounds else []
    units = {r["_id"]: {item["sku"]: item["unit"] for item in r["items"]} for r in found}
    return {p["code"]: KnownPackage(p["_id"], p["code"], p["partner"], units.get(p["round"], {})) for p in packages}


async def _known_places(store: Store, tx: Tx, events: Sequence[Reported]) -> dict[str, str]:
    """The areas, by code, of those places that the events name, or of which they name an extension, that exist."""
    named = {code for event in events for code in named_places(event)}
    wanted = sorted(named | {code.rpartition(".")[0] for code in named} - {""})
    found = (
        await store[PLACES].list({"code": {"$in": wanted}}, projection={"code": 1, "area": 1}, tx=tx) if wanted else []
    )
    return {place["code"]: place["area"] for place in found}


# ---------------------------------------------------------------- effects


def _document(sender: Sender, accepted: Accepted, incoming: Incoming) -> PartnerEventDocument:
    event = accepted.event
    return {
        "_id": event_key(sender.id, event.key),
        "partner": sender.id,
        "event": event.id,
        "key": event.key,
        "source": incoming.source,
        "at": incoming.at,
        "type": event.kind,
        "time": event.at,
        "action": event.action,
        "step": event.step,
        "disposition": event.disposition,
        "epcs": list(event.epcs),
        "readPoint": event.read_point,
        "location": event.location,
        "document": event.original,
        "content": event.content,
    }


async def _record_kept(store: Store, tx: Tx, by: Acting, sender: Sender, kept: Sequence[Accepted]) -> None:
    """Records that events are kept that have no effect: one entry names all of a batch."""
    if kept:
        ids = [Subject(type="PartnerEvent", id=event_key(sender.id, each.event.key)) for each in kept]
        await store.outbox.record(tx, by, action=AuditAction.PARTNER_EVENT_KEEP, subject=ids[0], concerns=ids[1:])


async def _move(store: Store, tx: Tx, actor: Actor, by: Acting, sender: Sender, moving: Sequence[Accepted]) -> None:
    """Adds the events to the histories of their packages and recomputes these once."""
    now = datetime.now(UTC)
    steps = [_step(actor, sender, each, package, now) for each in moving for package in each.packages]
    await store[CUSTODY_STEPS].insert_many(steps, tx=tx)
    await store[PACKAGES].bulk([o for each in moving for o in _aggregate(each)], tx=tx)
    changed: dict[str, datetime] = {}
    for each in moving:
        for package in each.packages:
            changed[package.id] = max(each.event.at, changed.get(package.id, each.event.at))
    changes = await recompute(store, tx, changed)
    for each in moving:
        for package in each.packages:
            await _announce(store, tx, by, each.event, changes[package.id], codes_inside(changes, package.id))
    latest = max(changed.values())
    for change in changes.values():
        await _announce_losses(store, tx, by, changed.get(change.package["_id"], latest), change)


def _aggregate(accepted: Accepted) -> list[Operation]:
    """Marks the packages that an aggregation puts into a parent, so that they are read together from then on."""
    if accepted.parent is None:
        return []
    children = [p.id for p in accepted.packages if p.id != accepted.parent]
    return [
        *(Update({"_id": child}, {"$addToSet": {"parents": accepted.parent}}) for child in children),
        Update({"_id": accepted.parent}, {"$set": {"kin": True}}),
    ]


def _step(
    actor: Actor, sender: Sender, accepted: Accepted, package: KnownPackage, now: datetime
) -> CustodyStepDocument:
    event = accepted.event
    counted: Mapping[str, int] = accepted.counted if package.code == accepted.counts_of else {}
    return {
        "_id": f"{package.id}~{event_key(sender.id, event.key)}",
        "package": package.id,
        "key": event.key,
        "event": event.id,
        "at": event.at,
        "recordedAt": now,
        "kind": event.kind,
        "action": event.action,
        "step": event.step or event.kind,
        "place": accepted.place,
        "destination": accepted.destination,
        "counted": [{"sku": sku, "quantity": quantity} for sku, quantity in counted.items()],
        "disposition": event.disposition,
        "conditions": [c for c in (event.disposition, *event.conditions) if c],
        "declaresError": event.correction is not None,
        "parent": accepted.parent if accepted.parent != package.id else None,
        # A DELETE that names no package takes out all that is inside.
        "empties": accepted.parent == package.id and event.action == "DELETE" and not event.packages,
        "transactions": [{"type": kind, "id": number} for kind, number in event.transactions],
        "extensions": original(event.original.encode()) if event.extensions else "",
        "source": actor.name,
        "partner": sender.id,
        "difference": None,
    }


async def _announce(
    store: Store, tx: Tx, by: Acting, event: Reported, change: PackageChange, carried: tuple[str, ...]
) -> None:
    """Records that an event moved a package. It shows the package as it is when the whole batch is applied."""
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


async def _announce_losses(store: Store, tx: Tx, by: Acting, at: datetime, change: PackageChange) -> None:
    """Records the losses that dispositions mean for a package."""
    before = {c["sku"]: c for c in change.before["contents"]}
    for kind in Loss:
        taken = {
            c["sku"]: more
            for c in change.package["contents"]
            if (more := c[kind.column] - (before[c["sku"]][kind.column] if c["sku"] in before else 0)) > 0
        }
        if taken:
            await announce_loss(store, tx, by, change.package, kind, taken, at)
