"""Assignments as the contract shows them."""

from amanah.contracts.assignments import AssignmentView
from amanah.runtime.crypto import Keyring
from services.distribution.assignments.documents import AssignmentDocument


def assignment(found: AssignmentDocument, keys: Keyring | None = None) -> AssignmentView:
    """Shows an assignment; with `keys` also the reason of its early end."""
    reason = found.get("endReason")
    return AssignmentView(
        id=found["_id"],
        officer_id=found["officer"],
        round_id=found["round"],
        area=found["area"],
        starts_on=found["starts"],
        ends_on=found["ends"],
        daily_load=found.get("dailyLoad"),
        planned_until=found.get("plannedUntil"),
        ended_at=found.get("endedAt"),
        ended_by=found.get("endedBy"),
        end_reason=keys.decrypt(reason, f"assignment:{found['_id']}") if keys and reason else None,
        replaces=found.get("replaces"),
        replaced_by=found.get("replacedBy"),
    )
