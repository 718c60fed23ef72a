"""SMS from recipients, and the confirmation codes of their entitlements."""

from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Actor, Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.distribution import DistributionRequest
from amanah.contracts.message import Answer, Many, Moment, Page

SMS_GATEWAY = Actor(id="sms-gateway", name="SMS gateway")
"""Actor in whose name the gateway passes messages on: their writers are identified by a code, or not at all."""


class SmsReply(Answer):
    """Reply to the number that the message came from; None for no reply."""

    text: str | None = None


class ReceiveSms(DistributionRequest[SmsReply]):
    """Message as an SMS gateway passed it on. A repeat of `id` from the same gateway answers the first reply.

    Only SMS_GATEWAY may send this: the gateway's SMS webhooks, after they have authenticated the sender.
    """

    changes: ClassVar[bool] = True

    gateway: str = Field(pattern=r"^[a-z]{1,20}$")
    id: str = Field(min_length=1, max_length=200)
    sender: str = Field(min_length=1, max_length=40)
    recipient: str = Field(default="", max_length=40)
    text: str = Field(max_length=2000)
    received_at: Moment


class ConfirmationCode(Answer):
    """Code by which a recipient confirms or denies by SMS that the aid arrived; it is printed on the invitation."""

    entitlement_id: str
    code: str


class ConfirmationCodes(Many[ConfirmationCode]):
    """Page of codes."""


class ListConfirmationCodes(Page[ConfirmationCodes]):
    """Lists the codes of a round's entitlements in an area, for printing invitations; each page is an audit entry.

    Not for officers: a person who hands aid out must not be able to confirm it.
    """

    service: ClassVar[str] = "distribution"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.SUPERVISOR})
    changes: ClassVar[bool] = True
    round_id: str = Field(max_length=64)
    area: AreaCode
