"""What every request to recipients shares: the owner, and who may ask."""

from typing import ClassVar, Generic

from amanah.contracts.actor import Role
from amanah.contracts.message import A, Answer, Request


class By(Answer):
    """A person as a version or decision names them."""

    id: str
    name: str
    role: str


READERS = frozenset(
    {Role.ADMIN, Role.REGISTRAR, Role.VERIFIER, Role.APPROVER, Role.SUPERVISOR, Role.OFFICER, Role.AUDITOR}
)
REGISTRARS = frozenset({Role.REGISTRAR, Role.ADMIN})
APPROVERS = frozenset({Role.APPROVER})
REVEALERS = REGISTRARS | APPROVERS | {Role.VERIFIER}


class RecipientsRequest(Request[A], Generic[A]):
    """Anything the recipients service can be asked."""

    service: ClassVar[str] = "recipients"
