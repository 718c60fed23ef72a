"""What anyone may know of a roster."""

from typing import ClassVar

from amanah.contracts.areas import AreaCode
from amanah.contracts.message import Answer, Moment, Sha256
from amanah.contracts.recipients.base import RecipientsRequest


class VerifiedRoster(Answer):
    """What anyone may know of an approved roster: of whom it is made stays with those who may see them.

    `hash` is the SHA-256 of its content, as it is before it is packed with gzip. `action` is the action of the entry that
    proves it.
    """

    action: ClassVar[str] = "recipients:roster:approve"

    id: str
    period: str
    area: AreaCode
    size: int
    decree: str
    approved_at: Moment
    hash: Sha256


class VerifyRoster(RecipientsRequest[VerifiedRoster]):
    """What is on record of a roster; public. NotFound for one that is not approved."""

    id: str
