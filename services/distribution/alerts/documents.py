"""Stored alerts, with their indexes."""

from amanah.contracts.audit.entry import Subject, related_subjects
from amanah.runtime.tables import Document, Table, index
from services.distribution.store import RelatedSubjects

ALERTS = Table("alerts", Document, index("once", unique=True), index("area", "_id"))


def of_alert(alert: Document) -> RelatedSubjects:
    """What it was raised about, and the case that follows it up."""
    return tuple(Subject.model_validate(each) for each in alert.get("concerns", ())) + related_subjects(
        alert.get("case")
    )
