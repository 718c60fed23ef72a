"""`entries.csv`: the entries as a table for spreadsheets (RFC 4180, UTF-8 with a byte order mark, which Excel needs).

A row depends only on the entry and its index, so that `verify` can rebuild it and finds every edit.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from amanah.cli.audit.export.entries import LogEntry
from amanah.cli.audit.export.words import describe_action
from amanah.cli.log_copy import open_file
from amanah.contracts.area_table import area_table
from amanah.contracts.areas import is_code
from amanah.tlog.merkle import leaf_hash

FILE = "entries.csv"

COLUMNS = (
    "indeks",
    "waktu (UTC)",
    "pelaku",
    "peran",
    "wilayah pelaku",
    "nama wilayah pelaku",
    "tindakan",
    "arti tindakan",
    "jenis objek",
    "objek",
    "wilayah objek",
    "nama wilayah objek",
    "terkait",
    "hasil",
    "dasar",
    "alasan",
    "layanan asal",
    "alamat IP",
    "perangkat",
    "jejak",
    "sebelum",
    "sesudah",
    "hash entri",
)
DESCRIPTIVE = frozenset(COLUMNS.index(name) for name in ("nama wilayah pelaku", "arti tindakan", "nama wilayah objek"))
"""Columns with the words of this version for the codes beside them. Another version may have other words."""

# Several times the longest entry: a row doubles quotation marks and adds the names of areas.
_MAX_LINE = 1 << 20


def row(entry: LogEntry) -> list[str]:
    """Returns the row of one entry."""
    cells = [
        str(entry.index),
        entry.text("time"),
        entry.text("actor", "id"),
        entry.text("actor", "role"),
        entry.text("actor", "area"),
        _area(entry.text("actor", "area")),
        entry.text("action"),
        describe_action(entry.text("action")),
        entry.text("subject", "type"),
        entry.text("subject", "id"),
        entry.text("area"),
        _area(entry.text("area")),
        " ".join(f"{kind}:{id_}" for kind, id_ in entry.related),
        entry.text("outcome"),
        entry.text("authority"),
        entry.text("reason"),
        *(entry.text("origin", name) for name in ("service", "ip", "device", "trace")),
        entry.text("before"),
        entry.text("after"),
        leaf_hash(entry.leaf).hex(),
    ]
    return [escape_formula(cell) for cell in cells]


class Table:
    """Writes the table to a draft, which becomes the file when the context exits without an error."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / FILE
        self._draft = folder / f".{FILE}.draft"
        self._out = self._draft.open("w", encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._out)
        self._csv.writerow(COLUMNS)

    def add(self, entry: LogEntry) -> None:
        """Writes one row."""
        self._csv.writerow(row(entry))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._out.close()
        if kind is None:
            self._draft.replace(self._file)
        else:
            self._draft.unlink()


def rows(file: Path) -> Iterator[Sequence[str]]:
    """Yields the rows of a table, the header first. Raises OSError, and ValueError when it is not CSV in UTF-8."""
    with io.TextIOWrapper(open_file(file), encoding="utf-8-sig", newline="") as text:
        try:
            yield from csv.reader(_lines(text), strict=True)
        except csv.Error as error:
            raise ValueError(str(error)) from None


def _lines(text: TextIO) -> Iterator[str]:
    """Yields the lines of an untrusted text. Raises ValueError on a line longer than any row of a table."""
    while line := text.readline(_MAX_LINE):
        if len(line) == _MAX_LINE:
            raise ValueError("it has a line that is too long")
        yield line


# With a semicolon as separator, as in Indonesian regional settings, or a tab, a spreadsheet splits our cells into further ones,
# and drops a quotation mark at the start of one.
_FORMULA = re.compile(r"""(?:^|(?<=[;\t\r\n]))(?=[ "]*[=+@-])|^(?=[\t\r])""")


def escape_formula(text: str) -> str:
    """Escapes text against formula injection (CWE-1236), with commas, semicolons or tabs as separators."""
    return _FORMULA.sub("'", text)


@lru_cache(100_000)
def _area(code: str) -> str:
    return area_table().path(code) if is_code(code) else ""
