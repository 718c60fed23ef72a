"""Places, packages and what partners tell of them."""

from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.distribution import MOVERS, TRACKERS, Amount, DistributionRequest
from amanah.contracts.message import Answer, Item, Location, Many, Model, Moment, Page, Quantity


class PlaceKind(StrEnum):
    """Purpose of a place."""

    WAREHOUSE = "WAREHOUSE"
    POST = "POST"
    DELIVERY_POINT = "DELIVERY_POINT"


class PackageStatus(StrEnum):
    """Status of a package. EMPTY is one that arrived and has nothing left."""

    REGISTERED = "REGISTERED"
    IN_TRANSIT = "IN_TRANSIT"
    ARRIVED = "ARRIVED"
    EMPTY = "EMPTY"


class NewPlace(Model):
    """A place to create."""

    code: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")
    name: str = Field(min_length=1, max_length=200)
    kind: PlaceKind
    area: AreaCode
    location: Location


class PlaceView(Answer):
    """Where goods are kept or handed out."""

    id: str
    code: str
    name: str
    kind: PlaceKind
    area: AreaCode
    location: Location


class PlacesAnswer(Answer):
    """Places, in the order asked."""

    nodes: tuple[PlaceView, ...] = ()


class CreatePlaces(DistributionRequest[PlacesAnswer]):
    """Creates places, all or none. A code that exists with the same content is no error; with another, `code_taken`."""

    roles: ClassVar[frozenset[Role]] = MOVERS
    changes: ClassVar[bool] = True
    places: tuple[NewPlace, ...] = Field(min_length=1, max_length=500)


class GetPlaces(DistributionRequest[PlacesAnswer]):
    """Places by id, those that the viewer may see; in any order."""

    roles: ClassVar[frozenset[Role]] = TRACKERS
    ids: tuple[str, ...] = Field(max_length=100)


class ListPlaces(Page[Many[PlaceView]]):
    """Places that touch the viewer's scope, the newest first; with `area` those at and below it."""

    service: ClassVar[str] = "distribution"
    roles: ClassVar[frozenset[Role]] = TRACKERS
    area: AreaCode | None = None
    kind: PlaceKind | None = None


class NewPackage(Model):
    """A package to create. `partner` is the name or id of the LOGISTICS user who moves it.

    `parent` is the code of the package it lies in from the start; `entitlement_id` the one that may be handed over from it.
    `contents` are what lies in it itself, not in packages within: a pallet may have none.
    """

    code: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")
    area: AreaCode
    partner: str | None = Field(default=None, max_length=200)
    contents: tuple[Item, ...] = Field(max_length=50)
    parent: str | None = Field(default=None, max_length=64)
    entitlement_id: str | None = None


class PackageContent(Answer):
    """One good in a package: expected when made, counted when it arrived, handed over since, and what became of the rest.

    `left` is what should be in it now; below zero when more was taken out than there was.
    """

    sku: str
    expected: Quantity
    counted: Quantity | None
    handed_over: Quantity
    lost: Quantity = Decimal(0)
    damaged: Quantity = Decimal(0)
    returned: Quantity = Decimal(0)
    left: Amount = Decimal(0)


class PackageView(Answer):
    """A package and where it is now.

    `parent` is the code of the package it is in, `split_from` of the one it was a part of, `entitlement_id` the only one
    that may be handed over from it.
    """

    id: str
    code: str
    round_id: str
    area: AreaCode
    status: PackageStatus
    partner: str | None
    contents: tuple[PackageContent, ...]
    place: PlaceView | None
    parent: str | None = None
    split_from: str | None = None
    entitlement_id: str | None = None


class PackagesAnswer(Answer):
    """Packages, in the order asked."""

    nodes: tuple[PackageView, ...] = ()


class CreatePackages(DistributionRequest[PackagesAnswer]):
    """Creates packages of a round, all or none. A code that exists with the same content is no error."""

    roles: ClassVar[frozenset[Role]] = MOVERS
    changes: ClassVar[bool] = True
    round_id: str
    packages: tuple[NewPackage, ...] = Field(min_length=1, max_length=500)


class GetPackage(DistributionRequest[PackageView]):
    """A package by its code; NotFound outside the viewer's scope, and for a partner when it is not theirs."""

    roles: ClassVar[frozenset[Role]] = TRACKERS
    code: str = Field(max_length=64)


class GetPackages(DistributionRequest[PackagesAnswer]):
    """Packages by id, those the viewer may see."""

    roles: ClassVar[frozenset[Role]] = TRACKERS
    ids: tuple[str, ...] = Field(max_length=100)


class ListPackages(Page[Many[PackageView]]):
    """Packages that the viewer may see, the newest first; with `area` those meant for it and below it."""

    service: ClassVar[str] = "distribution"
    roles: ClassVar[frozenset[Role]] = TRACKERS
    round_id: str | None = None
    area: AreaCode | None = None
    status: PackageStatus | None = None


class PackageStep(Answer):
    """One event of a package's history, placed by the time it happened."""

    at: Moment
    recorded_at: Moment
    step: str
    source: str
    event_id: str
    place: PlaceView | None
    quantities: tuple[Item, ...]
    discrepancy: str | None


class PackageHistory(Answer):
    """Steps in the order they happened."""

    nodes: tuple[PackageStep, ...] = ()
    cursors: tuple[str, ...] = ()
    total: int = 0
    more: bool = False


class ListPackageHistory(Page[PackageHistory]):
    """The history of one package, by its code."""

    service: ClassVar[str] = "distribution"
    roles: ClassVar[frozenset[Role]] = TRACKERS
    code: str = Field(max_length=64)
