"""What every request to distribution shares: the owner, and who may ask."""

from typing import ClassVar, Generic

from amanah.contracts.actor import Role
from amanah.contracts.message import A, Request

MANAGERS = frozenset({Role.SUPERVISOR, Role.ADMIN})
MOVERS = frozenset({Role.SUPERVISOR, Role.ADMIN, Role.LOGISTICS})
OFFICERS = frozenset({Role.OFFICER})
VIEWERS = frozenset(
    {Role.ADMIN, Role.SUPERVISOR, Role.OFFICER, Role.AUDITOR, Role.APPROVER, Role.VERIFIER, Role.REGISTRAR}
)
TRACKERS = VIEWERS | {Role.LOGISTICS}


class DistributionRequest(Request[A], Generic[A]):
    """Anything the distribution service can be asked."""

    service: ClassVar[str] = "distribution"
