"""Reads the lists that offices send, CSV and XLSX, into rows of text in a child process.

A list may be a zip bomb, a sheet with a cell in its last corner, or a million rows. So a child process with bounded
memory and time reads it and writes the rows into a file, which is then read batch by batch.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import polars as pl

from amanah.contracts.errors import Refused
from amanah.contracts.message import Model
from amanah.runtime import child_process
from services.recipients.imports.rules.columns import Header

_WITHIN = 300.0  # seconds
_OUTPUT = 4 << 30


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


async def read(source: Path, *, memory: int) -> Sheet:
    """Reads the list `source` in a child that may use `memory` bytes; the file with its rows is written beside it.

    Raises Refused: file_empty, file_not_spreadsheet, file_too_large, header_unknown, header_ambiguous.
    """
    order = Order(source=source, target=source.with_suffix(".rows"))
    bounds = child_process.Bounds(seconds=_WITHIN, memory=memory, output=_OUTPUT)
    try:
        answer = orjson.loads(await child_process.run(f"{__name__}.formats", order, bounds))
    except child_process.ChildFailed:  # its reason may quote a cell
        raise too_large() from None
    header = Header(answer["row"], answer["columns"], answer["labels"])
    return Sheet(header, answer["rows"], order.target)


def too_large() -> Refused:
    """The refusal of a list that cannot be read within the bounds."""
    return Refused("file_too_large.reading", "uploadId")
