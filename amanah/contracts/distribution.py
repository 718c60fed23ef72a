"""Base classes of distribution's requests and events: the owner, and the roles that may ask."""

from decimal import Decimal
from typing import Annotated, ClassVar, Generic

from pydantic import Field, PlainSerializer

from amanah.contracts.actor import Role
from amanah.contracts.message import A, Event, Request, plain
from amanah.contracts.topics import DISTRIBUTION

MANAGERS = frozenset({Role.SUPERVISOR, Role.ADMIN})
MOVERS = frozenset({Role.SUPERVISOR, Role.ADMIN, Role.LOGISTICS})
OFFICERS = frozenset({Role.OFFICER})
VIEWERS = frozenset(
    {Role.ADMIN, Role.SUPERVISOR, Role.OFFICER, Role.AUDITOR, Role.APPROVER, Role.VERIFIER, Role.REGISTRAR}
)
TRACKERS = VIEWERS | {Role.LOGISTICS}


Amount = Annotated[Decimal, Field(decimal_places=3), PlainSerializer(plain, when_used="json")]
"""A quantity that may be below zero: a difference, or what a late event took back. JSON has a string."""


class DistributionRequest(Request[A], Generic[A]):
    """Base of every request to the distribution service."""

    service: ClassVar[str] = "distribution"


class DistributionEvent(Event):
    """Base of every event of distribution."""

    topic: ClassVar[str] = DISTRIBUTION.name
