"""Rules of cases: levels, allowed actions (`check`), their results (`after`), and deadlines."""

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


@dataclass(frozen=True)
class Deadlines:
    """Working hours of each level for each kind, and the holidays."""

    hours: Mapping[str, tuple[int, int, int, int]]
    holidays: Collection[date] = ()

    def due(self, kind: CaseKind, at_level: CaseLevel, area: str, since: datetime) -> datetime:
        """Returns the deadline of a case that reached `at_level` at `since`."""
        hours = self.hours[kind][LEVELS.index(at_level)]
        return after_working_hours(since, hours, area, self.holidays)


@dataclass(frozen=True)
class CaseState:
    """Status, level and assignee of a case."""

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
    """Returns the first level to answer: the area's own; that of a province is the nation."""
    return _FIRST[level(area)]


def next_level(at_level: CaseLevel) -> CaseLevel | None:
    """Returns the level above; None above the nation."""
    place = LEVELS.index(at_level) + 1
    return LEVELS[place] if place < len(LEVELS) else None


def overdue(status: CaseStatus, due_at: datetime, now: datetime) -> bool:
    """Checks that a case is open past its deadline."""
    return status != CaseStatus.RESOLVED and due_at < now


def check(state: CaseState, action: CaseAction, *, note: str | None, assignee: str | None) -> None:
    """Refuses an action that the case's state does not allow, or that lacks its note or assignee."""
    resolved = state.status == CaseStatus.RESOLVED
    if resolved and action not in (CaseAction.NOTE, CaseAction.REOPEN):
        raise Refused("case_resolved", "action")
    if action == CaseAction.REOPEN and not resolved:
        raise Refused("case_not_resolved", "action")
    if action == CaseAction.ESCALATE and next_level(state.level) is None:
        raise Refused("case_at_top", "action")
    if action == CaseAction.ASSIGN and assignee is None:
        raise Refused("assignee_missing", "assigneeId")
    if action in (CaseAction.RESOLVE, CaseAction.NOTE) and not (note or "").strip():
        raise Refused("note_missing", "note")


def after(state: CaseState, action: CaseAction, assignee: str | None = None) -> CaseState:
    """Returns the state after an action that passed `check`. An escalated case has no assignee: the next level assigns it."""
    match action:
        case CaseAction.ASSIGN:
            return replace(state, status=CaseStatus.ASSIGNED, assignee=assignee)
        case CaseAction.ESCALATE:
            above = next_level(state.level) or state.level
            return CaseState(CaseStatus.ESCALATED, above)
        case CaseAction.RESOLVE:
            return replace(state, status=CaseStatus.RESOLVED)
        case CaseAction.REOPEN:
            return CaseState(CaseStatus.OPEN, state.level)
    return state


RENEWS = frozenset({CaseAction.ESCALATE, CaseAction.REOPEN})
"""Actions that set a new deadline."""


def reference(at: datetime, area: str, random: int) -> str:
    """Returns a case's reference: `ADU-2611-7K3M9Q`, with the local year and month, and six characters of 30 random bits."""
    return f"ADU-{local_date(at, area):%y%m}-{crockford(random, 6)}"
