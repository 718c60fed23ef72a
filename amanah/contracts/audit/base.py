"""Base of the requests to the audit service."""

from typing import ClassVar, Generic

from amanah.contracts.actor import Role
from amanah.contracts.message import A, Request

READERS = frozenset({Role.AUDITOR, Role.ADMIN})


class AuditRequest(Request[A], Generic[A]):
    """Request to the audit service."""

    service: ClassVar[str] = "audit"
