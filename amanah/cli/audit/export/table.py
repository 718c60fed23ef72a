"""`entries.csv`: the entries for people and spreadsheets (RFC 4180, UTF-8 with a byte order mark, by which Excel knows it).

A line is a function of the entry and its index, so that `verify` can make it anew and finds every edit.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from amanah.cli.audit.export.entries import Entry
from amanah.cli.audit.export.words import meaning
from amanah.cli.log_copy import open_file
from amanah.contracts.areas import is_code
from amanah.runtime.areas import area_table
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
WORDED = frozenset(COLUMNS.index(name) for name in ("nama wilayah pelaku", "arti tindakan", "nama wilayah objek"))
"""Columns that this program words, from codes beside them. Another version may word them otherwise."""

# Some times the longest entry, which a line says with quotation marks doubled and areas by name.
_LONGEST = 1 << 20


def row(entry: Entry) -> list[str]:
    """The line of one entry."""
    cells = [
        str(entry.index),
        entry.text("time"),
        entry.text("actor", "id"),
        entry.text("actor", "role"),
        entry.text("actor", "area"),
        _area(entry.text("actor", "area")),
        entry.text("action"),
        meaning(entry.text("action")),
        entry.text("subject", "type"),
        entry.text("subject", "id"),
        entry.text("area"),
        _area(entry.text("area")),
        " ".join(f"{kind}:{id_}" for kind, id_ in entry.concerns),
        entry.text("outcome"),
        entry.text("authority"),
        entry.text("reason"),
        *(entry.text("origin", name) for name in ("service", "ip", "device", "trace")),
        entry.text("before"),
        entry.text("after"),
        leaf_hash(entry.leaf).hex(),
    ]
    return [harmless(cell) for cell in cells]


class Table:
    """Writes the table line by line to a draft, which becomes the file when the context is left without an error."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / FILE
        self._draft = folder / f".{FILE}.draft"
        self._out = self._draft.open("w", encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._out)
        self._csv.writerow(COLUMNS)

    def add(self, entry: Entry) -> None:
        """Writes one line."""
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
    """The lines of a table, the header first. Raises OSError, and ValueError on what is no CSV in UTF-8."""
    with io.TextIOWrapper(open_file(file), encoding="utf-8-sig", newline="") as text:
        try:
            yield from csv.reader(_lines(text), strict=True)
        except csv.Error as error:
            raise ValueError(str(error)) from None


def _lines(text: TextIO) -> Iterator[str]:
    """The lines of a text that others wrote: of one without line ends no more is read than any table has in a line."""
    while line := text.readline(_LONGEST):
        if len(line) == _LONGEST:
            raise ValueError("it has a line that is too long")
        yield line


# Where regional settings have the semicolon part cells, as in Indonesia, or somebody chose the tab, a program looks for cells
# within ours, and drops a quotation mark that one begins with.
_FORMULA = re.compile(r"""(?:^|(?<=[;\t\r\n]))(?=[ "]*[=+@-])|^(?=[\t\r])""")


def harmless(text: str) -> str:
    """Text of which no spreadsheet takes any part for a formula (CWE-1236), whether commas, semicolons or tabs part its cells."""
    return _FORMULA.sub("'", text)


@lru_cache(100_000)
def _area(code: str) -> str:
    return area_table().path(code) if is_code(code) else ""
