"""What all requests to the audit service share."""

from typing import ClassVar, Generic

from amanah.contracts.actor import Role
from amanah.contracts.message import A, Request

READERS = frozenset({Role.AUDITOR, Role.ADMIN})


class AuditRequest(Request[A], Generic[A]):
    """Anything the audit service can be asked."""

    service: ClassVar[str] = "audit"
