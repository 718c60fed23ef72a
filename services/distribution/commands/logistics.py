"""Places, and packages before they move."""

from collections.abc import Mapping

from amanah.contracts.actor import Acting, Actor, Role
from amanah.contracts.audit import Subject
from amanah.contracts.distribution import (
    CreatePackages,
    CreatePlaces,
    NewPackage,
    PackagesAnswer,
    PackagesCreated,
    PlacesAnswer,
    PlacesCreated,
)
from amanah.contracts.errors import Refused
from amanah.contracts.ids import new_id
from amanah.mongo import Document, Tx
from services.distribution import views
from services.distribution.domain.custody import PackageStatus
from services.distribution.domain.quantities import amounts
from services.distribution.domain.rounds import check_within
from services.distribution.store import Store


def _each_once(codes: list[str], noun: str) -> None:
    seen: set[str] = set()
    for number, code in enumerate(codes):
        if code in seen:
            raise Refused(
                "code_repeated", f"The code {code} is named twice; name each {noun} once.", f"{noun}s.{number}.code"
            )
        seen.add(code)


async def create_places(store: Store, actor: Actor, ask: CreatePlaces) -> PlacesAnswer:
    """See CreatePlaces."""
    by = [actor.acting(ask.roles, place.area) for place in ask.places]
    _each_once([p.code for p in ask.places], "place")
    wanted: dict[str, Document] = {
        place.code: {
            "code": place.code,
            "name": place.name,
            "kind": place.kind,
            "area": place.area,
            "location": {"latitude_e6": place.location.latitude_e6, "longitude_e6": place.location.longitude_e6},
        }
        for place in ask.places
    }

    async def work(tx: Tx) -> dict[str, Document]:
        known = {p["code"]: p for p in await store.places.list({"code": {"$in": list(wanted)}}, tx=tx)}
        for number, code in enumerate(wanted):
            if code in known and {k: v for k, v in known[code].items() if k != "_id"} != wanted[code]:
                raise Refused("code_taken", f"Another place has the code {code}.", f"places.{number}.code")
        fresh: list[Document] = [
            {"_id": new_id("plc"), **content} for code, content in wanted.items() if code not in known
        ]
        if fresh:
            await store.places.insert_many(fresh, tx=tx)
            codes = tuple(p["code"] for p in fresh)
            await store.outbox.record(
                tx,
                by[0],
                action="distribution:place:create",
                subject=Subject(type="Place", id=fresh[0]["_id"]),
                area=fresh[0]["area"],
                event=PlacesCreated(codes=codes),
                after=store.seal(fresh[0]["_id"], {"places": [wanted[c] for c in codes]}),
            )
        return known | {p["code"]: p for p in fresh}

    found = await store.db.transaction(work)
    return PlacesAnswer(nodes=tuple(views.place(found[p.code]) for p in ask.places))


async def create_packages(store: Store, actor: Actor, ask: CreatePackages) -> PackagesAnswer:
    """See CreatePackages. A partner may create packages of their own only."""
    by = [actor.acting(ask.roles, package.area) for package in ask.packages]
    _each_once([p.code for p in ask.packages], "package")
    round_found = await store.rounds.get({"_id": ask.round_id})
    if round_found is None:
        raise Refused("round_unknown", "There is no such round; create it first.", "roundId")
    for number, package in enumerate(ask.packages):
        check_within(package.area, round_found["area"], f"packages.{number}.area")
    wanted = {
        p.code: _new(ask.round_id, p, _partner(actor, acting, p)) for p, acting in zip(ask.packages, by, strict=True)
    }

    async def work(tx: Tx) -> dict[str, Document]:
        known = {p["code"]: p for p in await store.packages.list({"code": {"$in": list(wanted)}}, tx=tx)}
        for number, code in enumerate(wanted):
            if code in known and _made_as(known[code]) != _made_as(wanted[code]):
                raise Refused("code_taken", f"Another package has the code {code}.", f"packages.{number}.code")
        fresh = [document for code, document in wanted.items() if code not in known]
        if fresh:
            await store.packages.insert_many(fresh, tx=tx)
            await store.outbox.record(
                tx,
                by[0],
                action="distribution:package:create",
                subject=Subject(type="Round", id=ask.round_id),
                area=round_found["area"],
                event=PackagesCreated(round_id=ask.round_id, codes=tuple(p["code"] for p in fresh)),
                after=store.seal(ask.round_id, {"packages": [_made_as(p) for p in fresh]}),
            )
        return known | {p["code"]: p for p in fresh}

    found = await store.db.transaction(work)
    places = {p["code"]: p for p in await store.places.list({"code": {"$in": [d["place"] for d in found.values()]}})}
    return PackagesAnswer(
        nodes=tuple(views.package(found[p.code], places.get(found[p.code]["place"])) for p in ask.packages)
    )


def _partner(actor: Actor, by: Acting, package: NewPackage) -> str | None:
    if by.role != Role.LOGISTICS:
        return package.partner
    if package.partner not in (None, actor.id, actor.name):
        raise Refused("not_your_package", "A partner creates packages of their own only.", "packages")
    return package.partner or actor.id


def _new(round_id: str, package: NewPackage, partner: str | None) -> Document:
    return {
        "_id": new_id("pkg"),
        "code": package.code,
        "round": round_id,
        "area": package.area,
        "partner": partner,
        "contents": [
            {"sku": sku, "expected": quantity, "counted": None, "handed": 0, "left": quantity}
            for sku, quantity in amounts(package.contents).items()
        ],
        "status": PackageStatus.REGISTERED,
        "place": None,
        "conditions": [],
    }


def _made_as(package: Document) -> Mapping[str, object]:
    """What a package was made as, whatever happened to it since."""
    return {
        "code": package["code"],
        "round": package["round"],
        "area": package["area"],
        "partner": package["partner"],
        "contents": [{"sku": c["sku"], "quantity": c["expected"]} for c in package["contents"]],
    }
