"""Sheets of labels as PDF, typeset in a process of its own: typesetting has growing caches and cannot be interrupted."""

import structlog

from amanah.contracts.errors import AmanahError
from amanah.contracts.message import Model
from amanah.runtime import child_process

log = structlog.get_logger()

# A thousand labels, the most of one request, take a second.
_BOUNDS = child_process.Bounds(seconds=120, memory=4 << 30, output=256 << 20)


class Label(Model):
    """One label. `contents` are lines such as "10 kg Beras"; `note` is below them."""

    code: str
    area: str
    contents: tuple[str, ...]
    note: str = ""


class Sheets(Model):
    """All labels of a file, and the text that each of them has."""

    program: str
    round: str
    labels: tuple[Label, ...]


async def render(sheets: Sheets) -> bytes:
    """The PDF's bytes, the same for the same sheets. Raises AmanahError("rendering_failed"). Cancelling ends the process."""
    try:
        return await child_process.run(f"{__name__}.page", sheets, _BOUNDS)
    except child_process.ChildFailed as failed:
        log.error("labels could not be typeset", reason=failed.reason)
        raise AmanahError("rendering_failed") from None
