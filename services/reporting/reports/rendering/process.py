"""Rendering in a process of its own, a new one for each file.

Typesetting keeps hundreds of megabytes of caches that grow with every report, and a workbook computes in Python for
seconds: neither may live in a service that answers requests.
"""

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

import structlog

from amanah.contracts.errors import AmanahError
from amanah.contracts.message import Model
from services.reporting.reports.rendering import FORMATS
from services.reporting.reports.rendering.spool import Listing
from services.reporting.reports.rules.report import Content, Link

log = structlog.get_logger()


class Order(Model):
    """What the process is told on its standard input, as JSON. It answers with the file on its standard output."""

    format: str
    content: Content
    link: Link
    listing: Path


async def render(file_format: str, content: Content, listing: Listing, link: Link) -> bytes:
    """The file's bytes. Raises AmanahError("rendering_failed"). Cancelling it ends the process."""
    order = Order(format=file_format, content=content, link=link, listing=listing.path)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        made, told = await process.communicate(order.model_dump_json().encode())
    except BaseException:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    if process.returncode:
        reason = told.decode(errors="replace").strip().rpartition("\n")[2]
        log.error("rendering failed", format=file_format, status=process.returncode, reason=reason)
        raise AmanahError("The report's file could not be made.", code="rendering_failed")
    return made


def main() -> None:
    """Reads an order, writes the file."""
    order = Order.model_validate_json(sys.stdin.buffer.read())
    sys.stdout.buffer.write(FORMATS[order.format].render(order.content, Listing(order.listing), order.link))


if __name__ == "__main__":
    main()
