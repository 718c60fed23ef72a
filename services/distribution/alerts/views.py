"""Alerts as the contract shows them."""

from amanah.contracts.alerts import AlertStatus, AlertView
from amanah.runtime.crypto import Keyring
from services.distribution.alerts.documents import AlertDocument
from services.distribution.store import stored_recipient


def alert(found: AlertDocument, keys: Keyring) -> AlertView:
    """An alert, with the note of who last followed it up."""
    note = found.get("note")
    return AlertView(
        id=found["_id"],
        rule=found["rule"],
        severity=found["severity"],
        at=found["at"],
        area=found["area"],
        detail=found["detail"],
        subject_type=found["subjectType"],
        subject_id=found["subject"],
        status=AlertStatus(found["status"]),
        case_id=found.get("case"),
        note=keys.decrypt(note, f"alert:{found['_id']}") if note else None,
        handled_by=found.get("by"),
        recipient_id=stored_recipient(found.get("concerns", ())),
    )
