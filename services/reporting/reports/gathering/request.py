"""What was asked for, as every way of gathering needs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from amanah.contracts.area_table import AreaTable
from amanah.contracts.areas import Scope, lineage
from amanah.contracts.errors import Unavailable
from amanah.contracts.reports import ReportTemplate
from amanah.runtime.tables import Document
from services.reporting.figures.rules.figures import Figure
from services.reporting.reports.rules.composing import Counts, Period
from services.reporting.reports.rules.report import Author
from services.reporting.store import Position, counted


@dataclass(frozen=True)
class Asked:
    """A report that was asked for, and the round that it is about."""

    report: Document
    round: Document

    @property
    def template(self) -> ReportTemplate:
        """Which report."""
        return ReportTemplate(self.report["template"])

    @property
    def area(self) -> str:
        """Of which area."""
        code: str = self.report["area"]
        return code

    @property
    def scope(self) -> Scope:
        """The request was allowed for this area; that is all the report may show."""
        return Scope([self.area])

    @cached_property
    def period(self) -> Period:
        """The days it covers."""
        return Period(
            *(date.fromisoformat(day) if day else None for day in (self.report["since"], self.report["until"]))
        )

    def about(self, areas: AreaTable) -> Mapping[str, Any]:
        """What every content says of itself."""
        return {
            "template": self.template,
            "language": self.report["language"],
            "round_id": self.round["_id"],
            "round_name": self.round["name"],
            "program_name": self.round["programName"],
            "decree": self.round["decree"],
            "area": self.area,
            "place": tuple(areas.name(code) for code in lineage(self.area)[1:]),
            "since": self.period.since,
            "until": self.period.until,
            "author": Author(name=self.report["requestedBy"]["name"], role=self.report["requestedBy"]["role"]),
        }


def counted_until(position: Position) -> datetime:
    """The time of the last event counted. Raises Unavailable while there is none."""
    if position.as_of is None:
        raise Unavailable("unavailable.figures")
    return position.as_of


def counts_of(document: Document) -> Counts:
    """All counters of a document."""
    return {figure.value: counted(document, figure) for figure in Figure}
