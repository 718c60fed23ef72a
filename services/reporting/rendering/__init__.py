"""A report's content as a file. Equal content gives equal bytes, on every machine and at every moment."""

from collections.abc import Callable
from typing import NamedTuple

from services.reporting.domain.report import Content, Link
from services.reporting.rendering.ledger import HandoverLine, LedgerFile
from services.reporting.rendering.lists import BalanceFile, CaseFile
from services.reporting.rendering.pdf import render_pdf
from services.reporting.rendering.plain import render_csv
from services.reporting.rendering.spool import Listing, Spool
from services.reporting.rendering.xlsx import render_xlsx

__all__ = ["FORMATS", "BalanceFile", "CaseFile", "Format", "HandoverLine", "LedgerFile", "Listing", "Spool"]


class Format(NamedTuple):
    """How to make a file of one kind. `render` computes for seconds; services use `process.render` instead."""

    render: Callable[[Content, Listing, Link], bytes]
    content_type: str
    extension: str


FORMATS = {
    "PDF": Format(render_pdf, "application/pdf", "pdf"),
    "XLSX": Format(render_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    "CSV": Format(render_csv, "text/csv; charset=utf-8", "csv"),
}
