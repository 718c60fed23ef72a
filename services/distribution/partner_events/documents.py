"""Stored partner events, sessions and captures, with their indexes."""

from collections.abc import Mapping
from datetime import datetime
from typing import NotRequired, TypedDict

from amanah.runtime.tables import Table, index


class PartnerEventDocument(TypedDict):
    """An event that was accepted, by partner and key; `source` is the message or capture that brought it first.

    `at` is the capture time, `time` the event's own. `document` is the event's JSON as sent; `epcs`, `readPoint` and `location`
    are as sent, too. `content` is the event hash, which tells other content under the same id.
    """

    _id: str
    partner: str
    event: str
    key: str
    source: str
    at: datetime
    type: str
    time: datetime
    action: str
    step: str
    disposition: str
    epcs: list[str]
    readPoint: str | None
    location: str | None
    document: str
    content: str


class PartnerSessionDocument(TypedDict):
    """A token of a partner that was used on the bus, until it can be used no more."""

    _id: str
    user: str
    since: datetime
    until: datetime


class CaptureDocument(TypedDict):
    """A capture job. `document` is deleted when the job is done; `events` holds a CapturedEvent for each event then."""

    _id: str
    actor: Mapping[str, object]
    partner: str
    at: datetime
    workedAt: datetime
    rollback: bool
    document: NotRequired[str]
    running: bool
    success: bool
    events: list[Mapping[str, object]]


PARTNER_EVENTS = Table(
    "partner_events",
    PartnerEventDocument,
    index("partner", "event"),
    index("partner", "at", "_id"),
    index("partner", "time", "_id"),
    index("partner", "epcs"),
)

PARTNER_SESSIONS = Table("sessions", PartnerSessionDocument, index("until", expire_after=0))

CAPTURES = Table("captures", CaptureDocument, index("running", "at"), index("partner", "_id"))
