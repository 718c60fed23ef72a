"""Check of an export's table: each row is rebuilt from its entry and compared cell by cell."""

from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from amanah.cli.audit.export import table
from amanah.cli.audit.export.entries import LogEntry
from amanah.cli.audit.output import CheckResult, error_text


def check_table(folder: Path, entries: Iterable[LogEntry], program: str, result: CheckResult) -> None:
    """Checks that the table has exactly one row for each entry, in order. Consumes all entries in any case.

    When another version of this `program` wrote the table, differences in descriptive columns are no findings.
    """
    remaining = iter(entries)
    try:
        _Comparison(program == version("amanah"), result).run(table.rows(folder / table.FILE), remaining, program)
    except (OSError, ValueError) as error:
        result.find(table.FILE, None, f"the table cannot be read ({error_text(error)})")
        for _ in remaining:
            pass


class _Comparison:
    """Comparison of rows and entries, both in the order of the log."""

    def __init__(self, same_version: bool, result: CheckResult) -> None:
        self._same_version = same_version
        self._result = result
        self._reworded = 0

    def run(self, rows: Iterable[Sequence[str]], entries: Iterable[LogEntry], program: str) -> None:
        """Compares all rows. Raises what reading them raises."""
        left = iter(rows)
        if tuple(next(left, ())) != table.COLUMNS:
            self._result.find(table.FILE, None, "the first row does not have the names of the columns")
        row = next(left, None)
        for entry in entries:
            while row is not None and _index(row) < entry.index:
                self._report_extra(row)
                row = next(left, None)
            if row is None or _index(row) > entry.index:
                self._result.find(table.FILE, entry.index, f"entry {entry.index} has no row")
                continue
            self._compare(row, entry)
            row = next(left, None)
        while row is not None:
            self._report_extra(row)
            row = next(left, None)
        if self._reworded:
            self._result.unchecked.append(
                f"words for areas or actions in {table.FILE}, chosen by version {program} (rows: {self._reworded})"
            )

    def _compare(self, row: Sequence[str], entry: LogEntry) -> None:
        differing = [at for at, (cell, due) in enumerate(zip(row, table.row(entry), strict=False)) if cell != due]
        if len(row) != len(table.COLUMNS):
            self._result.find(table.FILE, entry.index, f"the row of entry {entry.index} has the wrong number of cells")
        elif not self._same_version and table.DESCRIPTIVE.issuperset(differing):
            self._reworded += bool(differing)
        elif differing:
            names = ", ".join(f'"{table.COLUMNS[at]}"' for at in differing)
            message = f"the row of entry {entry.index} does not match the entry (column {names})"
            self._result.find(table.FILE, entry.index, message)

    def _report_extra(self, row: Sequence[str]) -> None:
        shown = repr(row[0][:20]) if row else "nothing"
        self._result.find(table.FILE, None, f"the row of {shown} belongs to no entry here, or is repeated")


def _index(row: Sequence[str]) -> int:
    text = row[0] if row else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else -1
