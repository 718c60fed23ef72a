"""Creation of places and packages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from amanah.contracts.actor import Acting, Actor, Role
from amanah.contracts.areas import Scope, contains
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject, related_subjects
from amanah.contracts.custody.events import PackagesCreated, PlacesCreated
from amanah.contracts.custody.packages import (
    CreatePackages,
    CreatePlaces,
    PackagesAnswer,
    PackageStatus,
    PlacesAnswer,
)
from amanah.contracts.distribution import TRACKERS
from amanah.contracts.errors import Refused
from amanah.contracts.ids import new_id
from amanah.contracts.message import Item
from amanah.runtime.mongo import Tx
from amanah.runtime.rpc import answers
from services.distribution.custody import views
from services.distribution.custody.commands.recompute import recompute
from services.distribution.custody.documents import PACKAGES, PLACES, PackageDocument, PlaceDocument, of_packages
from services.distribution.custody.histories import related_codes
from services.distribution.custody.rules import NOWHERE, entries
from services.distribution.custody.rules.labels import check_code
from services.distribution.partners.lookup import find_partner, require_active, resolve_partner
from services.distribution.partners.rules import may_carry
from services.distribution.rounds.documents import ENTITLEMENTS
from services.distribution.rounds.lookup import find_round
from services.distribution.rounds.rules.quantities import amounts
from services.distribution.rounds.rules.rounds import check_within
from services.distribution.store import Store


def each_once(codes: list[str], noun: str) -> None:
    """Refuses a repeated code; `noun` names what has the codes."""
    seen: set[str] = set()
    for number, code in enumerate(codes):
        if code in seen:
            raise Refused("code_repeated", f"{noun}s.{number}.code", code=code)
        seen.add(code)


@answers
async def create_places(store: Store, actor: Actor, ask: CreatePlaces) -> PlacesAnswer:
    """Creates places; one that exists with the same attributes is returned as it is."""
    by = [actor.acting(ask.roles, place.area) for place in ask.places]
    if any(each.role == Role.LOGISTICS for each in by):
        require_active(await find_partner(store, actor))
    each_once([p.code for p in ask.places], "place")
    wanted: dict[str, PlaceDocument] = {
        place.code: {
            "_id": new_id("plc"),
            "code": place.code,
            "name": place.name,
            "kind": place.kind,
            "area": place.area,
            "location": {"latitude_e6": place.location.latitude_e6, "longitude_e6": place.location.longitude_e6},
        }
        for place in ask.places
    }

    async def work(tx: Tx) -> dict[str, PlaceDocument]:
        known = {p["code"]: p for p in await store[PLACES].list({"code": {"$in": list(wanted)}}, tx=tx)}
        for number, code in enumerate(wanted):
            if code in known and _attributes(known[code]) != _attributes(wanted[code]):
                raise Refused("code_taken.place", f"places.{number}.code", code=code)
        fresh = [place for code, place in wanted.items() if code not in known]
        if fresh:
            await store[PLACES].insert_many(fresh, tx=tx)
            codes = tuple(p["code"] for p in fresh)
            await store.outbox.record(
                tx,
                by[0],
                action=AuditAction.PLACE_CREATE,
                subject=Subject(type="Place", id=fresh[0]["_id"]),
                concerns=related_subjects(*(p["_id"] for p in fresh), places=codes),
                area=fresh[0]["area"],
                event=PlacesCreated(codes=codes),
                after=store.seal(fresh[0]["_id"], {"places": [_attributes(p) for p in fresh]}),
            )
        return known | {p["code"]: p for p in fresh}

    found = await store.db.transaction(work)
    return PlacesAnswer(nodes=tuple(views.place(found[p.code]) for p in ask.places))


def _attributes(place: PlaceDocument) -> Mapping[str, object]:
    """The attributes of a place, without its id."""
    return {k: v for k, v in place.items() if k != "_id"}


@answers
async def create_packages(store: Store, actor: Actor, ask: CreatePackages) -> PackagesAnswer:
    """Creates packages; one that exists with the same attributes is returned as it is. A partner may create only their own."""
    by = [actor.acting(ask.roles, package.area) for package in ask.packages]
    each_once([p.code for p in ask.packages], "package")
    round_found = await find_round(store, actor.scope(TRACKERS), ask.round_id)
    for number, package in enumerate(ask.packages):
        check_within(package.area, round_found["area"], f"packages.{number}.area")
        check_code(package.code, f"packages.{number}.code")
    of = await recipients_of(store, ask.round_id, [(p.entitlement_id, p.area) for p in ask.packages], "packages")

    async def work(tx: Tx) -> dict[str, PackageDocument]:
        wanted = await _wanted(store, tx, ask, await _carriers(store, tx, actor, by, ask), of)
        known = {p["code"]: p for p in await store[PACKAGES].list({"code": {"$in": list(wanted)}}, tx=tx)}
        for number, code in enumerate(wanted):
            if code in known and _created_as(known[code]) != _created_as(wanted[code]):
                raise Refused("code_taken.package", f"packages.{number}.code", code=code)
        fresh = [document for code, document in wanted.items() if code not in known]
        if fresh:
            await store[PACKAGES].insert_many(fresh, tx=tx)
            parents = sorted({p["madeIn"] for p in fresh if p["madeIn"]})
            if parents:
                await store[PACKAGES].update_many({"_id": {"$in": parents}}, {"$set": {"kin": True}}, tx=tx)
                await recompute(store, tx, dict.fromkeys((p["_id"] for p in fresh if p["madeIn"]), datetime.now(UTC)))
            await store.outbox.record(
                tx,
                by[0],
                action=AuditAction.PACKAGE_CREATE,
                subject=Subject(type="Round", id=ask.round_id),
                concerns=of_packages(fresh),
                authority=ask.round_id,
                area=round_found["area"],
                event=PackagesCreated(round_id=ask.round_id, codes=tuple(p["code"] for p in fresh)),
                after=store.seal(ask.round_id, {"packages": [_created_as(p) for p in fresh]}),
            )
        return known | {p["code"]: p for p in fresh}

    found = await store.db.transaction(work)
    places = {p["code"]: p for p in await store[PLACES].list({"code": {"$in": [d["place"] for d in found.values()]}})}
    related = await related_codes(store, found.values())
    return PackagesAnswer(
        nodes=tuple(
            views.package(found[p.code], places.get(found[p.code]["place"] or ""), related) for p in ask.packages
        )
    )


async def _wanted(
    store: Store, tx: Tx, ask: CreatePackages, carriers: Sequence["Carrier"], of: Mapping[str | None, str]
) -> dict[str, PackageDocument]:
    """The requested packages, by code; `of` has the recipient of each entitlement.

    A parent is one of them or exists in the round. Refused `parent_unknown`.
    """
    codes = sorted({p.parent for p in ask.packages if p.parent})
    known = {p["code"]: p for p in await store[PACKAGES].list({"code": {"$in": codes}, "round": ask.round_id}, tx=tx)}
    wanted: dict[str, PackageDocument] = {}
    for package, carrier in zip(ask.packages, carriers, strict=True):
        document = new_package(
            ask.round_id, package.area, carrier, package.code, package.contents,
            entitlement=package.entitlement_id, recipient=of.get(package.entitlement_id),
        )  # fmt: skip
        wanted[package.code] = document
    inside = {p.parent for p in ask.packages}
    for number, package in enumerate(ask.packages):
        if package.parent is None:
            continue
        outer = known.get(package.parent) or wanted.get(package.parent)
        if outer is None or (package.parent not in known and _above(package.code, ask)):
            raise Refused("parent_unknown", f"packages.{number}.parent", code=package.parent)
        made = wanted[package.code]
        made["madeIn"], made["parent"], made["parents"] = outer["_id"], outer["_id"], [outer["_id"]]
    for code in inside & wanted.keys():
        wanted[code or ""]["kin"] = True
    return wanted


def _above(code: str, ask: CreatePackages) -> bool:
    """True when the requested parents would put the package inside itself."""
    parents = {p.code: p.parent for p in ask.packages}
    seen = {code}
    outer = parents.get(code)
    while outer in parents:
        if outer in seen:
            return True
        seen.add(outer)
        outer = parents[outer]
    return False


async def recipients_of(
    store: Store, round_id: str, wanted: Sequence[tuple[str | None, str]], field: str
) -> Mapping[str | None, str]:
    """The recipients of packages for one recipient, by entitlement; `wanted` has each package's entitlement and area.

    Refused `entitlement_unknown` for an entitlement that is not of the round, or not within the package's area.
    """
    ids = [entitlement for entitlement, _ in wanted if entitlement]
    if not ids:
        return {}
    found = {e["_id"]: e for e in await store[ENTITLEMENTS].list({"_id": {"$in": ids}, "round": round_id})}
    for number, (entitlement, area) in enumerate(wanted):
        if entitlement and not (entitlement in found and contains(area, found[entitlement]["area"])):
            raise Refused("entitlement_unknown.package", f"{field}.{number}.entitlementId")
    return {identifier: entitlement["recipient"] for identifier, entitlement in found.items()}


@dataclass(frozen=True)
class Carrier:
    """Partner of a package: the id, and the name as it was given."""

    id: str | None
    name: str | None = None


async def _carriers(store: Store, tx: Tx, actor: Actor, by: Sequence[Acting], ask: CreatePackages) -> Sequence[Carrier]:
    """The partners of the packages asked for; a partner may name nobody else.

    Refused `partner_unknown` for nobody, `partner_outside` for a package that the partner may not carry, `not_your_package`
    for a partner that names another.
    """
    named = {
        each: await resolve_partner(store, each, tx) for each in {p.partner for p in ask.packages} if each is not None
    }
    self_ = await find_partner(store, actor, tx) if any(each.role == Role.LOGISTICS for each in by) else None
    require_active(self_)
    own_id = self_["_id"] if self_ else actor.id
    carriers = []
    for number, (package, acting) in enumerate(zip(ask.packages, by, strict=True)):
        found = named.get(package.partner or "")
        if acting.role == Role.LOGISTICS:
            if package.partner is not None and (found is None or found[0] != own_id):
                raise Refused("not_your_package", "packages")
            carrier, record = Carrier(own_id, self_["name"] if self_ else package.partner), self_
        elif package.partner is None:
            carrier, record = Carrier(None), None
        elif found is None:
            raise Refused("partner_unknown", f"packages.{number}.partner", name=package.partner)
        else:
            identifier, record = found
            carrier = Carrier(identifier, record["name"] if record else package.partner)
        if record and not may_carry(record["area"], record["packages"], package.area, package.code):
            raise Refused("partner_outside", f"packages.{number}.partner", code=package.code, partner=record["name"])
        carriers.append(carrier)
    return carriers


async def adopt_packages(store: Store, tx: Tx, partner_id: str, area: str, earlier: Sequence[str]) -> int:
    """Gives the packages within an area whose stored partner is one of `earlier` to a partner, and returns their number.

    What they show as their partner stays.
    """
    count = 0
    for each in dict.fromkeys(earlier):
        condition = {"partner": each, **Scope([area]).condition("area")}
        unnamed = {**condition, "partnerName": {"$exists": False}}
        await store[PACKAGES].update_many(unnamed, {"$set": {"partnerName": each}}, tx=tx)
        count += await store[PACKAGES].update_many(condition, {"$set": {"partner": partner_id}}, tx=tx)
    return count


def new_package(
    round_id: str,
    area: str,
    carrier: Carrier,
    code: str,
    contents: Sequence[Item],
    *,
    entitlement: str | None = None,
    recipient: str | None = None,
) -> PackageDocument:
    """A package before its history begins: its goods are at the account without a name."""
    made = amounts(contents)
    return {
        "_id": new_id("pkg"),
        "code": code,
        "round": round_id,
        "area": area,
        "partner": carrier.id,
        "partnerName": carrier.name,
        "contents": [
            {
                "sku": sku, "expected": quantity, "counted": None, "left": quantity,
                "handed": 0, "lost": 0, "damaged": 0, "returned": 0,
            }
            for sku, quantity in made.items()
        ],
        "entitlement": entitlement,
        "recipient": recipient,
        "madeIn": None,
        "parent": None,
        "parents": [],
        "splitFrom": None,
        "kin": False,
        "status": PackageStatus.REGISTERED,
        "place": None,
        "conditions": [],
        "leg": None,
        "movedAt": None,
        "differences": [],
        "overdrawn": [],
        "ledger": entries({NOWHERE: {sku: {"made": q, "in": q, "stock": q} for sku, q in made.items()}}),
        "posted": [],
        "unposted": True,
        "version": 1,
    }  # fmt: skip


def _created_as(package: PackageDocument) -> Mapping[str, object]:
    """The attributes that a package was created with."""
    return {
        "code": package["code"],
        "round": package["round"],
        "area": package["area"],
        "partner": package["partner"],
        # Goods that a count found in excess were not in it when it was created.
        "contents": [{"sku": c["sku"], "quantity": c["expected"]} for c in package["contents"] if c["expected"]],
        "entitlement": package["entitlement"],
        "madeIn": package["madeIn"],
    }
