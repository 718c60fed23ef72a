"""Cases in figures: of each kind and level, how many are where, and which are overdue."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from amanah.contracts.cases import CaseKind, CaseLevel, CaseStatus
from services.reporting.reports.rules.report import CaseLine

KINDS = tuple(kind.value for kind in CaseKind if kind is not CaseKind.ALERT)
LEVELS = tuple(level.value for level in CaseLevel)


@dataclass(frozen=True, slots=True)
class Case:
    """What a report says of one case as it stood. `overdue`: unresolved after its time."""

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
    """Whether a case should have been resolved by `as_of`."""
    return status != CaseStatus.RESOLVED and due_at < as_of


class Tables:
    """Counts cases as they pass, without keeping them."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[tuple[str, str]]] = {"kind": Counter(), "level": Counter()}

    def add(self, case: Case) -> None:
        """Counts one case."""
        for table, name in (("kind", case.kind), ("level", case.level)):
            self._counts[table][name, case.status.lower()] += 1
            self._counts[table][name, "overdue"] += case.overdue

    def by_kind(self) -> tuple[CaseLine, ...]:
        """A line a kind: the known ones in their order, then any other."""
        return self._lines("kind", KINDS)

    def by_level(self) -> tuple[CaseLine, ...]:
        """A line a level, the lowest first."""
        return self._lines("level", LEVELS)

    def unresolved(self) -> int:
        """How many are not resolved."""
        return sum(line.all - line.resolved for line in self.by_level())

    def _lines(self, table: str, known: Sequence[str]) -> tuple[CaseLine, ...]:
        counts = self._counts[table]
        others = sorted({name for name, _ in counts} - set(known))
        columns = ("open", "assigned", "escalated", "resolved", "overdue")
        return tuple(
            CaseLine(name=name, **{column: counts[name, column] for column in columns}) for name in (*known, *others)
        )
