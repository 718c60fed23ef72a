"""Places, packages and what partners tell of them."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar

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
    """Place to create."""

    code: str = Field(
        min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$", description="Code by which partners name the place."
    )
    name: str = Field(min_length=1, max_length=200)
    kind: PlaceKind
    area: AreaCode = Field(description="Area in which it lies.")
    location: Location


class PlaceView(Answer):
    """Place where goods are stored or handed out."""

    id: str
    code: str = Field(description="Code by which partners name the place in their events.")
    name: str
    kind: PlaceKind
    area: AreaCode
    location: Location


class PlacesAnswer(Answer):
    """Places, in the order of the request."""

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
    """Package to create. Contents are the goods in it itself, not in packages within: a pallet may have none."""

    code: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$", description="Code on its label.")
    area: AreaCode = Field(description="Area of the recipients it is for.")
    partner: str | None = Field(
        default=None,
        max_length=200,
        description="Carrier: id or registered name of a partner, or id of a user with the role LOGISTICS.",
    )
    contents: tuple[Item, ...] = Field(
        max_length=50, description="Goods in the package itself, not in packages within it."
    )
    parent: str | None = Field(
        default=None, max_length=64, description="Code of the package that contains it from the start."
    )
    entitlement_id: str | None = Field(
        default=None, description="Entitlement it is reserved for: no other may be handed over from it."
    )


class PackageStep(Answer):
    """Event in the history of a package, ordered by the time at which it happened."""

    at: Moment = Field(description="Time at which it happened.")
    recorded_at: Moment = Field(description="Time at which it was recorded.")
    step: str
    source: str = Field(description="Reporter of the event.")
    event_id: str
    place: PlaceView | None
    quantities: tuple[Item, ...]
    discrepancy: str | None = Field(description="Difference between the counted and the sent quantities.")


class PackageHistory(Many[PackageStep]):
    """Steps in the order they happened."""


class HistoryPage(Model):
    """A page of a package's history to read together with the package."""

    first: int = Field(default=20, ge=1, le=100)
    after: str | None = None


class HistoryRead(Answer):
    """The steps of `page`, read in the same snapshot of the store as their package."""

    page: HistoryPage
    steps: PackageHistory


Histories = Annotated[tuple[HistoryPage, ...], Field(max_length=10)]


class PackageContent(Answer):
    """Balance of one good in a package."""

    sku: str
    expected: Quantity = Field(description="Quantity when the package was created.")
    counted: Quantity | None = Field(description="Quantity counted on arrival.")
    handed_over: Quantity = Field(description="Quantity handed over to recipients.")
    lost: Quantity = Decimal(0)
    damaged: Quantity = Decimal(0)
    returned: Quantity = Decimal(0)
    left: Amount = Field(
        default=Decimal(0), description="Quantity that should be in it now; negative when more was taken out."
    )


class PackageView(Answer):
    """Logistic unit with a label and contents, and its present place."""

    id: str
    code: str = Field(description="Code on its label.")
    round_id: str
    area: AreaCode
    status: PackageStatus
    partner: str | None = Field(description="Carrier: registered name of the partner, or as it was named.")
    contents: tuple[PackageContent, ...]
    place: PlaceView | None = Field(description="Present place; null while it is at none.")
    parent: str | None = Field(default=None, description="Code of the package that contains it.")
    split_from: str | None = Field(default=None, description="Code of the package that it was split from.")
    entitlement_id: str | None = Field(
        default=None, description="Entitlement it is reserved for: no other may be handed over from it."
    )
    histories: tuple[HistoryRead, ...] = ()


class PackagesAnswer(Answer):
    """Packages, in the order of the request."""

    nodes: tuple[PackageView, ...] = ()


class CreatePackages(DistributionRequest[PackagesAnswer]):
    """Creates packages of a round, all or none. A code that exists with the same content is no error."""

    roles: ClassVar[frozenset[Role]] = MOVERS
    changes: ClassVar[bool] = True
    round_id: str
    packages: tuple[NewPackage, ...] = Field(min_length=1, max_length=500)


class GetPackage(DistributionRequest[PackageView]):
    """A package by its code; NotFound outside the viewer's scope, and for a partner when it is not theirs.

    The view has the pages of its history that `histories` names, of the same moment as its status. A page whose cursor is not
    one of the history's is left out.
    """

    roles: ClassVar[frozenset[Role]] = TRACKERS
    code: str = Field(max_length=64)
    histories: Histories = ()


class GetPackages(DistributionRequest[PackagesAnswer]):
    """Packages by id, those the viewer may see. `histories` as in GetPackage."""

    roles: ClassVar[frozenset[Role]] = TRACKERS
    ids: tuple[str, ...] = Field(max_length=100)
    histories: Histories = ()


class ListPackages(Page[Many[PackageView]]):
    """Packages that the viewer may see, the newest first; with `area` those meant for it and below it.

    `histories` as in GetPackage.
    """

    service: ClassVar[str] = "distribution"
    roles: ClassVar[frozenset[Role]] = TRACKERS
    round_id: str | None = None
    area: AreaCode | None = None
    status: PackageStatus | None = None
    histories: Histories = ()


class ListPackageHistory(Page[PackageHistory]):
    """The history of one package, by its code."""

    service: ClassVar[str] = "distribution"
    roles: ClassVar[frozenset[Role]] = TRACKERS
    code: str = Field(max_length=64)
