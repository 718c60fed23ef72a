"""What distribution can be asked. Every query takes the viewer's scope into its condition."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import BaseModel

from amanah.contracts.actor import Actor
from amanah.contracts.areas import Scope
from amanah.contracts.distribution import (
    TRACKERS,
    VIEWERS,
    AlertPage,
    CaptureJob,
    CorrectionPage,
    EntitlementPage,
    GetAlerts,
    GetCapture,
    GetCorrections,
    GetEntitlements,
    GetPackage,
    GetPackages,
    GetPlaces,
    GetPrograms,
    GetRounds,
    ListAlerts,
    ListCorrections,
    ListEntitlements,
    ListPackageHistory,
    ListPackages,
    ListPlaces,
    ListPrograms,
    ListRounds,
    PackageHistory,
    PackagesAnswer,
    PackageView,
    PlacesAnswer,
    PlaceView,
    ProgramsAnswer,
    ProgramView,
    RoundsAnswer,
    RoundView,
)
from amanah.contracts.errors import BadInput, NotFound
from amanah.contracts.message import Many
from amanah.mongo import Collection, Condition, Document
from services.distribution import views
from services.distribution.histories import kin_codes
from services.distribution.schedule import BY_AREA, of_round, shown, visible, worked
from services.distribution.store import Found, Store, owned_by, page, touching, with_status

A = TypeVar("A", bound=BaseModel)


async def get_programs(store: Store, actor: Actor, ask: GetPrograms) -> ProgramsAnswer:
    """See GetPrograms."""
    found = await store.programs.list({"_id": {"$in": list(ask.ids)}})
    return ProgramsAnswer(nodes=tuple(views.program(p) for p in found))


async def get_rounds(store: Store, actor: Actor, ask: GetRounds) -> RoundsAnswer:
    """See GetRounds."""
    found = await store.seen_rounds(actor.scope(TRACKERS), ask.ids)
    return RoundsAnswer(nodes=tuple(views.round_(r) for r in found))


async def list_programs(store: Store, actor: Actor, ask: ListPrograms) -> Many[ProgramView]:
    """See ListPrograms."""
    return _many(await page(store.programs, {}, first=ask.first, after=ask.after, newest=True), views.program)


async def list_rounds(store: Store, actor: Actor, ask: ListRounds) -> Many[RoundView]:
    """See ListRounds."""
    wanted = _given(program=ask.program_id, status=ask.status)
    condition = {"$and": [wanted, touching(actor.scope(ask.roles), "area")]}
    return _many(await page(store.rounds, condition, first=ask.first, after=ask.after, newest=True), views.round_)


def _given(**wanted: str | None) -> Condition:
    """That each field has its value, where one is wanted."""
    return {field: value for field, value in wanted.items() if value is not None}


def _many(found: Found, show: Callable[[Document], A]) -> Many[A]:
    nodes = tuple(show(document) for document in found.documents)
    return Many(nodes=nodes, cursors=found.cursors, total=found.total, more=found.more)


async def list_entitlements(store: Store, actor: Actor, ask: ListEntitlements) -> EntitlementPage:
    """See ListEntitlements. NotFound for an assignment that is neither the viewer's nor overseen by them."""
    if ask.assignment_id is not None:
        assignment = await store.assignments.get({"$and": [{"_id": ask.assignment_id}, visible(actor)]})
        if assignment is None:
            raise NotFound("There is no such assignment that you may see.")
        condition = of_round(assignment["round"], worked(actor, assignment).narrowed(ask.area), ask.status)
    elif ask.round_id is not None:
        condition = of_round(ask.round_id, actor.scope(VIEWERS).narrowed(ask.area), ask.status)
    else:
        return EntitlementPage()
    found = await page(store.entitlements, condition, first=ask.first, after=ask.after, order=BY_AREA)
    return await _entitlements(store, found)


