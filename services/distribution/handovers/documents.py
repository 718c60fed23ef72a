"""Stored handovers, failed attempts and views of photos, with their indexes."""

from collections.abc import Iterable
from datetime import datetime
from typing import NotRequired, TypedDict

from amanah.contracts.audit.entry import related_subjects
from amanah.contracts.handovers.handovers import FailureReason, HandoverStatus, ReceiverKind
from amanah.runtime.tables import Table, index
from services.distribution.evidence.documents import PictureDocument
from services.distribution.rounds.documents import LocationDocument, QuantityDocument
from services.distribution.store import RelatedSubjects


class FlagDocument(TypedDict):
    """Flag of a handover."""

    code: str
    detail: str


class HandoverDocument(TypedDict):
    """Handover. `private` has the proxy and the officer's note, encrypted.

    `standing` is the entitlement while the handover is not reversed. Old handovers have no `packageId`.
    """

    _id: str
    clientId: str
    officer: str
    officerName: str
    entitlement: str
    round: str
    recipient: str
    area: str
    package: str
    packageId: NotRequired[str]
    items: list[QuantityDocument]
    receivedBy: ReceiverKind
    private: str
    occurredAt: datetime
    sentAt: NotRequired[datetime | None]
    receivedAt: datetime
    location: LocationDocument
    photo: PictureDocument
    signature: PictureDocument
    device: str
    flags: list[FlagDocument]
    status: HandoverStatus
    standing: NotRequired[str]
    disputes: NotRequired[list[str]]
    confirmedAt: NotRequired[datetime]
    confirmedBy: NotRequired[str]
    reversedAt: NotRequired[datetime]
    correction: NotRequired[str]


class FailedAttemptDocument(TypedDict):
    """Failed attempt to hand over. `private` has the officer's note, encrypted."""

    _id: str
    clientId: str
    officer: str
    entitlement: str
    round: str
    area: str
    reason: FailureReason
    occurredAt: datetime
    receivedAt: datetime
    location: LocationDocument
    private: str


class PhotoViewDocument(TypedDict):
    """First view of a handover's photo by a person on a day; `_id` is day, person and handover."""

    _id: str
    at: datetime


class OfficerCounterDocument(TypedDict):
    """Number of handovers of an officer; its update serializes them."""

    _id: str
    handovers: int


HANDOVERS = Table(
    "handovers",
    HandoverDocument,
    index("officer", "clientId", unique=True),
    index("standing", unique=True, sparse=True),
    index("officer", "occurredAt"),
    index("package", "occurredAt"),
    index("round", "area"),
    index("round", "_id"),
    # Few have a flag, and few are disputed or reversed: these indexes stay small.
    index("round", "flags.code", "_id", partial={"flags.code": {"$exists": True}}),
    index("round", "status", "_id", partial={"status": {"$gt": "ACCEPTED"}}),
)

FAILED_ATTEMPTS = Table(
    "failures", FailedAttemptDocument, index("officer", "clientId", unique=True), index("entitlement")
)

PHOTO_VIEWS = Table("photo_views", PhotoViewDocument, index("at", expire_after=2 * 86_400))

OFFICER_COUNTERS = Table("officers", OfficerCounterDocument)


def related_to_handover(handover: HandoverDocument) -> RelatedSubjects:
    """Returns the recipient, entitlement, handover, officer, package and round."""
    return related_subjects(
        handover["recipient"],
        handover["entitlement"],
        handover["_id"],
        handover["officer"],
        handover.get("packageId"),
        handover["round"],
        packages=[handover["package"]],
    )


def related_to_handovers(handovers: Iterable[HandoverDocument]) -> RelatedSubjects:
    """Returns the related subjects of all handovers, each once."""
    return tuple(dict.fromkeys(each for handover in handovers for each in related_to_handover(handover)))
