"""A report's content as a file. Equal content gives equal bytes, on every machine and at every moment."""

from collections.abc import Callable
from typing import NamedTuple

from amanah.contracts.reports import ReportFormat
from services.reporting.reports.rendering.ledger import HandoverLine, LedgerFile
from services.reporting.reports.rendering.lists import BalanceFile, CaseFile
from services.reporting.reports.rendering.pdf import render_pdf
from services.reporting.reports.rendering.plain import render_csv
from services.reporting.reports.rendering.spool import Listing, Spool
from services.reporting.reports.rendering.xlsx import render_xlsx
from services.reporting.reports.rules.report import Content, Link

__all__ = ["FORMATS", "BalanceFile", "CaseFile", "Format", "HandoverLine", "LedgerFile", "Listing", "Spool"]


class Format(NamedTuple):
    """How to make a file of one kind. `render` computes for seconds; services use `process.render` instead."""

    render: Callable[[Content, Listing, Link], bytes]
    content_type: str
    extension: str


FORMATS = {
    ReportFormat.PDF: Format(render_pdf, "application/pdf", "pdf"),
    ReportFormat.XLSX: Format(render_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ReportFormat.CSV: Format(render_csv, "text/csv; charset=utf-8", "csv"),
}
