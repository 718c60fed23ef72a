"""People: those who sign what they did, and users."""

import strawberry

from amanah.contracts.actor import Role
from amanah.contracts.recipients import By as ByView

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


def by(view: ByView) -> By:
    """The person of a view."""
    return By(id=strawberry.ID(view.id), name=view.name, role=view.role)
