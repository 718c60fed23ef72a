"""Stored recipients, their versions, and counts of revealed NIKs, with their indexes.

NIK, family card number and bank account are encrypted wherever they are stored; see `personal_data`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TypedDict, cast

from amanah.contracts.register import RecipientStatus, Sex
from amanah.runtime.tables import Table, index
from services.recipients.register.rules.records import differences


class Parts(TypedDict):
    """The parts of a record that a list can fill in (`rules.records.PARTS`)."""

    nik: str
    householdNumber: str | None
    name: str
    birthDate: str
    sex: Sex | None
    address: str
    rt: str | None
    rw: str | None
    area: str
    phone: str | None
    latitude_e6: int | None
    longitude_e6: int | None
    householdSize: int | None
    bankAccount: str | None


class BlindIndexes(TypedDict):
    """Keyed hashes by which equal values are found without decryption.

    `householdBlind` is empty without a family card; `content` covers all parts.
    """

    nikBlind: str
    householdBlind: str
    personBlind: str | None
    accountBlind: str | None
    content: str


class RecordDocument(Parts, BlindIndexes):
    """A record with encrypted numbers. `words` are those of the name; `warnings` codes of oddities that were accepted."""

    words: list[str]
    warnings: list[str]


class RecipientDocument(RecordDocument):
    """The current version of a recipient. `_id`: recipient."""

    _id: str
    version: int
    status: RecipientStatus
    at: datetime


class PersonDocument(TypedDict):
    """The author of a version or decision, in the role they acted in."""

    id: str
    name: str
    role: str


class ChangeDocument(TypedDict):
    """Change of one field in a version. Encrypted fields are stored encrypted here, too."""

    field: str
    before: str | None
    after: str | None


class VersionDocument(TypedDict):
    """A version of a recipient. `_id`: `recipient:version`."""

    _id: str
    recipient: str
    version: int
    at: datetime
    by: PersonDocument
    authority: str
    reason: str
    changes: list[ChangeDocument]


class RevealCountDocument(TypedDict):
    """The number of NIKs that one person revealed in one hour. `_id`: `person~hour`."""

    _id: str
    count: int
    until: datetime


RECIPIENTS = Table(
    "recipients",
    RecipientDocument,
    index("nikBlind", unique=True),
    index("area", "_id"),
    index("area", "status", "_id"),
    index("words"),
    index("personBlind"),
)
VERSIONS = Table("recipient_versions", VersionDocument, index("recipient", "version", unique=True))
REVEALS = Table("reveals", RevealCountDocument, index("until", expire_after=0))


def record_of(document: Mapping[str, object]) -> RecordDocument:
    """The record in a document that has all of its fields, as a staged row or a recipient has."""
    return cast(RecordDocument, {name: document[name] for name in RecordDocument.__annotations__})


def changes_between(before: RecordDocument | None, after: RecordDocument) -> list[ChangeDocument]:
    """The changes from one version of a record to the next; from nothing, every field that is set."""
    return [
        {"field": change.field, "before": change.before, "after": change.after} for change in differences(before, after)
    ]
