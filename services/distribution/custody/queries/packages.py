"""Queries on places, packages and their history. Every query takes the viewer's scope into its condition.

A package and its history are read in one snapshot of the store: a step that the history has is in the package's status too.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from amanah.contracts.actor import Actor, Role
from amanah.contracts.areas import Scope
from amanah.contracts.custody.packages import (
    GetPackage,
    GetPackages,
    GetPlaces,
    HistoryPage,
    HistoryRead,
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
from amanah.runtime.mongo import Collection, Condition, Tx
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
    with_status,
)
from services.distribution.custody.histories import related_codes
from services.distribution.custody.views import handed_over, place
from services.distribution.partners.lookup import active_owner_ids
from services.distribution.store import Store, filter_by, many, page

_CURSOR = re.compile(r"[0-9]{1,13}(~.*)?", re.DOTALL)


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


async def _package(store: Store, tx: Tx, visible: Condition, code: str) -> PackageDocument:
    """The package, if it is visible."""
    found = await store[PACKAGES].get({"$and": [{"code": code}, visible]}, tx=tx)
    if found is None:
        raise NotFound("not_found.package")
    return found


async def _shown(
    store: Store, tx: Tx, found: Sequence[PackageDocument], pages: Sequence[HistoryPage]
) -> Sequence[PackageView]:
    """The packages with their places and pages of their histories, all of the transaction's snapshot."""
    related = await related_codes(store, found, tx=tx)
    codes = sorted({p["place"] for p in found if p["place"]})
    places = {p["code"]: p for p in await store[PLACES].list({"code": {"$in": codes}}, tx=tx)} if codes else {}
    return [
        views_module.package(p, places.get(p["place"] or ""), related, await _histories(store, tx, p, pages))
        for p in found
    ]


async def _histories(
    store: Store, tx: Tx, package: PackageDocument, pages: Sequence[HistoryPage]
) -> Sequence[HistoryRead]:
    return [
        HistoryRead(page=wanted, steps=await _history(store, tx, package, wanted))
        for wanted in pages
        if wanted.after is None or _CURSOR.fullmatch(wanted.after)
    ]


@answers
async def get_package(store: Store, actor: Actor, ask: GetPackage) -> PackageView:
    """Returns a package by its code, with the wanted pages of its history."""
    visible = await _visible_packages(store, actor)

    async def read(tx: Tx) -> PackageView:
        (shown,) = await _shown(store, tx, [await _package(store, tx, visible, ask.code)], ask.histories)
        return shown

    return await store.db.transaction(read)


@answers
async def get_packages(store: Store, actor: Actor, ask: GetPackages) -> PackagesAnswer:
    """Returns packages by id, those that the viewer may see."""
    visible = await _visible_packages(store, actor)

    async def read(tx: Tx) -> PackagesAnswer:
        found = await store[PACKAGES].list({"$and": [{"_id": {"$in": list(ask.ids)}}, visible]}, tx=tx)
        return PackagesAnswer(nodes=tuple(await _shown(store, tx, found, ask.histories)))

    return await store.db.transaction(read)


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

    async def read(tx: Tx) -> Many[PackageView]:
        condition = {"$and": wanted}
        found = await page(store[PACKAGES], condition, first=ask.first, after=ask.after, newest=True, tx=tx)
        shown = await _shown(store, tx, found.documents, ask.histories)
        return Many(nodes=tuple(shown), cursors=found.cursors, total=found.total, more=found.more)

    return await store.db.transaction(read)


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
    visible = await _visible_packages(store, actor)
    wanted = HistoryPage(first=ask.first, after=ask.after)
    if wanted.after is not None and not _CURSOR.fullmatch(wanted.after):
        raise BadInput("bad_input.cursor", "after")

    async def read(tx: Tx) -> PackageHistory:
        return await _history(store, tx, await _package(store, tx, visible, ask.code), wanted)

    return await store.db.transaction(read)


async def _history(store: Store, tx: Tx, package: PackageDocument, wanted: HistoryPage) -> PackageHistory:
    steps, handed = {"package": package["_id"]}, {"package": package["code"]}
    moves = await _since(store[CUSTODY_STEPS], tx, steps, "at", wanted)
    handovers = await _since(store[PACKAGE_HANDOVERS], tx, handed, "occurredAt", wanted)
    codes = sorted({m["place"] for m in moves if m["place"]})
    places = {p["code"]: p for p in await store[PLACES].list({"code": {"$in": codes}}, tx=tx)} if codes else {}
    found = sorted(
        [(m["at"], m["_id"], views_module.step(m, places.get(m["place"] or ""))) for m in moves]
        + [(h["occurredAt"], h["_id"], handed_over(h)) for h in handovers],
        key=lambda entry: entry[:2],
    )
    shown = found[: wanted.first]
    return PackageHistory(
        nodes=tuple(step for _, _, step in shown),
        cursors=tuple(f"{round(at.timestamp() * 1000)}~{key}" for at, key, _ in shown),
        total=await store[CUSTODY_STEPS].count(steps, tx=tx) + await store[PACKAGE_HANDOVERS].count(handed, tx=tx),
        more=len(found) > wanted.first,
    )


async def _since(
    collection: Collection[D], tx: Tx, condition: Condition, field: str, wanted: HistoryPage
) -> Sequence[D]:
    """Documents after the cursor, one more than a page, in the order of the moment in `field`."""
    if wanted.after is not None:
        millis, _, key = wanted.after.partition("~")
        moment = datetime.fromtimestamp(int(millis) / 1000, UTC)
        condition = {"$and": [condition, {"$or": [{field: {"$gt": moment}}, {field: moment, "_id": {"$gt": key}}]}]}
    return await collection.list(condition, sort=[(field, 1), ("_id", 1)], limit=wanted.first + 1, tx=tx)
