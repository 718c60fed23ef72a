"""Base of the requests to the reporting service."""

from typing import ClassVar, Generic

from amanah.contracts.actor import Role
from amanah.contracts.message import A, Request

VIEWERS = frozenset(
    {Role.ADMIN, Role.SUPERVISOR, Role.OFFICER, Role.AUDITOR, Role.APPROVER, Role.VERIFIER, Role.REGISTRAR}
)


class ReportingRequest(Request[A], Generic[A]):
    """A request to the reporting service."""

    service: ClassVar[str] = "reporting"
