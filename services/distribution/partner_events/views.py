"""Capture jobs as the contract shows them."""

from amanah.contracts.partner_events import CaptureJob
from amanah.runtime.tables import Document


def capture(found: Document) -> CaptureJob:
    """A capture job."""
    return CaptureJob.model_validate(
        {"id": found["_id"], "running": found["running"], "success": found["success"], "events": found["events"]}
    )
