"""The request for a report, as the collectors of its data need it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from amanah.contracts.area_table import AreaTable
from amanah.contracts.areas import Scope, lineage
from amanah.contracts.errors import Unavailable
from amanah.contracts.reports import ReportTemplate
from services.reporting.figures.documents import RoundDocument
from services.reporting.figures.rules.position import Position
from services.reporting.reports.documents import ReportDocument
from services.reporting.reports.rules.periods import Period
from services.reporting.reports.rules.report import Author


@dataclass(frozen=True)
class ReportRequest:
    """A stored request for a report, and its round."""

    report: ReportDocument
    round: RoundDocument

    @property
    def template(self) -> ReportTemplate:
        """The template of the report."""
        return ReportTemplate(self.report["template"])

    @property
    def area(self) -> str:
        """The area of the report."""
        return self.report["area"]

    @property
    def scope(self) -> Scope:
        """The scope of the report: the area that the request was authorized for."""
        return Scope([self.area])

    @cached_property
    def period(self) -> Period:
        """The days of the report."""
        return Period(
            *(date.fromisoformat(day) if day else None for day in (self.report["since"], self.report["until"]))
        )

    def facts(self, areas: AreaTable) -> Mapping[str, Any]:
        """Returns the fields that the content of every template has."""
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


def require_as_of(position: Position) -> datetime:
    """Returns the time of the last event counted. Raises Unavailable while there is none."""
    if position.as_of is None:
        raise Unavailable("unavailable.figures")
    return position.as_of
