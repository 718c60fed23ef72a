"""Bundles for a day of work without a network, complete or as a delta."""

from datetime import UTC, date, datetime
from typing import NamedTuple

from amanah.contracts.actor import Actor
from amanah.contracts.areas import Scope
from amanah.contracts.assignments import (
    BUNDLE_LIMIT,
    AssignmentBundle,
    BundledEntitlement,
    BundledPackage,
    GetAssignmentBundle,
)
from amanah.contracts.custody.packages import PackageStatus
from amanah.contracts.errors import AmanahError, NotFound, NotYet
from amanah.contracts.rounds import RoundStatus
from amanah.contracts.time_zones import local_date
from amanah.runtime.mongo import Condition, Tx
from amanah.runtime.rpc import answers
from amanah.runtime.tables import CHANGED
from services.distribution.assignments import views as views_module
from services.distribution.assignments.documents import ASSIGNMENTS
from services.distribution.assignments.queries.schedule import work_scope
from services.distribution.assignments.rules.bundles import (
    EntitlementChange,
    Version,
    base_of,
    check_size,
    shape_of,
    version_of,
)
from services.distribution.custody.documents import PACKAGES, PLACES, PackageDocument
from services.distribution.custody.rules.places import HANDOVER_PLACES
from services.distribution.rounds.documents import ENTITLEMENTS, ROUNDS, EntitlementDocument
from services.distribution.rounds.rules.quantities import items
from services.distribution.rounds.views import program_items, round_
from services.distribution.store import Store

_KEPT = {"status": 1, "recipient": 1, "area": 1, "deliveredAt": 1, CHANGED: 1}


class _Snapshot(NamedTuple):
    """Entitlements and packages of one snapshot."""

    entitlements: list[EntitlementDocument]
    packages: list[PackageDocument]


@answers
async def get_assignment_bundle(store: Store, actor: Actor, ask: GetAssignmentBundle) -> AssignmentBundle:
    """Returns the bundle of an assignment, or its changes since the version that the device has."""
    assignment = await store[ASSIGNMENTS].get({"_id": ask.assignment_id, "officer": actor.id})
    if assignment is None:
        raise NotFound("not_found.assignment")
    round_found = await store[ROUNDS].get({"_id": assignment["round"]})
    if round_found is None:
        raise AmanahError("internal.lost_round")
    if round_found["status"] == RoundStatus.OPENING:
        raise NotYet("not_yet.opening", "assignmentId")
    scope = work_scope(actor, assignment)
    today = local_date(datetime.now(UTC), assignment["area"])
    over = date.fromisoformat(assignment["ends"]) < today
    view, round_view = views_module.assignment(assignment), round_(round_found)
    goods = program_items(round_found["items"])
    shape = shape_of(
        view.model_dump(mode="json"),
        round_view.model_dump(mode="json"),
        [good.model_dump(mode="json") for good in goods],
        scope.codes,
        over,
    )
    if over:
        return await _over(store, ask, scope, AssignmentBundle(
            version=str(version_of(today, shape, (), (), None)),
            complete=True, assignment=view, round=round_view, items=goods,
        ))  # fmt: skip
    base = base_of(ask.since, today, shape)
    seen = await store.db.transaction(lambda tx: _read_snapshot(store, tx, assignment["round"], scope, base))
    packages = tuple(_package(p) for p in seen.packages)
    version = version_of(
        today, shape, (_change(e) for e in seen.entitlements), [p.model_dump(mode="json") for p in packages], base
    )
    unchanged = str(version) == ask.since
    return AssignmentBundle(
        version=str(version),
        complete=base is None,
        assignment=view,
        round=round_view,
        items=goods,
        packages=packages,
        entitlements=() if unchanged else tuple(_entitlement(e) for e in seen.entitlements),
    )


async def _over(store: Store, ask: GetAssignmentBundle, scope: Scope, empty: AssignmentBundle) -> AssignmentBundle:
    """Returns the bundle of an assignment whose days are over: a device with its data must delete them."""
    if ask.since == empty.version:
        return empty.model_copy(update={"complete": False})
    if Version.read(ask.since) is None:
        return empty
    condition = {"round": empty.round.id, **scope.condition("area")}
    gone = await store[ENTITLEMENTS].list(condition, sort=[("_id", 1)], limit=BUNDLE_LIMIT, projection={"_id": 1})
    return empty.model_copy(update={"complete": False, "removed_ids": tuple(e["_id"] for e in gone)})


async def _read_snapshot(store: Store, tx: Tx, round_id: str, scope: Scope, base: Version | None) -> _Snapshot:
    condition: Condition = {"round": round_id, **scope.condition("area")}
    if base is not None:
        condition = {**condition, CHANGED: {"$gte": base.changed_from()}}
    # One more than the limit shows that there are too many.
    entitlements = await store[ENTITLEMENTS].list(
        condition, sort=[("area", 1), ("_id", 1)], limit=BUNDLE_LIMIT + 1, projection=_KEPT, tx=tx
    )
    check_size(len(entitlements), BUNDLE_LIMIT)
    return _Snapshot(entitlements, await _packages_at_hand(store, tx, round_id, scope))


async def _packages_at_hand(store: Store, tx: Tx, round_id: str, scope: Scope) -> list[PackageDocument]:
    """Returns packages for the area at places of handover, with something left."""
    arrived = {
        "round": round_id,
        "status": PackageStatus.ARRIVED,
        "contents.left": {"$gt": 0},
        **scope.touching("area"),
    }
    found = await store[PACKAGES].list(
        arrived, sort=[("code", 1)], limit=BUNDLE_LIMIT + 1, projection={"code": 1, "contents": 1, "place": 1}, tx=tx
    )
    check_size(len(found), BUNDLE_LIMIT)
    codes = sorted({p["place"] for p in found if p["place"]})
    # As `place_with` does: a code with an extension is at the place of the code without it.
    whole = {code: code.rpartition(".")[0] or code for code in codes}
    places = await store[PLACES].list({"code": {"$in": sorted({*codes, *whole.values()})}}, tx=tx)
    kinds = {p["code"]: p["kind"] for p in places}
    return [
        p for p in found if p["place"] and (kinds.get(p["place"]) or kinds.get(whole[p["place"]])) in HANDOVER_PLACES
    ]


def _change(found: EntitlementDocument) -> EntitlementChange:
    return EntitlementChange(found["_id"], found["status"], found.get("changed"))


def _package(found: PackageDocument) -> BundledPackage:
    return BundledPackage(
        code=found["code"], remaining=items({c["sku"]: c["left"] for c in found["contents"] if c["left"] > 0})
    )


def _entitlement(found: EntitlementDocument) -> BundledEntitlement:
    return BundledEntitlement(
        id=found["_id"],
        status=found["status"],
        recipient_id=found["recipient"],
        area=found["area"],
        delivered_at=found.get("deliveredAt"),
    )