async def get_entitlements(store: Store, actor: Actor, ask: GetEntitlements) -> EntitlementPage:
    """See GetEntitlements."""
    condition = {"_id": {"$in": list(ask.ids)}, **actor.scope(VIEWERS).condition("area")}
    documents = await store.entitlements.list(condition)
    return await _entitlements(store, Found(documents, tuple(d["_id"] for d in documents), len(documents), False))


async def _rounds_of(store: Store, documents: list[Document]) -> dict[str, Document]:
    ids = sorted({d["round"] for d in documents})
    return {r["_id"]: r for r in await store.rounds.list({"_id": {"$in": ids}})} if ids else {}


async def _entitlements(store: Store, found: Found) -> EntitlementPage:
    rounds = await _rounds_of(store, found.documents)
    return shown(found, tuple(views.entitlement(e, rounds[e["round"]]) for e in found.documents))


def _seen_packages(actor: Actor) -> Condition:
    """Packages that the viewer may see: their areas touch its own, or they are its partner."""
    mine: list[Condition] = [owned_by(actor)]
    if actor.has(VIEWERS):
        mine.append(touching(actor.scope(VIEWERS), "area"))
    return {"$or": mine}


async def _package(store: Store, actor: Actor, code: str) -> Document:
    """The package, if the viewer may see it."""
    found = await store.packages.get({"$and": [{"code": code}, _seen_packages(actor)]})
    if found is None:
        raise NotFound("There is no package with this code that you may see.")
    return found


async def get_package(store: Store, actor: Actor, ask: GetPackage) -> PackageView:
    """See GetPackage."""
    found = await _package(store, actor, ask.code)
    return views.package(found, await store.place(found["place"]), await kin_codes(store, [found]))


async def get_packages(store: Store, actor: Actor, ask: GetPackages) -> PackagesAnswer:
    """See GetPackages."""
    found = await store.packages.list({"$and": [{"_id": {"$in": list(ask.ids)}}, _seen_packages(actor)]})
    kin = await kin_codes(store, found)
    return PackagesAnswer(nodes=tuple([views.package(p, await store.place(p["place"]), kin) for p in found]))


async def list_packages(store: Store, actor: Actor, ask: ListPackages) -> Many[PackageView]:
    """See ListPackages."""
    wanted: list[Condition] = [_seen_packages(actor), _given(round=ask.round_id), _at_and_below(ask.area)]
    if ask.status is not None:
        wanted.append(with_status(ask.status))
    found = await page(store.packages, {"$and": wanted}, first=ask.first, after=ask.after, newest=True)
    kin = await kin_codes(store, found.documents)
    codes = sorted({p["place"] for p in found.documents if p["place"]})
    places = {p["code"]: p for p in await store.places.list({"code": {"$in": codes}})}
    return _many(found, lambda p: views.package(p, places.get(p["place"]), kin))


async def list_places(store: Store, actor: Actor, ask: ListPlaces) -> Many[PlaceView]:
    """See ListPlaces."""
    condition = {"$and": [touching(actor.scope(ask.roles), "area"), _at_and_below(ask.area), _given(kind=ask.kind)]}
    return _many(await page(store.places, condition, first=ask.first, after=ask.after, newest=True), views.place)


async def get_places(store: Store, actor: Actor, ask: GetPlaces) -> PlacesAnswer:
    """See GetPlaces."""
    condition = {"$and": [{"_id": {"$in": list(ask.ids)}}, touching(actor.scope(ask.roles), "area")]}
    return PlacesAnswer(nodes=tuple(views.place(p) for p in await store.places.list(condition)))


def _at_and_below(area: str | None) -> Condition:
    return Scope([area]).condition("area") if area else {}


