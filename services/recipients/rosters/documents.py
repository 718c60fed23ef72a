"""Stored rosters, with their indexes. The content of a roster is an object; its hash is stored here."""

from datetime import datetime
from typing import NotRequired, TypedDict

from amanah.contracts.audit.entry import Subject
from amanah.contracts.rosters import RosterStatus
from amanah.runtime.tables import Table, index
from services.recipients.register.documents import PersonDocument


class VillageCountDocument(TypedDict):
    """Number of recipients of one village."""

    area: str
    count: int


class PayeesDocument(TypedDict):
    """The object with a roster's payees: its key, and the SHA-256 of its uncompressed lines."""

    key: str
    hash: str


class RosterDocument(TypedDict):
    """A roster. `_id`: roster. `key` is the object with its content, `hash` the SHA-256 of the uncompressed content.

    `duplicates` counts recipients who are on it again under another NIK. `forPayment` and `payees` are absent from older
    rosters.
    """

    _id: str
    program: str
    period: str
    area: str
    status: RosterStatus
    size: int
    hash: str
    key: str
    villages: list[VillageCountDocument]
    duplicates: int
    forPayment: NotRequired[bool]
    payees: NotRequired[PayeesDocument | None]
    proposedBy: PersonDocument
    proposedAt: datetime
    approvedBy: PersonDocument | None
    approvedAt: datetime | None
    decree: str | None


class RosterPeriodDocument(TypedDict):
    """A program period, on which its approvals are serialized. `_id`: `program|period`."""

    _id: str
    approvals: int


ROSTERS = Table("rosters", RosterDocument, index("program", "period", "status"), index("area", "_id"))
ROSTER_PERIODS = Table("roster_periods", RosterPeriodDocument)


def roster_subject(document: RosterDocument) -> Subject:
    """A roster as audit entries name it."""
    return Subject(type="Roster", id=document["_id"])
