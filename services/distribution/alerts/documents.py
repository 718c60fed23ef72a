"""Stored alerts, with their indexes."""

from amanah.contracts.audit.entry import Subject, concerning
from amanah.runtime.mongo import Document
from services.distribution.store import Concerns


def of_alert(alert: Document) -> Concerns:
    """What it was raised about, and the case that follows it up."""
    return tuple(Subject.model_validate(each) for each in alert.get("concerns", ())) + concerning(alert.get("case"))