async def list_package_history(store: Store, actor: Actor, ask: ListPackageHistory) -> PackageHistory:
    """See ListPackageHistory: what partners reported and what officers handed over, in the order it happened.

    A cursor is the moment and id of a step, so that pages stay put when a late event takes its place.
    """
    package = await _package(store, actor, ask.code)
    steps, handed = {"package": package["_id"]}, {"package": package["code"]}
    moves = await _since(store.custody, steps, "at", ask)
    handovers = await _since(store.handovers, handed, "occurredAt", ask)
    places = {p["code"]: p for p in await store.places.list({"code": {"$in": [m["place"] for m in moves]}})}
    found = sorted(
        [(m["at"], m["_id"], views.step(m, places.get(m["place"]))) for m in moves]
        + [(h["occurredAt"], h["_id"], views.handed_over(h)) for h in handovers],
        key=lambda entry: entry[:2],
    )
    shown = found[: ask.first]
    return PackageHistory(
        nodes=tuple(step for _, _, step in shown),
        cursors=tuple(f"{round(at.timestamp() * 1000)}~{key}" for at, key, _ in shown),
        total=await store.custody.count(steps) + await store.handovers.count(handed),
        more=len(found) > ask.first,
    )


async def _since(
    collection: Collection, condition: Condition, field: str, ask: ListPackageHistory
) -> Sequence[Document]:
    """One more than a page of documents after the cursor, in the order of the moment in `field`."""
    if ask.after is not None:
        millis, _, key = ask.after.partition("~")
        if not (millis.isdigit() and len(millis) <= 13):
            raise BadInput("The cursor is not one of this list; begin without one.", field="after")
        moment = datetime.fromtimestamp(int(millis) / 1000, UTC)
        condition = {"$and": [condition, {"$or": [{field: {"$gt": moment}}, {field: moment, "_id": {"$gt": key}}]}]}
    return await collection.list(condition, sort=[(field, 1), ("_id", 1)], limit=ask.first + 1)


async def get_capture(store: Store, actor: Actor, ask: GetCapture) -> CaptureJob:
    """See GetCapture. NotFound for a job of another partner."""
    found = await store.captures.get({"_id": ask.id, "partner": actor.id})
    if found is None:
        raise NotFound("There is no such capture of yours.")
    return views.capture(found)


async def list_corrections(store: Store, actor: Actor, ask: ListCorrections) -> CorrectionPage:
    """See ListCorrections."""
    wanted = {"round": ask.round_id, "handover": ask.handover_id, "status": ask.status}
    scope = actor.scope(ask.roles).narrowed(ask.area)
    condition = {**scope.condition("area"), **{k: v for k, v in wanted.items() if v is not None}}
    return _corrections(store, await page(store.corrections, condition, first=ask.first, after=ask.after, newest=True))


async def get_corrections(store: Store, actor: Actor, ask: GetCorrections) -> CorrectionPage:
    """See GetCorrections."""
    condition = {"_id": {"$in": list(ask.ids)}, **actor.scope(ask.roles).condition("area")}
    documents = await store.corrections.list(condition)
    return _corrections(store, Found(documents, tuple(d["_id"] for d in documents), len(documents), False))


def _corrections(store: Store, found: Found) -> CorrectionPage:
    return CorrectionPage(
        nodes=tuple(views.correction(store.keys, c) for c in found.documents),
        cursors=found.cursors,
        total=found.total,
        more=found.more,
    )


async def list_alerts(store: Store, actor: Actor, ask: ListAlerts) -> AlertPage:
    """See ListAlerts."""
    scope = actor.scope(ask.roles).narrowed(ask.area)
    wanted = {"rule": ask.rule, "severity": ask.severity, "status": ask.status}
    condition = {**scope.condition("area"), **{k: v for k, v in wanted.items() if v is not None}}
    found = await page(store.alerts, condition, first=ask.first, after=ask.after, newest=True)
    return AlertPage(
        nodes=tuple(views.alert(a, store.keys) for a in found.documents),
        cursors=found.cursors,
        total=found.total,
        more=found.more,
    )


async def get_alerts(store: Store, actor: Actor, ask: GetAlerts) -> AlertPage:
    """See GetAlerts."""
    condition = {"_id": {"$in": list(ask.ids)}, **actor.scope(ask.roles).condition("area")}
    found = await store.alerts.list(condition)
    return AlertPage(nodes=tuple(views.alert(a, store.keys) for a in found), total=len(found))
