"""Rendering in a child process, a new one for each file.

Typesetting keeps hundreds of megabytes of caches that grow with every report, and a workbook computes in Python for
seconds: neither may live in a service that answers requests.
"""

from pathlib import Path

import structlog

from amanah.contracts.errors import AmanahError
from amanah.contracts.message import Model
from amanah.contracts.reports import ReportFormat
from amanah.runtime import child_process
from services.reporting.reports.rendering import RENDERERS
from services.reporting.reports.rendering.spool import Listing
from services.reporting.reports.rules.report import Content, Link

log = structlog.get_logger()

# A workbook of a million rows takes a minute on a fast machine; as CSV they are 170 MB.
_BOUNDS = child_process.Bounds(seconds=900, memory=4 << 30, output=2 << 30)


class RenderJob(Model):
    """Input of the child process."""

    format: ReportFormat
    content: Content
    link: Link
    listing: Path


async def render(file_format: str, content: Content, listing: Listing, link: Link) -> bytes:
    """Renders a file. Raises AmanahError("rendering_failed"). Cancelling it ends the process."""
    job = RenderJob(format=file_format, content=content, link=link, listing=listing.path)
    try:
        return await child_process.run(__name__, job, _BOUNDS)
    except child_process.ChildFailed as failed:
        log.error("rendering failed", format=file_format, reason=failed.reason)
        raise AmanahError("rendering_failed") from None


def answer(job: bytes) -> bytes:
    """Renders a file: the work of the child process."""
    given = RenderJob.model_validate_json(job)
    return RENDERERS[given.format](given.content, Listing(given.listing), given.link)
