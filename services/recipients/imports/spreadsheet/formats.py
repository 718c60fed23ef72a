"""CSV and XLSX files as offices save them: any separator and encoding, titles above the header, empty sheets."""

import csv
import io
import zipfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import fastexcel
import orjson
import polars as pl

from amanah.contracts.errors import Refused
from services.recipients.imports.rules.columns import Header, field_of, find_header
from services.recipients.imports.rules.rows import ROW
from services.recipients.imports.spreadsheet.sheet import Order

_BATCH_ROWS = 10_000  # a reader of some rows reads one such batch, not the whole list
_SEPARATORS = (",", ";", "\t", "|")
_HEAD_ROWS = 40  # searched for the header and the separator
_HEAD_BYTES = 1 << 16
_TEXT_CONTROLS = frozenset(b"\t\n\r\x0c\x1a")
_UNPACKED_LIMIT = 2 << 30
_ZIP = b"PK\x03\x04"


def answer(order: bytes) -> bytes:
    """Reads the list of an Order and writes its rows into the order's file: the work of the child process."""
    parsed = Order.model_validate_json(order)
    header, rows = load(parsed.source)
    rows.write_ipc(parsed.target, record_batch_size=_BATCH_ROWS)
    return orjson.dumps({"row": header.row, "columns": header.columns, "labels": header.labels, "rows": rows.height})


def load(path: Path) -> tuple[Header, pl.DataFrame]:
    """Reads the header and the rows below it: `row` as the spreadsheet counts, and text for each field.

    Raises Refused: file_empty, file_not_spreadsheet, file_too_large, header_unknown, header_ambiguous.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(_ZIP):
        return _xlsx(path)
    if not head.strip():
        raise _empty()
    if not head.startswith((b"\xff\xfe", b"\xfe\xff")) and any(b < 32 and b not in _TEXT_CONTROLS for b in head):
        raise _not_spreadsheet()
    return _csv(path.read_bytes())


def _csv(data: bytes) -> tuple[Header, pl.DataFrame]:
    text = _decoded(data).removeprefix("\ufeff")
    if not text.strip():
        raise _empty()
    separator = _separator(text)
    lines = csv.reader(io.StringIO(text), delimiter=separator)
    first: list[list[str]] = []
    ends: list[int] = []  # the line on which each record ends
    try:
        for record in islice(lines, _HEAD_ROWS):
            first.append(record)
            ends.append(lines.line_num)
    except csv.Error:
        raise _not_spreadsheet() from None
    header = find_header(first)
    below = ends[header.row]
    body = text.split("\n", below)[below:] if "\n" in text else []
    width = len(first[header.row])
    names = [f"column_{i}" for i in range(width)]
    try:
        frame = pl.read_csv(
            io.BytesIO("".join(body).encode()),
            separator=separator,
            has_header=False,
            schema=dict.fromkeys(names, pl.String),
            truncate_ragged_lines=True,
            raise_if_empty=False,
        )
    except pl.exceptions.PolarsError:
        raise _not_spreadsheet() from None
    return header, _fields(frame, header)


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # saved by Excel as Unicode text
        encodings: Sequence[str] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _not_spreadsheet()


def _separator(text: str) -> str:
    """The separator by which the most fields are found in the header."""
    head = "\n".join(islice(text.splitlines(), _HEAD_ROWS))

    def headers(separator: str) -> int:
        try:
            rows = list(csv.reader(io.StringIO(head), delimiter=separator))
        except csv.Error:
            return 0
        return max((len({field_of(cell) for cell in row} - {None}) for row in rows), default=0)

    return max(_SEPARATORS, key=headers)


def _xlsx(path: Path) -> tuple[Header, pl.DataFrame]:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > _UNPACKED_LIMIT:
                raise Refused("file_too_large.unpacked", "uploadId")
        workbook = fastexcel.read_excel(str(path))
        unreadable: Refused = _empty()
        for name in workbook.sheet_names:
            # Every cell as text: a NIK must not pass through a float, nor a date through a guess.
            frame = workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
            if frame.height == 0:
                continue
            try:
                header = find_header(frame.head(_HEAD_ROWS).rows())
            except Refused as refused:
                if unreadable.code == "file_empty":
                    unreadable = refused
                continue
            return header, _fields(frame.slice(header.row + 1), header)
    except (zipfile.BadZipFile, fastexcel.FastExcelError):
        raise _not_spreadsheet() from None
    raise unreadable


def _fields(below: pl.DataFrame, header: Header) -> pl.DataFrame:
    """The rows below the header, each field under its own name. Spreadsheets count rows from 1."""
    fields = {field: below[:, index].cast(pl.String) for field, index in header.columns.items()}
    return pl.DataFrame(fields).with_row_index(ROW, offset=header.row + 2)


def _empty() -> Refused:
    return Refused("file_empty", "uploadId")


def _not_spreadsheet() -> Refused:
    return Refused("file_not_spreadsheet", "uploadId")
