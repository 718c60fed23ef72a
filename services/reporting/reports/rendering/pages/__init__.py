"""Texts of a PDF's pages; layouts place them. A page is JSON: a layout can be replaced, its values cannot."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from amanah.contracts.reports import ReportTemplate
from services.reporting.reports.rendering.pages import figures, minutes, tables
from services.reporting.reports.rendering.spool import Listing
from services.reporting.reports.rules.report import Content, Link


class PageTemplate(NamedTuple):
    """The function that makes a template's page, and its layout. Only minutes may have an office's own layout."""

    make: Callable[[Content, Listing, Link], dict[str, Any]]
    layout: str
    may_be_own: bool = False


PAGES: Mapping[ReportTemplate, PageTemplate] = {
    ReportTemplate.DAILY: PageTemplate(figures.page, "report.typ"),
    ReportTemplate.WEEKLY: PageTemplate(figures.page, "report.typ"),
    ReportTemplate.FINAL: PageTemplate(figures.page, "report.typ"),
    ReportTemplate.BAST: PageTemplate(minutes.page, "bast.typ", may_be_own=True),
    ReportTemplate.CASES: PageTemplate(tables.cases_page, "tables.typ"),
    ReportTemplate.RECONCILIATION: PageTemplate(tables.custody_page, "tables.typ"),
}
