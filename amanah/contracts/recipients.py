"""Requests to the recipients service: the owner, and the roles that may send them."""

from typing import ClassVar, Generic

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.message import A, Answer, Request


class By(Answer):
    """Author of a version or decision, in the role they acted in."""

    id: str
    name: str
    role: str = Field(description="Role in which the person acted.")


READERS = frozenset(
    {Role.ADMIN, Role.REGISTRAR, Role.VERIFIER, Role.APPROVER, Role.SUPERVISOR, Role.OFFICER, Role.AUDITOR}
)
REGISTRARS = frozenset({Role.REGISTRAR, Role.ADMIN})
APPROVERS = frozenset({Role.APPROVER})
REVEALERS = REGISTRARS | APPROVERS | {Role.VERIFIER}


class RecipientsRequest(Request[A], Generic[A]):
    """Request to the recipients service."""

    service: ClassVar[str] = "recipients"
