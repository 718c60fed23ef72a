"""Stored programs, rounds, entitlements and rosters, with their indexes."""

from datetime import datetime
from typing import NotRequired, TypedDict

from amanah.contracts.audit.entry import related_subjects
from amanah.contracts.message import Location
from amanah.contracts.payments.payments import PaymentStatus, PaymentWay
from amanah.contracts.rounds import EntitlementStatus, RoundStatus
from amanah.runtime.mongo import Condition
from amanah.runtime.tables import CHANGED, Table, index
from services.distribution.rounds.rules.money import LIVE
from services.distribution.store import RelatedSubjects


class LocationDocument(TypedDict):
    """Place on earth in integer microdegrees."""

    latitude_e6: int
    longitude_e6: int
    accuracy_m: NotRequired[int]
    mocked: NotRequired[bool]


def location_document(place: Location) -> LocationDocument:
    """Returns a place as documents store it."""
    document = LocationDocument(latitude_e6=place.latitude_e6, longitude_e6=place.longitude_e6)
    if place.accuracy_m is not None:
        document["accuracy_m"] = place.accuracy_m
    if place.mocked is not None:
        document["mocked"] = place.mocked
    return document


class QuantityDocument(TypedDict):
    """Quantity of one SKU in thousandths."""

    sku: str
    quantity: int


class ProgramItemDocument(QuantityDocument):
    """Item of a program or round; the quantity is for each recipient."""

    name: str
    unit: str


class ProgramDocument(TypedDict):
    """Program. `paidIsDelivered` is absent in programs from before payments."""

    _id: str
    code: str
    name: str
    items: list[ProgramItemDocument]
    thresholds: dict[str, int]
    paidIsDelivered: NotRequired[bool]


class PayeesDocument(TypedDict):
    """Object with the payees of a roster, in the bucket of the roster."""

    key: str
    hash: str


class RosterDocument(TypedDict):
    """Roster. One that is only proposed has no hash, decree, bucket and key yet."""

    _id: str
    program: str
    period: str
    area: str
    size: int
    approved: bool
    hash: NotRequired[str]
    decree: NotRequired[str]
    bucket: NotRequired[str]
    key: NotRequired[str]
    payees: NotRequired[PayeesDocument | None]


class RoundDocument(TypedDict):
    """Round. `created` is the number of entitlements that exist; items and thresholds are copies of the program's."""

    _id: str
    program: str
    roster: str
    name: str
    status: RoundStatus
    area: str
    starts: str
    ends: str
    size: int
    items: list[ProgramItemDocument]
    thresholds: dict[str, int]
    created: int
    workedAt: datetime
    paymentBatches: NotRequired[int]


class EarlierPaymentDocument(TypedDict):
    """Payment of an entitlement in a batch. `watched` while an unconfirmed payment may become an alert."""

    batch: str
    amount: int
    way: PaymentWay
    status: PaymentStatus
    at: datetime
    reason: str | None
    watched: NotRequired[bool]
    confirmedAt: NotRequired[datetime | None]
    confirmedBy: NotRequired[str | None]


class EntitlementPaymentDocument(EarlierPaymentDocument):
    """Latest payment of an entitlement, with the earlier ones."""

    earlier: list[EarlierPaymentDocument]


class ReopeningDocument(TypedDict):
    """Reopening of a failed or reversed entitlement. `reason` is encrypted."""

    by: str
    at: datetime
    was: EntitlementStatus
    reason: str


class EntitlementDocument(TypedDict):
    """Entitlement of one recipient in one round. `household`, `nik` and `codeHash` are blind indexes.

    `early` is the time of a confirmation by SMS that came before the handover.
    """

    _id: str
    round: str
    recipient: str
    area: str
    home: LocationDocument | None
    household: str
    nik: NotRequired[str | None]
    status: EntitlementStatus
    codeHash: NotRequired[str]
    deliveredAt: NotRequired[datetime]
    deliveredBy: NotRequired[str]
    handover: NotRequired[str]
    failure: NotRequired[str]
    reopened: NotRequired[list[ReopeningDocument]]
    payment: NotRequired[EntitlementPaymentDocument]
    early: NotRequired[datetime]
    changed: NotRequired[datetime]


PROGRAMS = Table("programs", ProgramDocument, index("code", unique=True))

ROSTERS = Table("rosters", RosterDocument)

ROUNDS = Table(
    "rounds", RoundDocument, index("program", "roster", "name", unique=True), index("status"), index("area", "_id")
)

ENTITLEMENTS = Table(
    "entitlements",
    EntitlementDocument,
    index("round", "status", "area", "_id"),
    index("round", "area", CHANGED),
    index("recipient"),
    index("household"),
    index("payment.batch", "_id", sparse=True),
    index("payment.watched", "payment.at", sparse=True),
    tracks_changes=True,
)


def related_to_entitlement(entitlement: EntitlementDocument) -> RelatedSubjects:
    """Returns the recipient, the entitlement, its round, and the batch that pays it."""
    return related_subjects(entitlement["recipient"], entitlement["_id"], entitlement["round"], batch_of(entitlement))


def batch_of(entitlement: EntitlementDocument) -> str | None:
    """Returns the batch of the entitlement's latest payment."""
    payment = entitlement.get("payment")
    return payment["batch"] if payment else None


NOT_IN_PAYMENT: Condition = {"payment.status": {"$nin": sorted(LIVE)}}
"""The entitlement's money is neither paid nor in a batch: otherwise it might be paid, or handed over, twice."""
