"""Custody: what is split, lost or given back, how long ways take, and what came in, went out and is there."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.custody.packages import PackagesAnswer, PackageView, PlaceView
from amanah.contracts.distribution import MANAGERS, MOVERS, TRACKERS, Amount, DistributionRequest
from amanah.contracts.message import Answer, Item, Model, Moment, Page


class LossKind(StrEnum):
    """Loss of goods from a package: they left it without reaching anybody."""

    LOST = "LOST"
    DAMAGED = "DAMAGED"
    RETURNED = "RETURNED"


class Piece(Model):
    """A package that comes of a split: its code, what goes into it, and the one recipient it is for, if it is."""

    code: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")
    contents: tuple[Item, ...] = Field(min_length=1, max_length=50)
    entitlement_id: str | None = None


class SplitPackage(DistributionRequest[PackagesAnswer]):
    """Makes packages of a part of one, which stand where it stands; the sum is kept. Answers the one, then the pieces.

    The same pieces again answer the first split. `package_short` when there is less in it, then or later.
    """

    roles: ClassVar[frozenset[Role]] = MOVERS
    changes: ClassVar[bool] = True
    package_code: str = Field(max_length=64)
    pieces: tuple[Piece, ...] = Field(min_length=1, max_length=200)
    occurred_at: Moment
    note: str | None = Field(default=None, max_length=1000)


class RecordPackageLoss(DistributionRequest[PackageView]):
    """Records what is LOST, DAMAGED or RETURNED of a package; a repeat of `client_id` answers the first result.

    It happened at `occurred_at`: what was lost before a count explains what the count lacks. `package_short` when there was
    less in it, `upload_unknown` and the others of uploads for its evidence (photos).
    """

    roles: ClassVar[frozenset[Role]] = MOVERS | {Role.OFFICER}
    changes: ClassVar[bool] = True
    client_id: str = Field(min_length=1, max_length=36)
    package_code: str = Field(max_length=64)
    kind: LossKind
    items: tuple[Item, ...] = Field(min_length=1, max_length=50)
    occurred_at: Moment
    note: str | None = Field(default=None, max_length=1000)
    evidence_ids: tuple[str, ...] = Field(default=(), max_length=5)


class RouteView(Answer):
    """How long the way between two places is expected to take."""

    origin: PlaceView
    destination: PlaceView
    hours: int


class SetRoute(DistributionRequest[RouteView]):
    """Sets how long a way takes; packages under way on it are judged by it from now on. `place_unknown` for an end."""

    roles: ClassVar[frozenset[Role]] = MANAGERS
    changes: ClassVar[bool] = True
    from_place: str = Field(max_length=64)
    to_place: str = Field(max_length=64)
    hours: int = Field(ge=1, le=24 * 90)


class Balance(Answer):
    """One good at one place or on one leg: in = out + stock + handed_over + lost + damaged + returned + difference.

    `difference` is what is missing without an explanation; below zero, what is too many.
    """

    sku: str
    arrived: Amount
    left: Amount
    stock: Amount
    handed_over: Amount
    lost: Amount
    damaged: Amount
    returned: Amount
    difference: Amount


class PlaceBalance(Answer):
    """What came to a place, left it and is there; without a place, of what was not seen at any yet."""

    place: PlaceView | None
    items: tuple[Balance, ...]


class LegBalance(Answer):
    """What was sent from one place to another, and what came. `destination` is None while nobody told of it."""

    origin: PlaceView | None
    destination: PlaceView | None
    hours: int
    items: tuple[Balance, ...]


class GoodTotal(Answer):
    """One good of a round in an area: what was made into packages, and where all of it is."""

    sku: str
    made: Amount
    at_places: Amount
    on_the_way: Amount
    handed_over: Amount
    lost: Amount
    damaged: Amount
    returned: Amount
    difference: Amount


class ReconciliationView(Answer):
    """All goods of the packages of a round that are meant for an area."""

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


class PlaceBalances(Answer):
    """A page of places."""

    nodes: tuple[PlaceBalance, ...] = ()
    cursors: tuple[str, ...] = ()
    total: int = 0
    more: bool = False


class ListPlaceBalances(Page[PlaceBalances]):
    """The places of a reconciliation, in the order of their codes."""

    service: ClassVar[str] = "distribution"
    roles: ClassVar[frozenset[Role]] = GetReconciliation.roles
    round_id: str
    area: AreaCode


class LegBalances(Answer):
    """A page of legs."""

    nodes: tuple[LegBalance, ...] = ()
    cursors: tuple[str, ...] = ()
    total: int = 0
    more: bool = False


class ListLegBalances(Page[LegBalances]):
    """The legs of a reconciliation, in the order of their places' codes."""

    service: ClassVar[str] = "distribution"
    roles: ClassVar[frozenset[Role]] = GetReconciliation.roles
    round_id: str
    area: AreaCode
