"""What the reporting service announces and what it can be asked."""

from typing import ClassVar, Generic

from amanah.contracts.actor import Role
from amanah.contracts.message import A, Request

VIEWERS = frozenset(
    {Role.ADMIN, Role.SUPERVISOR, Role.OFFICER, Role.AUDITOR, Role.APPROVER, Role.VERIFIER, Role.REGISTRAR}
)


class ReportingRequest(Request[A], Generic[A]):
    """Anything the reporting service can be asked."""

    service: ClassVar[str] = "reporting"
