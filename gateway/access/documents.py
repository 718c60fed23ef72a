"""Stored users and sessions, with their indexes."""

from datetime import datetime
from typing import TypedDict

from amanah.runtime.tables import Table, index
from gateway.access.rules import RoleInArea


class GrantDocument(TypedDict):
    """Role over an area, until the last token that gave it expires."""

    role: str
    area: str
    until: datetime


class UserDocument(TypedDict):
    """User who has signed in. `since` is the time of the first session."""

    _id: str
    name: str
    grants: list[GrantDocument]
    since: datetime


class SessionDocument(TypedDict):
    """Session of a token, whose id it has. It is deleted once the token has expired."""

    _id: str
    user: str
    since: datetime
    until: datetime


class SignatureDocument(TypedDict):
    """Signature of a partner that was used, by partner and nonce. It is deleted once its time is over."""

    _id: str
    until: datetime


USERS = Table("users", UserDocument, index("grants.role", "name", "_id"))

SESSIONS = Table("sessions", SessionDocument, index("until", expire_after=0))

SIGNATURES = Table("signatures", SignatureDocument, index("until", expire_after=0))


def expiry_by_role(user: UserDocument | None) -> dict[RoleInArea, datetime]:
    """The roles of a user, each with its expiry."""
    return {(grant["role"], grant["area"]): grant["until"] for grant in (user["grants"] if user else ())}


def roles_of(user: UserDocument) -> list[RoleInArea]:
    """The roles of a user, each with its area, in order."""
    return sorted(expiry_by_role(user))
