"""Counts of cases by kind and level, and which cases are overdue."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from amanah.contracts.cases import CaseKind, CaseLevel, CaseStatus
from amanah.contracts.message import Model

KINDS = tuple(kind.value for kind in CaseKind if kind is not CaseKind.ALERT)
LEVELS = tuple(level.value for level in CaseLevel)


class CaseLine(Model):
    """Counts of one kind or level by status, and the number of unresolved cases that are overdue."""

    name: str
    open: int = 0
    assigned: int = 0
    escalated: int = 0
    resolved: int = 0
    overdue: int = 0

    @property
    def all(self) -> int:
        """The number of cases in any status."""
        return self.open + self.assigned + self.escalated + self.resolved


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as a report lists it. `overdue`: unresolved after its time."""

    reference: str
    kind: str
    level: str
    status: str
    opened_at: datetime
    due_at: datetime
    overdue: bool
    area: str
    area_name: str
    channel: str


def is_overdue(status: str, due_at: datetime, as_of: datetime) -> bool:
    """Returns whether a case should have been resolved by `as_of`."""
    return status != CaseStatus.RESOLVED and due_at < as_of


class CaseCounts:
    """Counts cases one by one, without keeping them."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[tuple[str, str]]] = {"kind": Counter(), "level": Counter()}

    def add(self, case: CaseRow) -> None:
        """Counts one case."""
        for table, name in (("kind", case.kind), ("level", case.level)):
            self._counts[table][name, case.status.lower()] += 1
            self._counts[table][name, "overdue"] += case.overdue

    def by_kind(self) -> tuple[CaseLine, ...]:
        """Returns a line per kind: the known ones in their order, then any other."""
        return self._lines("kind", KINDS)

    def by_level(self) -> tuple[CaseLine, ...]:
        """Returns a line per level, the lowest first."""
        return self._lines("level", LEVELS)

    def unresolved(self) -> int:
        """Returns the number of cases that are not resolved."""
        return sum(line.all - line.resolved for line in self.by_level())

    def _lines(self, table: str, known: Sequence[str]) -> tuple[CaseLine, ...]:
        counts = self._counts[table]
        others = sorted({name for name, _ in counts} - set(known))
        columns = ("open", "assigned", "escalated", "resolved", "overdue")
        return tuple(
            CaseLine(name=name, **{column: counts[name, column] for column in columns}) for name in (*known, *others)
        )
