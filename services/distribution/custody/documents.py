"""Stored places, packages, custody steps, routes and balances, with their indexes."""

from collections.abc import Iterable

from amanah.contracts.actor import Actor
from amanah.contracts.audit.entry import concerning
from amanah.runtime.mongo import Condition, Document
from services.distribution.custody.rules import PackageStatus, ends
from services.distribution.store import Concerns


def of_package(package: Document) -> Concerns:
    """The package by id and by code, where it is and who moves it; of a parcel, for whom it is."""
    parts = ("recipient", "entitlement", "_id", "splitFrom", "parent", "partner", "round")
    return concerning(*(package.get(part) for part in parts), packages=[package["code"]], places=[package.get("place")])


def of_packages(packages: Iterable[Document]) -> Concerns:
    """Those of each of them."""
    return tuple(dict.fromkeys(each for package in packages for each in of_package(package)))


def of_accounts(accounts: Iterable[str]) -> Concerns:
    """The places of accounts; a leg has two."""
    places = dict.fromkeys(place for account in accounts for place in ends(account) or (account,))
    return concerning(places=places)


# Accounts of balances that are sums of others; no place has such a code.
ALL_PLACES = "*places"


ALL_LEGS = "*legs"


def with_status(status: str) -> Condition:
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
