"""People: those who sign what they did, and users."""

import strawberry

from amanah.contracts.recipients import By as ByView
from amanah.contracts.users import ListOfficers, OfficerView
from gateway.context import Info
from gateway.schema.derive import over, resolver
from gateway.schema.pagination import PAGE, Connection, page_of, page_size
from gateway.schema.scalars import AreaCode


@over(ByView)
class By:
    """Person as a version or a decision names them, in the role they acted in."""


@over(OfficerView)
class User:
    """Person who uses Amanah."""


@strawberry.type
class PeopleQueries:
    """Queries on people."""

    @resolver
    async def officers(
        self, info: Info, area: AreaCode | None = None, first: int | None = PAGE, after: str | None = None
    ) -> Connection[OfficerView]:
        """Officers who may be assigned in the area or below it, by name. An officer is known once they have signed in."""
        ask = ListOfficers(area=area, first=page_size(first), after=after)
        return page_of(await info.context.officers(ask), after)
