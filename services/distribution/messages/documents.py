"""Stored outgoing messages and opt-outs, with their indexes."""

from datetime import datetime
from typing import NotRequired, TypedDict

from amanah.runtime.tables import Table, index


class OptOutDocument(TypedDict):
    """A number, as a keyed hash, that gets no messages."""

    _id: str
    at: datetime


class OutgoingMessageDocument(TypedDict):
    """A message to a number. `to` is the encrypted number until the message is sent; `until` ends the lease of its sender.

    `number` is the number's keyed hash, `masked` the number as people may see it. `dropped`: not sent, for the opt-out.
    """

    _id: str
    to: NotRequired[str]
    masked: str
    number: str
    text: str
    at: datetime
    until: datetime
    sent: bool
    dropped: NotRequired[bool]


SMS_OPT_OUTS = Table("sms_stopped", OptOutDocument)

OUTGOING_MESSAGES = Table("sms_outgoing", OutgoingMessageDocument, index("sent", "until"))
