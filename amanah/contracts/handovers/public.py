"""Public view of a handover, and the seal of its evidence in the log."""

import hashlib
from typing import ClassVar

from amanah.contracts.areas import AreaCode
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import canonical
from amanah.contracts.distribution import DistributionRequest
from amanah.contracts.message import Answer, Model, Moment, Quantity, Sha256


class Seal(Model):
    """Seal of a handover's evidence: the entry that accepts the handover has `sha256:<hash>` of this as its `after`.

    `photo` and `signature` are the SHA-256 of the files as the device sent them; `state` is the commitment to all else that
    was recorded. Who holds one of the files can hold it against the seal, and the seal against the log. The entry alone
    tells nobody anything, and is nobody's data once the seal is gone.
    """

    photo: Sha256
    signature: Sha256
    state: str

    @property
    def text(self) -> str:
        """The seal as canonical JSON (RFC 8785): the bytes that are hashed."""
        return canonical(self.model_dump()).decode()

    @property
    def hash(self) -> str:
        """The SHA-256 of the text, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()


class VerifiedItem(Answer):
    """Quantity of one good, in words."""

    name: str
    unit: str
    quantity: Quantity


class VerifiedHandover(Answer):
    """Public view of a handover: nothing of a person, and no place smaller than a district.

    `action` is the action of the entry that proves it.
    """

    action: ClassVar[AuditAction] = AuditAction.HANDOVER_ACCEPT

    id: str
    status: str
    program: str
    round: str
    area: AreaCode
    occurred_at: Moment
    received_at: Moment
    items: tuple[VerifiedItem, ...]
    seal: Seal | None = None


class VerifyHandover(DistributionRequest[VerifiedHandover]):
    """Asks for the public view of a handover. Raises NotFound for an unknown id."""

    id: str
