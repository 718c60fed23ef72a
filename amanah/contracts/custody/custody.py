"""Custody: what is split, lost or given back, how long ways take, and what came in, went out and is there."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.custody.packages import PackagesAnswer, PackageView, PlaceView
from amanah.contracts.distribution import MANAGERS, MOVERS, TRACKERS, Amount, DistributionRequest
from amanah.contracts.message import Answer, Item, Many, Model, Moment, Page


class LossKind(StrEnum):
    """Loss of goods from a package: they left it without reaching anybody."""

    LOST = "LOST"
    DAMAGED = "DAMAGED"
    RETURNED = "RETURNED"


class Piece(Model):
    """Package that a split creates."""

    code: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$", description="Code on its label.")
    contents: tuple[Item, ...] = Field(min_length=1, max_length=50)
    entitlement_id: str | None = Field(default=None, description="Entitlement it is reserved for.")


class SplitPackage(DistributionRequest[PackagesAnswer]):
    """Splits a part of a package into packages at the same place; the sum stays the same. Answers the package, then the pieces.

    The same pieces again answer the first split. `package_short` when there is less in it, then or later.
    """

    roles: ClassVar[frozenset[Role]] = MOVERS
    changes: ClassVar[bool] = True
    package_code: str = Field(max_length=64)
    pieces: tuple[Piece, ...] = Field(min_length=1, max_length=200)
    occurred_at: Moment = Field(description="Time of the split.")
    note: str | None = Field(default=None, max_length=1000)


class RecordPackageLoss(DistributionRequest[PackageView]):
    """Records what is LOST, DAMAGED or RETURNED of a package; a repeat of `client_id` answers the first result.

    It happened at `occurred_at`: what was lost before a count explains what the count lacks. `package_short` when there was
    less in it, `upload_unknown` and the others of uploads for its evidence (photos).
    """

    roles: ClassVar[frozenset[Role]] = MOVERS | {Role.OFFICER}
    changes: ClassVar[bool] = True
    client_id: str = Field(min_length=1, max_length=36, description="Idempotency key: a UUID that the client makes.")
    package_code: str = Field(max_length=64)
    kind: LossKind
    items: tuple[Item, ...] = Field(min_length=1, max_length=50)
    occurred_at: Moment = Field(description="Time of the loss.")
    note: str | None = Field(default=None, max_length=1000)
    evidence_ids: tuple[str, ...] = Field(default=(), max_length=5, description="Uploads with evidence photos.")


class RouteView(Answer):
    """Expected duration of the transport between two places."""

    origin: PlaceView
    destination: PlaceView
    hours: int


class SetRoute(DistributionRequest[RouteView]):
    """Sets the expected duration of a route, for packages in transit too. Refuses with place_unknown."""

    roles: ClassVar[frozenset[Role]] = MANAGERS
    changes: ClassVar[bool] = True
    from_place: str = Field(max_length=64, description="Code of the place of origin.")
    to_place: str = Field(max_length=64, description="Code of the destination.")
    hours: int = Field(ge=1, le=24 * 90)


class Balance(Answer):
    """Balance of one good at a place or on a leg: in = out + stock + handedOver + lost + damaged + returned + difference."""

    sku: str
    arrived: Amount
    left: Amount
    stock: Amount
    handed_over: Amount
    lost: Amount
    damaged: Amount
    returned: Amount
    difference: Amount = Field(description="Quantity missing without an explanation; negative for a surplus.")


class PlaceBalance(Answer):
    """Balances of a place; without a place, of packages that no place has recorded yet."""

    place: PlaceView | None
    items: tuple[Balance, ...]


class LegBalance(Answer):
    """Balances of a leg: goods sent from one place to another, and goods that arrived."""

    origin: PlaceView | None
    destination: PlaceView | None = Field(description="Destination; null while none is reported.")
    hours: int = Field(description="Expected duration of the transport.")
    items: tuple[Balance, ...]


class GoodTotal(Answer):
    """Total of one good of a round in an area: the quantity packed, and its present state."""

    sku: str
    made: Amount = Field(description="Quantity packed.")
    at_places: Amount
    on_the_way: Amount
    handed_over: Amount
    lost: Amount
    damaged: Amount
    returned: Amount
    difference: Amount = Field(description="Quantity missing without an explanation; negative for a surplus.")


class ReconciliationView(Answer):
    """Reconciliation of the goods in a round's packages for an area."""

    round_id: str
    area: AreaCode
    totals: tuple[GoodTotal, ...]


class GetReconciliation(DistributionRequest[ReconciliationView]):
    """The sums of a round in an area, all of the viewer's when none is named. NotFound for a round outside the scope.

    `area_needed` when the viewer has several areas in the round.
    """

    roles: ClassVar[frozenset[Role]] = TRACKERS - {Role.LOGISTICS}
    round_id: str
    area: AreaCode | None = None


class PlaceBalances(Many[PlaceBalance]):
    """Page of places."""


class ListPlaceBalances(Page[PlaceBalances]):
    """The places of a reconciliation, in the order of their codes."""

    service: ClassVar[str] = "distribution"
    roles: ClassVar[frozenset[Role]] = GetReconciliation.roles
    round_id: str
    area: AreaCode


class LegBalances(Many[LegBalance]):
    """Page of legs."""


class ListLegBalances(Page[LegBalances]):
    """The legs of a reconciliation, in the order of their places' codes."""

    service: ClassVar[str] = "distribution"
    roles: ClassVar[frozenset[Role]] = GetReconciliation.roles
    round_id: str
    area: AreaCode
