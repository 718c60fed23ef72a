"""The list of a report on disk: CSV, hashed while it is written.

The list of a million recipients is written in batches; no more than one batch is in memory.
"""

import csv
import hashlib
import io
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from services.reporting.reports.rules.report import ListSummary


def escape_formula(text: str) -> str:
    """Escapes text that a spreadsheet would evaluate as a formula (CWE-1236)."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


class Listing:
    """A finished list on disk: CSV with a header."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def content(self) -> bytes:
        """Returns the whole CSV with its header."""
        return self.path.read_bytes()

    def rows(self) -> Iterator[list[str]]:
        """Yields the rows without the header."""
        with self.path.open(encoding="utf-8", newline="") as text:
            reader = csv.reader(text)
            next(reader)
            yield from reader


class Spool(Listing):
    """A list while it is written. Leaving the context deletes it. Not safe for use by two threads at once."""

    def __init__(self, header: Sequence[str]) -> None:
        # Unbuffered, so that added rows can be read by the file's path at once.
        self._file = tempfile.NamedTemporaryFile(prefix="amanah-list-", suffix=".csv", buffering=0)
        super().__init__(Path(self._file.name))
        self._hash = hashlib.sha256()
        self._count = 0
        self._write([header])

    def write(self, rows: Sequence[Sequence[str]]) -> None:
        """Appends rows in the order of the report."""
        self._count += len(rows)
        self._write(rows)

    def summary(self) -> ListSummary:
        """Returns the number of rows, and the hash of the CSV so far."""
        return ListSummary(count=self._count, sha256=self._hash.hexdigest())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def _write(self, rows: Sequence[Sequence[str]]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        piece = text.getvalue().encode()
        self._hash.update(piece)
        self._file.write(piece)
