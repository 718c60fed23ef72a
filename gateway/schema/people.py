"""People: those who sign what they did, and users."""

import strawberry

from amanah.contracts.actor import Role
from amanah.contracts.recipients import By as ByView
from amanah.contracts.users import ListOfficers, OfficerView
from gateway.context import Info
from gateway.schema.fields import resolved
from gateway.schema.pagination import PAGE, Connection, listed, page_size
from gateway.schema.scalars import AreaCode

strawberry.enum(Role, description="What a person is allowed to do; always over an area.")


@strawberry.type(description="A person as a version or a decision names them, in the role they acted in.")
class By:
    """Who did it."""

    id: strawberry.ID
    name: str
    role: str


@strawberry.type(description="A person who uses Amanah.")
class User:
    """A user."""

    id: strawberry.ID
    name: str


def officer(view: OfficerView) -> User:
    """The officer of a view."""
    return User(id=strawberry.ID(view.id), name=view.name)


@strawberry.type
class PeopleQueries:
    """Queries on people."""

    @resolved("Officers who may be assigned in the area or below it, by name; known since they signed in.")
    async def officers(
        self, info: Info, area: AreaCode | None = None, first: int | None = PAGE, after: str | None = None
    ) -> Connection[User]:
        """A page of officers."""
        ask = ListOfficers(area=area, first=page_size(first), after=after)
        return listed(await info.context.officers(ask), officer, after)


def by(view: ByView) -> By:
    """The person of a view."""
    return By(id=strawberry.ID(view.id), name=view.name, role=view.role)
