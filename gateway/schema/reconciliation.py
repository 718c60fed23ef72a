"""Reconciliation: what came in, went out and is there, at every place and on every leg of a round."""

from decimal import Decimal

import strawberry

from amanah.contracts.custody import custody
from amanah.contracts.custody.custody import GetReconciliation, ListLegBalances, ListPlaceBalances, ReconciliationView
from gateway.context import Info
from gateway.schema.areas import Area, area
from gateway.schema.fields import resolved
from gateway.schema.node import shown
from gateway.schema.pagination import PAGE, Connection, connection, page_size
from gateway.schema.places import Place, place
from gateway.schema.scalars import AreaCode


@strawberry.type(
    description="One good at one place or on one leg: in = out + stock + handedOver + lost + damaged + returned + difference."
)
class Balance:
    """One good's balance."""

    sku: str
    in_: Decimal = strawberry.field(name="in")
    out: Decimal
    stock: Decimal
    handed_over: Decimal
    lost: Decimal
    damaged: Decimal
    returned: Decimal
    difference: Decimal = strawberry.field(description="Missing without an explanation; below zero, too many.")


@strawberry.type(
    description="What came to a place, left it and is there; without a place, of what no place has seen yet."
)
class PlaceBalance:
    """A place's balances."""

    place: Place | None
    items: list[Balance]


@strawberry.type(description="What was sent from one place to another, and what came.")
class LegBalance:
    """A leg's balances."""

    from_place: Place | None
    to_place: Place | None = strawberry.field(description="None while nobody told where it goes.")
    hours: int = strawberry.field(description="How long it is expected to take.")
    items: list[Balance]


@strawberry.type(description="One good of a round in an area: what was made into packages, and where all of it is.")
class GoodTotal:
    """One good's sum."""

    sku: str
    made: Decimal
    at_places: Decimal
    on_the_way: Decimal
    handed_over: Decimal
    lost: Decimal
    damaged: Decimal
    returned: Decimal
    difference: Decimal


@strawberry.type(description="All goods of the packages of a round that are meant for an area.")
class Reconciliation:
    """A round's reconciliation."""

    totals: list[GoodTotal]
    round_id: strawberry.Private[str]
    area_code: strawberry.Private[str]

    @resolved("For which area.")
    def area(self, info: Info) -> Area:
        """The area."""
        return area(info.context.areas, self.area_code)

    @resolved("Place by place, in the order of codes.")
    async def places(self, info: Info, first: int | None = PAGE, after: str | None = None) -> Connection[PlaceBalance]:
        """A page of places."""
        ask = ListPlaceBalances(round_id=self.round_id, area=self.area_code, first=page_size(first), after=after)
        found = await info.context.call(ask)
        nodes = [PlaceBalance(place=shown(n.place, place), items=balances(n.items)) for n in found.nodes]
        return connection(nodes, found.cursors, total=found.total, more=found.more, after=after)

    @resolved("Leg by leg, in the order of their places' codes.")
    async def legs(self, info: Info, first: int | None = PAGE, after: str | None = None) -> Connection[LegBalance]:
        """A page of legs."""
        ask = ListLegBalances(round_id=self.round_id, area=self.area_code, first=page_size(first), after=after)
        found = await info.context.call(ask)
        nodes = [
            LegBalance(
                from_place=shown(n.origin, place),
                to_place=shown(n.destination, place),
                hours=n.hours,
                items=balances(n.items),
            )
            for n in found.nodes
        ]
        return connection(nodes, found.cursors, total=found.total, more=found.more, after=after)


def balances(items: tuple[custody.Balance, ...]) -> list[Balance]:
    """The balances of views."""
    return [
        Balance(
            sku=b.sku,
            in_=b.arrived,
            out=b.left,
            stock=b.stock,
            handed_over=b.handed_over,
            lost=b.lost,
            damaged=b.damaged,
            returned=b.returned,
            difference=b.difference,
        )
        for b in items
    ]


def reconciliation(view: ReconciliationView) -> Reconciliation:
    """The reconciliation of a view."""
    totals = [GoodTotal(**{name: getattr(t, name) for name in custody.GoodTotal.model_fields}) for t in view.totals]
    return Reconciliation(totals=totals, round_id=view.round_id, area_code=view.area)


@strawberry.type
class ReconciliationQueries:
    """Queries on reconciliation."""

    @resolved(
        "What came in, went out and is there, of the packages of a round that are meant for an area; without one, for the "
        "viewer's."
    )
    async def reconciliation(self, info: Info, round_id: strawberry.ID, area: AreaCode | None = None) -> Reconciliation:
        """A round's reconciliation."""
        return reconciliation(await info.context.call(GetReconciliation(round_id=round_id, area=area)))
