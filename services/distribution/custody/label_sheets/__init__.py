"""Sheets of labels as PDF, typeset in a process of its own: typesetting keeps caches that grow and stops for nobody."""

import asyncio
import sys
from contextlib import suppress

import structlog

from amanah.contracts.errors import AmanahError
from amanah.contracts.message import Model

log = structlog.get_logger()


class Label(Model):
    """One label. `contents` are lines such as "10 kg Beras"; `note` stands below them."""

    code: str
    area: str
    contents: tuple[str, ...]
    note: str = ""


class Sheets(Model):
    """All labels of a file, and what stands on each of them."""

    program: str
    round: str
    labels: tuple[Label, ...]


async def render(sheets: Sheets) -> bytes:
    """The PDF's bytes, the same for the same sheets. Raises AmanahError("rendering_failed"). Cancelling ends the process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.distribution.custody.label_sheets.page",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        made, told = await process.communicate(sheets.model_dump_json().encode())
    except BaseException:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    if process.returncode:
        reason = told.decode(errors="replace").strip().rpartition("\n")[2]
        log.error("labels could not be typeset", status=process.returncode, reason=reason)
        raise AmanahError("The labels could not be made.", code="rendering_failed")
    return made
