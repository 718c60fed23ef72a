"""Stored alerts, with their indexes."""

from amanah.contracts.audit.entry import Subject, concerning
from amanah.runtime.tables import Document, Table, index
from services.distribution.store import Concerns

ALERTS = Table("alerts", Document, index("once", unique=True), index("area", "_id"))


def of_alert(alert: Document) -> Concerns:
    """What it was raised about, and the case that follows it up."""
    return tuple(Subject.model_validate(each) for each in alert.get("concerns", ())) + concerning(alert.get("case"))
