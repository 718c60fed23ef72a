"""What distribution announces of assignments."""

from datetime import date
from typing import ClassVar

from amanah.contracts.areas import AreaCode
from amanah.contracts.distribution.events import DistributionEvent
from amanah.contracts.message import registry


class OfficerAssigned(DistributionEvent):
    """An officer works an area of a round for some days; `replaces` is the assignment that goes on with it."""

    type: ClassVar[str] = "id.amanah.distribution.officer.assigned.v1"
    assignment_id: str
    round_id: str
    officer_id: str
    area: AreaCode
    starts_on: date
    ends_on: date
    daily_load: int | None = None
    replaces: str | None = None

    def key(self) -> str:
        """The round."""
        return self.round_id


class AssignmentEnded(DistributionEvent):
    """An assignment ends earlier than planned; `replaced_by` is the one that goes on with it, if there is one.

    One that never began ends on the day before its first.
    """

    type: ClassVar[str] = "id.amanah.distribution.assignment.ended.v1"
    assignment_id: str
    round_id: str
    officer_id: str
    area: AreaCode
    ends_on: date
    planned_until: date
    replaced_by: str | None = None

    def key(self) -> str:
        """The round."""
        return self.round_id


ASSIGNMENT_EVENTS = registry(OfficerAssigned, AssignmentEnded)
