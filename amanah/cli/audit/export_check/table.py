"""The table of an export held against its entries: each line is made anew and compared cell by cell."""

from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from amanah.cli.audit.export import table
from amanah.cli.audit.export.entries import Entry
from amanah.cli.audit.export_check.outcome import Outcome
from amanah.cli.audit.sources import reason


def compare(folder: Path, entries: Iterable[Entry], program: str, outcome: Outcome) -> None:
    """A line for each entry, in their order, and nothing else. All entries are gone through, whatever the table is.

    Where another version of this `program` wrote it, differences in what it words itself are told, and are no findings.
    """
    remaining = iter(entries)
    try:
        _Comparison(program == version("amanah"), outcome).run(table.rows(folder / table.FILE), remaining, program)
    except (OSError, ValueError) as error:
        outcome.find(table.FILE, None, f"the table cannot be read ({reason(error)})")
        for _ in remaining:
            pass


class _Comparison:
    """Two lists in the order of the log, gone through side by side."""

    def __init__(self, same_program: bool, outcome: Outcome) -> None:
        self._same_program = same_program
        self._outcome = outcome
        self._worded = 0

    def run(self, lines: Iterable[Sequence[str]], entries: Iterable[Entry], program: str) -> None:
        """Raises what reading the lines raises."""
        left = iter(lines)
        if tuple(next(left, ())) != table.COLUMNS:
            self._outcome.find(table.FILE, None, "the first line does not name the columns")
        line = next(left, None)
        for entry in entries:
            while line is not None and _index(line) < entry.index:
                self._stray(line)
                line = next(left, None)
            if line is None or _index(line) > entry.index:
                self._outcome.find(table.FILE, entry.index, f"entry {entry.index} has no line")
                continue
            self._compare(line, entry)
            line = next(left, None)
        while line is not None:
            self._stray(line)
            line = next(left, None)
        if self._worded:
            told = f"words for areas or actions in {table.FILE}, which version {program} chose (lines: {self._worded})"
            self._outcome.unchecked.append(told)

    def _compare(self, line: Sequence[str], entry: Entry) -> None:
        differing = [at for at, (is_, due) in enumerate(zip(line, table.row(entry), strict=False)) if is_ != due]
        if len(line) != len(table.COLUMNS):
            self._outcome.find(table.FILE, entry.index, f"the line of entry {entry.index} has other columns")
        elif not self._same_program and table.WORDED.issuperset(differing):
            self._worded += bool(differing)
        elif differing:
            names = ", ".join(f'"{table.COLUMNS[at]}"' for at in differing)
            message = f"the line of entry {entry.index} does not say what the entry says (column {names})"
            self._outcome.find(table.FILE, entry.index, message)

    def _stray(self, line: Sequence[str]) -> None:
        shown = repr(line[0][:20]) if line else "nothing"
        self._outcome.find(table.FILE, None, f"the line of {shown} is of no entry here, or stands twice")


def _index(line: Sequence[str]) -> int:
    text = line[0] if line else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else -1
