"""Media types and extensions of report files."""

from collections.abc import Mapping
from typing import NamedTuple

from amanah.contracts.reports import ReportFormat


class FileType(NamedTuple):
    """The media type and extension of a file."""

    content_type: str
    extension: str


FILE_TYPES: Mapping[ReportFormat, FileType] = {
    ReportFormat.PDF: FileType("application/pdf", "pdf"),
    ReportFormat.XLSX: FileType("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ReportFormat.CSV: FileType("text/csv; charset=utf-8", "csv"),
}
