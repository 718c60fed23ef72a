"""Stored places, packages, custody steps, routes and balances, with their indexes."""

from collections.abc import Iterable

from amanah.contracts.actor import Actor
from amanah.contracts.audit.entry import related_subjects
from amanah.contracts.custody.packages import PackageStatus
from amanah.runtime.mongo import Condition, Tx
from amanah.runtime.tables import Document, Table, index
from services.distribution.custody.rules import leg_ends
from services.distribution.store import RelatedSubjects, Store

PLACES = Table("places", Document, index("code", unique=True), index("area", "_id"))

PACKAGES = Table(
    "packages",
    Document,
    index("code", unique=True),
    index("round", "area"),
    index("partner"),
    index("parents", sparse=True),
    index("splitFrom", sparse=True),
    index("dueAt", sparse=True),
    index("unposted", sparse=True),
    index("leg.origin", sparse=True),
)

CUSTODY_STEPS = Table("custody", Document, index("package", "at"), index("package", "key", unique=True))

ROUTES = Table(
    "routes",
    Document,
)

BALANCES = Table("balances", Document, index("round", "area", "kind", "account"), index("round", "area", "account"))

CODE_NUMBERS = Table(
    "code_numbers",
    Document,
)


def of_package(package: Document) -> RelatedSubjects:
    """The package by id and by code, where it is and who moves it; of a parcel, for whom it is."""
    parts = ("recipient", "entitlement", "_id", "splitFrom", "parent", "partner", "round")
    return related_subjects(
        *(package.get(part) for part in parts), packages=[package["code"]], places=[package.get("place")]
    )


def of_packages(packages: Iterable[Document]) -> RelatedSubjects:
    """Those of each of them."""
    return tuple(dict.fromkeys(each for package in packages for each in of_package(package)))


def of_accounts(accounts: Iterable[str]) -> RelatedSubjects:
    """The places of accounts; a leg has two."""
    places = dict.fromkeys(place for account in accounts for place in leg_ends(account) or (account,))
    return related_subjects(places=places)


# Accounts of balances that are sums of others; no place has such a code.
ALL_PLACES = "*places"


ALL_LEGS = "*legs"


def with_status(status: PackageStatus) -> Condition:
    """That a package has this status; EMPTY and ARRIVED are told apart by what is left in it (`views.package_status`)."""
    filled: Condition = {"contents": {"$elemMatch": {"left": {"$gt": 0}}}}
    match status:
        case PackageStatus.ARRIVED:
            return {"status": PackageStatus.ARRIVED.value, **filled}
        case PackageStatus.EMPTY:
            return {"status": PackageStatus.ARRIVED.value, "contents": {"$not": filled["contents"]}}
    return {"status": status}


def owned_by(actor: Actor) -> Condition:
    """That a package is this partner's: `partner` is their id or their name."""
    return {"partner": {"$in": [actor.id, actor.name]}}


async def place_with(store: Store, code: str | None, *, tx: Tx | None = None) -> Document | None:
    """The place with this code, or the one whose extension (`<GLN>.<extension>`) it is."""
    if code is None:
        return None
    found = await store[PLACES].get({"code": code}, tx=tx)
    whole, dot, _ = code.rpartition(".")
    return found or (await store[PLACES].get({"code": whole}, tx=tx) if dot else None)
