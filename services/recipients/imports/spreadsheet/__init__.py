"""Reading the lists that offices send: CSV and XLSX into rows of text, in a process of its own.

A list may be anything: a zip bomb, a sheet with a cell in its last corner, a million rows. So a child process with
bounded memory and time reads it and leaves the rows in a file, from which they are taken batch by batch.
"""

import asyncio
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import polars as pl

from amanah.contracts.errors import Refused
from services.recipients.imports.rules.columns import Header

_ROOT = Path(__file__).parents[4]
_WITHIN = 300.0  # seconds


@dataclass(frozen=True)
class Sheet:
    """A list that was read: its header, and its rows in a file of the folder it was read into."""

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
    """Reads the list `source`, leaving its rows beside it, in a child that may take `memory` bytes.

    Raises Refused: file_empty, file_not_spreadsheet, file_too_large, header_unknown, header_ambiguous.
    """
    target = source.with_suffix(".rows")
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.recipients.imports.spreadsheet", str(source), str(target), str(memory),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # a reader's complaint may quote a cell
        env={**os.environ, "PYTHONPATH": path, "POLARS_MAX_THREADS": "2"},
    )  # fmt: skip
    try:
        async with asyncio.timeout(_WITHIN):
            told, _ = await child.communicate()
    except TimeoutError:
        raise too_large() from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:  # out of memory or out of time
        raise too_large()
    answer = orjson.loads(told)
    if "code" in answer:
        raise Refused(answer["code"], answer["message"], answer["field"])
    header = Header(answer["row"], answer["columns"], answer["labels"])
    return Sheet(header, answer["rows"], target)


def too_large() -> Refused:
    """The list cannot be read within the bounds."""
    return Refused(
        "file_too_large",
        "The list takes more memory or time to read than is allowed. Split it, or send it as CSV.",
        "uploadId",
    )
