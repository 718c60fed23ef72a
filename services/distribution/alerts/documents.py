"""Stored alerts, with their indexes."""

from datetime import datetime
from typing import NotRequired, TypedDict

from amanah.contracts.audit.entry import Subject, related_subjects
from amanah.runtime.tables import Table, index
from services.distribution.store import RelatedSubjects


class StoredSubject(TypedDict):
    """A subject that an alert is related to."""

    type: str
    id: str


class AlertChangeDocument(TypedDict):
    """One change of an alert's status: by a person with an encrypted note, or because its rule holds again."""

    at: datetime
    status: str
    by: NotRequired[str]
    note: NotRequired[str]
    because: NotRequired[str]
    of: NotRequired[datetime]


class AlertDocument(TypedDict):
    """An alert. `once` is its idempotency key; `case`, `note` and `by` are those of its last update by a person."""

    _id: str
    once: str
    rule: str
    severity: str
    at: datetime
    area: str
    round: str | None
    detail: str
    subjectType: str
    subject: str
    concerns: NotRequired[list[StoredSubject]]
    status: str
    case: NotRequired[str | None]
    note: NotRequired[str]
    by: NotRequired[str]
    settledAt: NotRequired[datetime]
    history: NotRequired[list[AlertChangeDocument]]


ALERTS = Table("alerts", AlertDocument, index("once", unique=True), index("area", "_id"))


def of_alert(alert: AlertDocument) -> RelatedSubjects:
    """The subjects that it was raised about, and the case that follows it up."""
    return tuple(Subject.model_validate(each) for each in alert.get("concerns", ())) + related_subjects(
        alert.get("case")
    )
