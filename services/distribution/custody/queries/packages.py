"""Queries on places, packages and their history. Every query takes the viewer's scope into its condition."""

from collections.abc import Sequence
from datetime import UTC, datetime

from amanah.contracts.actor import Actor, Role
from amanah.contracts.areas import Scope
from amanah.contracts.custody.packages import (
    GetPackage,
    GetPackages,
    GetPlaces,
    ListPackageHistory,
    ListPackages,
    ListPlaces,
    PackageHistory,
    PackagesAnswer,
    PackageView,
    PlacesAnswer,
    PlaceView,
)
from amanah.contracts.distribution import VIEWERS
from amanah.contracts.errors import BadInput, NotFound
from amanah.contracts.message import Many
from amanah.runtime.mongo import Collection, Condition
from amanah.runtime.rpc import answers
from amanah.runtime.tables import D
from services.distribution.custody import views as views_module
from services.distribution.custody.documents import (
    CUSTODY_STEPS,
    PACKAGE_HANDOVERS,
    PACKAGES,
    PLACES,
    PackageDocument,
    owned_by,
    place_with,
    with_status,
)
from services.distribution.custody.histories import related_codes
from services.distribution.custody.views import handed_over, place
from services.distribution.partners.lookup import active_owner_ids
from services.distribution.store import Store, filter_by, many, page


async def _visible_packages(store: Store, actor: Actor) -> Condition:
    """Requires that the viewer may see a package: their areas touch its own, or they are its partner.

    Raises Forbidden `partner_suspended` for a partner that is suspended.
    """
    mine: list[Condition] = []
    if actor.has({Role.LOGISTICS}):
        mine.append(owned_by(await active_owner_ids(store, actor)))
    if actor.has(VIEWERS):
        mine.append(actor.scope(VIEWERS).touching("area"))
    return {"$or": mine}


async def _package(store: Store, actor: Actor, code: str) -> PackageDocument:
    """The package, if the viewer may see it."""
    found = await store[PACKAGES].get({"$and": [{"code": code}, await _visible_packages(store, actor)]})
    if found is None:
        raise NotFound("not_found.package")
    return found


@answers
async def get_package(store: Store, actor: Actor, ask: GetPackage) -> PackageView:
    """Returns a package by its code."""
    found = await _package(store, actor, ask.code)
    return views_module.package(found, await place_with(store, found["place"]), await related_codes(store, [found]))


@answers
async def get_packages(store: Store, actor: Actor, ask: GetPackages) -> PackagesAnswer:
    """Returns packages by id, those that the viewer may see."""
    visible = await _visible_packages(store, actor)
    found = await store[PACKAGES].list({"$and": [{"_id": {"$in": list(ask.ids)}}, visible]})
    related = await related_codes(store, found)
    return PackagesAnswer(
        nodes=tuple([views_module.package(p, await place_with(store, p["place"]), related) for p in found])
    )


@answers
async def list_packages(store: Store, actor: Actor, ask: ListPackages) -> Many[PackageView]:
    """Lists packages, the newest first."""
    wanted: list[Condition] = [
        await _visible_packages(store, actor),
        filter_by(round=ask.round_id),
        _at_and_below(ask.area),
    ]
    if ask.status is not None:
        wanted.append(with_status(ask.status))
    found = await page(store[PACKAGES], {"$and": wanted}, first=ask.first, after=ask.after, newest=True)
    related = await related_codes(store, found.documents)
    codes = sorted({p["place"] for p in found.documents if p["place"]})
    places = {p["code"]: p for p in await store[PLACES].list({"code": {"$in": codes}})}
    return many(found, lambda p: views_module.package(p, places.get(p["place"] or ""), related))


@answers
async def list_places(store: Store, actor: Actor, ask: ListPlaces) -> Many[PlaceView]:
    """Lists places of the viewer's areas, the newest first."""
    condition = {"$and": [actor.scope(ask.roles).touching("area"), _at_and_below(ask.area), filter_by(kind=ask.kind)]}
    return many(await page(store[PLACES], condition, first=ask.first, after=ask.after, newest=True), place)


@answers
async def get_places(store: Store, actor: Actor, ask: GetPlaces) -> PlacesAnswer:
    """Returns places by id, those of the viewer's areas."""
    condition = {"$and": [{"_id": {"$in": list(ask.ids)}}, actor.scope(ask.roles).touching("area")]}
    return PlacesAnswer(nodes=tuple(place(p) for p in await store[PLACES].list(condition)))


def _at_and_below(area: str | None) -> Condition:
    return Scope([area]).condition("area") if area else {}


@answers
async def list_package_history(store: Store, actor: Actor, ask: ListPackageHistory) -> PackageHistory:
    """Lists the steps of a package and the handovers from it, in the order in which they happened.

    A cursor is the moment and id of a step, so that pages stay put when a late event takes its place.
    """
    package = await _package(store, actor, ask.code)
    steps, handed = {"package": package["_id"]}, {"package": package["code"]}
    moves = await _since(store[CUSTODY_STEPS], steps, "at", ask)
    handovers = await _since(store[PACKAGE_HANDOVERS], handed, "occurredAt", ask)
    places = {p["code"]: p for p in await store[PLACES].list({"code": {"$in": [m["place"] for m in moves]}})}
    found = sorted(
        [(m["at"], m["_id"], views_module.step(m, places.get(m["place"] or ""))) for m in moves]
        + [(h["occurredAt"], h["_id"], handed_over(h)) for h in handovers],
        key=lambda entry: entry[:2],
    )
    shown = found[: ask.first]
    return PackageHistory(
        nodes=tuple(step for _, _, step in shown),
        cursors=tuple(f"{round(at.timestamp() * 1000)}~{key}" for at, key, _ in shown),
        total=await store[CUSTODY_STEPS].count(steps) + await store[PACKAGE_HANDOVERS].count(handed),
        more=len(found) > ask.first,
    )


async def _since(collection: Collection[D], condition: Condition, field: str, ask: ListPackageHistory) -> Sequence[D]:
    """Documents after the cursor, one more than a page, in the order of the moment in `field`."""
    if ask.after is not None:
        millis, _, key = ask.after.partition("~")
        if not (millis.isdigit() and len(millis) <= 13):
            raise BadInput("bad_input.cursor", "after")
        moment = datetime.fromtimestamp(int(millis) / 1000, UTC)
        condition = {"$and": [condition, {"$or": [{field: {"$gt": moment}}, {field: moment, "_id": {"$gt": key}}]}]}
    return await collection.list(condition, sort=[(field, 1), ("_id", 1)], limit=ask.first + 1)
