"""Cases: what a complaint or an escalated alert goes through until somebody has answered it.

What may be done when stands in `check`; what becomes of a case by it in `after`. How long each level has stands in the
table `WORKING_HOURS`, which operators may set.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from amanah.contracts.areas import AreaLevel, level
from amanah.contracts.cases import CaseAction, CaseKind, CaseLevel, CaseStatus
from amanah.contracts.errors import Refused
from amanah.contracts.time_zones import local_date
from services.distribution.cases.rules.working_time import after_working_hours
from services.distribution.rounds.rules.codes import crockford

FILED = "FILE"
"""The first entry of a case's history."""

DISPUTING = frozenset({CaseKind.NOT_RECEIVED, CaseKind.SHORT, CaseKind.DAMAGED})
"""Complaints that contradict a recorded handover."""

LEVELS = tuple(CaseLevel)

WORKING_HOURS: Mapping[CaseKind, tuple[int, int, int, int]] = {
    CaseKind.NOT_RECEIVED: (16, 16, 24, 40),
    CaseKind.SHORT: (24, 24, 40, 40),
    CaseKind.DAMAGED: (16, 24, 40, 40),
    CaseKind.CONDUCT: (24, 24, 24, 40),
    CaseKind.ELIGIBILITY: (40, 40, 80, 80),
    CaseKind.OTHER: (40, 40, 80, 80),
    CaseKind.ALERT: (16, 24, 24, 40),
}
"""How many working hours each level has, from the village to the nation; eight are a day."""


@dataclass(frozen=True)
class Deadlines:
    """How long each level has for each kind, and the days that do not count."""

    hours: Mapping[str, tuple[int, int, int, int]]
    holidays: Collection[date] = ()

    def due(self, kind: CaseKind, at_level: CaseLevel, area: str, since: datetime) -> datetime:
        """When a case that came to `at_level` at `since` has to be answered there."""
        hours = self.hours[kind][LEVELS.index(at_level)]
        return after_working_hours(since, hours, area, self.holidays)


@dataclass(frozen=True)
class CaseState:
    """What the history of a case amounts to."""

    status: CaseStatus
    level: CaseLevel
    assignee: str | None = None


_FIRST = {
    AreaLevel.VILLAGE: CaseLevel.VILLAGE,
    AreaLevel.DISTRICT: CaseLevel.DISTRICT,
    AreaLevel.REGENCY: CaseLevel.REGENCY,
    AreaLevel.PROVINCE: CaseLevel.NATIONAL,
    AreaLevel.NATION: CaseLevel.NATIONAL,
}


def first_level(area: str) -> CaseLevel:
    """Who answers first: the area's own level; what concerns a whole province is the nation's."""
    return _FIRST[level(area)]


def next_level(at_level: CaseLevel) -> CaseLevel | None:
    """Who answers when `at_level` did not; None above the nation."""
    place = LEVELS.index(at_level) + 1
    return LEVELS[place] if place < len(LEVELS) else None


def overdue(status: CaseStatus, due_at: datetime, now: datetime) -> bool:
    """Whether an open case should have been answered by now."""
    return status != CaseStatus.RESOLVED and due_at < now


def check(standing: CaseState, action: CaseAction, *, note: str | None, assignee: str | None) -> None:
    """Refuses what cannot be done with a case as it stands, or lacks what it needs."""
    resolved = standing.status == CaseStatus.RESOLVED
    if resolved and action not in (CaseAction.NOTE, CaseAction.REOPEN):
        raise Refused("case_resolved", "action")
    if action == CaseAction.REOPEN and not resolved:
        raise Refused("case_not_resolved", "action")
    if action == CaseAction.ESCALATE and next_level(standing.level) is None:
        raise Refused("case_at_top", "action")
    if action == CaseAction.ASSIGN and assignee is None:
        raise Refused("assignee_missing", "assigneeId")
    if action in (CaseAction.RESOLVE, CaseAction.NOTE) and not (note or "").strip():
        raise Refused("note_missing", "note")


def after(standing: CaseState, action: CaseAction, assignee: str | None = None) -> CaseState:
    """The case after an action that `check` let pass. Whoever it is escalated to chooses an assignee of their own."""
    match action:
        case CaseAction.ASSIGN:
            return replace(standing, status=CaseStatus.ASSIGNED, assignee=assignee)
        case CaseAction.ESCALATE:
            above = next_level(standing.level) or standing.level
            return CaseState(CaseStatus.ESCALATED, above)
        case CaseAction.RESOLVE:
            return replace(standing, status=CaseStatus.RESOLVED)
        case CaseAction.REOPEN:
            return CaseState(CaseStatus.OPEN, standing.level)
    return standing


RENEWS = frozenset({CaseAction.ESCALATE, CaseAction.REOPEN})
"""Actions after which the time to answer begins anew."""


def reference(at: datetime, area: str, random: int) -> str:
    """What people call a case: `ADU-2611-7K3M9Q`, the year and month there, and six characters of 30 random bits."""
    return f"ADU-{local_date(at, area):%y%m}-{crockford(random, 6)}"
