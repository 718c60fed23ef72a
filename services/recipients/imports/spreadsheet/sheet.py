"""A list as read: its header and rows, and the order by which a child process reads it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from amanah.contracts.message import Model
from services.recipients.imports.rules.columns import Header


class Order(Model):
    """The list that the child process is to read, and the file for its rows."""

    source: Path
    target: Path


@dataclass(frozen=True)
class Sheet:
    """Header and rows of a list; `path` is the file with the rows."""

    header: Header
    rows: int
    path: Path

    def batches(self, start: int, size: int) -> Iterator[pl.DataFrame]:
        """The rows from the `start`-th (0-based) on, at most `size` at a time.

        Each has the spreadsheet's number in `row` and text for each field of the header.
        """
        lazy = pl.scan_ipc(self.path)
        for offset in range(start, self.rows, size):
            yield lazy.slice(offset, size).collect()
