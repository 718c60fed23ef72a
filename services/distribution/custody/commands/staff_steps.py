"""Steps of package histories that staff record: permission, time and sufficient quantities."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from amanah.contracts.actor import Acting, Actor, Grant, Role
from amanah.contracts.areas import contains
from amanah.contracts.custody.packages import PackageView
from amanah.contracts.errors import Refused
from services.distribution.custody import views
from services.distribution.custody.commands.recompute import PackageChange
from services.distribution.custody.documents import PACKAGES, CustodyStepDocument, PackageDocument, place_with
from services.distribution.custody.histories import related_codes
from services.distribution.partners.lookup import active_owner_ids
from services.distribution.rounds.rules.quantities import Amounts, quantity_text
from services.distribution.store import Store

_SKEW = timedelta(minutes=5)


async def package_to_change(
    store: Store, actor: Actor, code: str, roles: frozenset[Role]
) -> tuple[PackageDocument, Acting]:
    """The package, and the role in which the actor may change it: their areas touch its own, or they are its partner.

    Refused `package_unknown` otherwise, whether there is such a package or not. Raises Forbidden `partner_suspended` for a
    partner that is suspended.
    """
    actor.scope(roles)
    package = await store[PACKAGES].get({"code": code})
    own = await active_owner_ids(store, actor) if actor.has({Role.LOGISTICS} & roles) else ()
    if package is not None:
        grant = next((g for g in actor.grants if g.role in roles and _may(own, g, package)), None)
        if grant is not None:
            return package, Acting(id=actor.id, name=actor.name, role=grant.role, area=grant.area)
    raise Refused("package_unknown.own", "packageCode")


def _may(own: Sequence[str], grant: Grant, package: PackageDocument) -> bool:
    if grant.role == Role.LOGISTICS:
        return package["partner"] in own
    return contains(grant.area, package["area"]) or contains(package["area"], grant.area)


def check_moment(occurred_at: datetime) -> None:
    """Refuses a time in the future, beyond the tolerated clock skew."""
    if occurred_at > datetime.now(UTC) + _SKEW:
        raise Refused("time_in_future", "occurredAt")


def staff_step(actor: Actor, package: PackageDocument, step_id: str, step: str, at: datetime) -> CustodyStepDocument:
    """A step recorded by staff, as a package's history stores it; no partner can declare it wrong."""
    return {
        "_id": step_id,
        "package": package["_id"],
        "key": step_id,
        "event": step_id,
        "at": at,
        "recordedAt": datetime.now(UTC),
        "kind": "Own",
        "action": "OBSERVE",
        "step": str(step),
        "place": None,
        "counted": [],
        "conditions": [],
        "declaresError": False,
        "ours": True,
        "transactions": [],
        "extensions": "",
        "source": actor.name,
        "partner": actor.id,
        "difference": None,
    }


def refuse_if_short(change: PackageChange, taken: Amounts, field: str) -> None:
    """Refuses a change that takes more out of a package than was in it, at its own time or at a later withdrawal."""
    before = {(o["basis"], o["sku"]): o["quantity"] for o in change.before.get("overdrawn", ())}
    for (basis, sku), short in change.state.overdrawn.items():
        beyond = short - before.get((basis, sku), 0)
        if sku in taken and beyond > 0:
            left = quantity_text(max(0, taken[sku] - beyond))
            raise Refused("package_short", field, left=left, sku=sku, recorded=quantity_text(taken[sku]))


async def package_view(store: Store, package_id: str) -> PackageView:
    """The package as the contract shows it, read again."""
    package = await store[PACKAGES].get({"_id": package_id})
    if package is None:
        raise Refused("package_unknown", "packageCode")
    return views.package(package, await place_with(store, package["place"]), await related_codes(store, [package]))
