"""Files of reports. Equal content gives equal bytes, on every machine and at any time."""

from collections.abc import Callable, Mapping

from amanah.contracts.reports import ReportFormat
from services.reporting.reports.rendering.csv_file import render_csv
from services.reporting.reports.rendering.handovers import HandoverFile, HandoverLine
from services.reporting.reports.rendering.lists import BalanceFile, CaseFile
from services.reporting.reports.rendering.pdf import render_pdf
from services.reporting.reports.rendering.spool import Listing, Spool
from services.reporting.reports.rendering.xlsx import render_xlsx
from services.reporting.reports.rules.report import Content, Link

__all__ = ["RENDERERS", "BalanceFile", "CaseFile", "HandoverFile", "HandoverLine", "Listing", "Spool"]


Renderer = Callable[[Content, Listing, Link], bytes]

RENDERERS: Mapping[ReportFormat, Renderer] = {
    ReportFormat.PDF: render_pdf,
    ReportFormat.XLSX: render_xlsx,
    ReportFormat.CSV: render_csv,
}
"""Rendering takes seconds of computing; services use `process.render` instead."""
