"""Capture jobs as the contract shows them."""

from amanah.contracts.partner_events import CaptureJob
from services.distribution.partner_events.documents import CaptureDocument


def capture(found: CaptureDocument) -> CaptureJob:
    """A capture job."""
    return CaptureJob.model_validate(
        {
            "id": found["_id"],
            "running": found["running"],
            "success": found["success"] and not found["running"],
            "events": found["events"],
        }
    )
