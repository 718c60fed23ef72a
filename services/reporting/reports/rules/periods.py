"""Periods of reports."""

from datetime import date, timedelta
from typing import NamedTuple

from amanah.contracts.errors import Refused
from amanah.contracts.reports import ReportTemplate

_WEEK = timedelta(days=6)


class Period(NamedTuple):
    """Local days, both included; None on an open side."""

    since: date | None = None
    until: date | None = None

    @property
    def whole(self) -> bool:
        """True for a period without limits."""
        return self.since is None and self.until is None


def report_period(template: ReportTemplate, since: date | None, until: date | None, today: date) -> Period:
    """Returns the days of a report: one for DAILY, seven for WEEKLY, as requested for others; RECONCILIATION has none.

    Without dates a DAILY or WEEKLY ends today. Refuses with `period_reversed`, `period_wrong_length`, `period_not_taken`.
    """
    if since and until and since > until:
        raise Refused("period_reversed", "to")
    if template == ReportTemplate.RECONCILIATION and (since or until):
        raise Refused("period_not_taken", "from")
    if template not in (ReportTemplate.DAILY, ReportTemplate.WEEKLY):
        return Period(since, until)
    length = _WEEK if template == ReportTemplate.WEEKLY else timedelta()
    if since and until and until - since != length:
        days = "week" if template == ReportTemplate.WEEKLY else "day"
        raise Refused(f"period_wrong_length.{days}", "to")
    last = until or (since + length if since else today)
    return Period(last - length, last)
