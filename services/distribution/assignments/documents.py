"""Stored assignments, with their indexes."""

from datetime import datetime
from typing import NotRequired, TypedDict

from amanah.contracts.audit.entry import related_subjects
from amanah.runtime.tables import Table, index
from services.distribution.store import RelatedSubjects


class AssignmentDocument(TypedDict):
    """Assignment; days are ISO dates. `once` makes it unique until it is ended early; `endReason` is encrypted."""

    _id: str
    round: str
    officer: str
    area: str
    starts: str
    ends: str
    dailyLoad: NotRequired[int | None]
    once: NotRequired[str]
    replaces: NotRequired[str]
    plannedUntil: NotRequired[str]
    endedAt: NotRequired[datetime]
    endedBy: NotRequired[str]
    endReason: NotRequired[str]
    replacedBy: NotRequired[str | None]


ASSIGNMENTS = Table(
    "assignments",
    AssignmentDocument,
    index("officer", "round"),
    index("round", "area"),
    index("once", unique=True, sparse=True),
)


def related_to_assignment(assignment: AssignmentDocument) -> RelatedSubjects:
    """Returns the officer, the assignment, the ones before and after it, and the round."""
    return related_subjects(
        assignment["officer"],
        assignment["_id"],
        assignment.get("replaces"),
        assignment.get("replacedBy"),
        assignment["round"],
    )
