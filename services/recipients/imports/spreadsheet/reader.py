"""Reads a list into rows of text in a child process.

A list may be a zip bomb, a sheet with a cell in its last corner, or a million rows. So a child process with bounded
memory and time reads it and writes the rows into a file, which is then read batch by batch.
"""

from pathlib import Path

import orjson

from amanah.contracts.errors import Refused
from amanah.runtime import child_process
from services.recipients.imports.rules.columns import Header
from services.recipients.imports.spreadsheet.sheet import Order, Sheet

_FORMATS = "services.recipients.imports.spreadsheet.formats"
"""Module whose `answer` the child calls; nothing here needs what it imports."""
_WITHIN = 300.0  # seconds
_OUTPUT = 4 << 30


async def read(source: Path, *, memory: int) -> Sheet:
    """Reads the list `source` in a child that may use `memory` bytes; the file with its rows is written beside it.

    Raises Refused: file_empty, file_not_spreadsheet, file_too_large, header_unknown, header_ambiguous.
    """
    order = Order(source=source, target=source.with_suffix(".rows"))
    bounds = child_process.Bounds(seconds=_WITHIN, memory=memory, output=_OUTPUT)
    try:
        answer = orjson.loads(await child_process.run(_FORMATS, order, bounds))
    except child_process.ChildFailed:  # its reason may quote a cell
        raise Refused("file_too_large.reading", "uploadId") from None
    header = Header(answer["row"], answer["columns"], answer["labels"])
    return Sheet(header, answer["rows"], order.target)
