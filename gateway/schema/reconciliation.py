"""Reconciliation: balances of goods at every place and on every leg of a round."""

from decimal import Decimal

import strawberry
from strawberry import Parent

from amanah.contracts.custody import custody
from amanah.contracts.custody.custody import GetReconciliation, ListLegBalances, ListPlaceBalances, ReconciliationView
from amanah.contracts.custody.packages import PlaceView
from gateway.context import Info
from gateway.schema.areas import Area, area_of
from gateway.schema.derive import over, resolver
from gateway.schema.pagination import PAGE, Connection, page_of, page_size
from gateway.schema.scalars import AreaCode


@over(custody.Balance)
class Balance:
    """Balance of one good at a place or on a leg: in = out + stock + handedOver + lost + damaged + returned + difference."""

    arrived: Decimal = strawberry.field(name="in")
    left: Decimal = strawberry.field(name="out")


@over(custody.PlaceBalance)
class PlaceBalance:
    """Balances of a place; without a place, of packages that no place has recorded yet."""


@over(custody.LegBalance)
class LegBalance:
    """Balances of a leg: goods sent from one place to another, and goods that arrived."""

    origin: PlaceView | None = strawberry.field(name="fromPlace")
    destination: PlaceView | None = strawberry.field(name="toPlace")


@over(custody.GoodTotal)
class GoodTotal:
    """Total of one good of a round in an area: the quantity packed, and its present state."""


@over(ReconciliationView, without=("round_id",))
class Reconciliation:
    """Reconciliation of the goods in a round's packages for an area."""

    area: Area = strawberry.field(resolver=area_of, description="Area of the recipients the packages are for.")

    @resolver
    @staticmethod
    async def places(
        of_round: Parent[ReconciliationView], info: Info, first: int | None = PAGE, after: str | None = None
    ) -> Connection[custody.PlaceBalance]:
        """Balances by place, in the order of codes."""
        ask = ListPlaceBalances(round_id=of_round.round_id, area=of_round.area, first=page_size(first), after=after)
        page = await info.context.call(ask)
        return page_of(page, after)

    @resolver
    @staticmethod
    async def legs(
        of_round: Parent[ReconciliationView], info: Info, first: int | None = PAGE, after: str | None = None
    ) -> Connection[custody.LegBalance]:
        """Balances by leg, in the order of the codes of its places."""
        ask = ListLegBalances(round_id=of_round.round_id, area=of_round.area, first=page_size(first), after=after)
        page = await info.context.call(ask)
        return page_of(page, after)


@strawberry.type
class ReconciliationQueries:
    """Queries on reconciliation."""

    @resolver
    async def reconciliation(
        self, info: Info, round_id: strawberry.ID, area: AreaCode | None = None
    ) -> ReconciliationView:
        """Reconciliation of a round's packages for an area; without one, for the viewer's area."""
        return await info.context.call(GetReconciliation(round_id=round_id, area=area))
