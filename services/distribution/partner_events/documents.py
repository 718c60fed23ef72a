"""Stored partner events, sessions, captures and the intake, with their indexes."""

from collections.abc import Mapping
from datetime import datetime
from typing import NotRequired, TypedDict

from amanah.runtime.tables import Table, index

WEBHOOK_SECONDS = 14 * 86_400
"""How long outcomes wait to be posted, at most; those of a parked webhook are deleted then."""


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
    content: NotRequired[str]


class PartnerSessionDocument(TypedDict):
    """A token of a partner that was used on the bus, until it can be used no more."""

    _id: str
    user: str
    since: datetime
    until: datetime


class DeliveryDocument(TypedDict):
    """A delivery: documents that a partner sent together, waiting in the partner's lane.

    Deliveries of a lane are served in the order of `order`. `events` is about how many it has, `next` the number that are done.
    `job` is the capture job of an HTTP request; with `rollback` all events are accepted or none.
    """

    _id: str
    lane: str
    order: int
    events: NotRequired[int]
    next: int
    rollback: bool
    job: NotRequired[str]


class PaceDocument(TypedDict):
    """Use of a lane's events a minute: each event moves `usedUntil` on by its share of a minute, a minute ahead at most."""

    _id: str
    usedUntil: datetime


class DeliveredDocument(TypedDict):
    """One document of a delivery as it came. `source` is where it came from, `at` when."""

    source: str
    at: datetime
    mediaType: str
    value: bytes


class DeliveryContentDocument(TypedDict):
    """The content of a delivery; apart, so that looking for the next delivery reads none of it."""

    _id: str
    actor: Mapping[str, object]
    documents: list[DeliveredDocument]


class WebhookDeliveryDocument(TypedDict):
    """Outcomes that wait to be posted to their partner, in the order of `order`.

    `failures` are the attempts that failed, since `since`; the next is at `due`.
    """

    _id: str
    partner: str
    order: int
    at: datetime
    failures: int
    since: datetime | None
    due: datetime
    outcomes: list[Mapping[str, object]]


class CaptureDocument(TypedDict):
    """A capture job. `events` holds a CapturedEvent for each event that is done."""

    _id: str
    actor: Mapping[str, object]
    partner: str
    at: datetime
    rollback: bool
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

DELIVERIES = Table("deliveries", DeliveryDocument, index("lane", "order"))

PACES = Table("lane_paces", PaceDocument)

DELIVERY_CONTENTS = Table("delivery_contents", DeliveryContentDocument)

WEBHOOK_DELIVERIES = Table(
    "webhook_deliveries",
    WebhookDeliveryDocument,
    index("partner", "order"),
    index("at", expire_after=WEBHOOK_SECONDS),
)

CAPTURES = Table("captures", CaptureDocument, index("partner", "_id"))
