"""Stored incoming SMS and the counters of wrong codes, with their indexes."""

from datetime import datetime
from typing import TypedDict

from amanah.runtime.tables import Table, index


class SmsDocument(TypedDict):
    """An SMS as the log keeps it. `text` is encrypted and without code; `number` is masked, `numberHash` its keyed hash.

    `reply` is None for none; `case` is the case that it opened or continued.
    """

    _id: str
    gateway: str
    number: str
    numberHash: str
    text: str
    command: str
    outcome: str
    case: str | None
    reply: str | None
    receivedAt: datetime
    at: datetime


class AttemptsDocument(TypedDict):
    """Number of wrong codes in an hour, of a number or of all; deleted after `until`."""

    _id: str
    count: int
    until: datetime


SMS_LOG = Table("sms", SmsDocument, index("at"))

SMS_ATTEMPTS = Table("sms_attempts", AttemptsDocument, index("until", expire_after=0))
