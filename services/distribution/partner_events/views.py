"""Capture jobs and accepted events as the contract shows them."""

from amanah.contracts.partner_events import CaptureJob, PartnerEvent
from services.distribution.partner_events.documents import CaptureDocument, PartnerEventDocument


def capture(found: CaptureDocument) -> CaptureJob:
    """A capture job."""
    return CaptureJob.model_validate(
        {
            "id": found["_id"],
            "running": found["running"],
            "success": found["success"] and not found["running"],
            "at": found["at"],
            "rollback": found["rollback"],
            "events": found["events"],
        }
    )


def partner_event(found: PartnerEventDocument) -> PartnerEvent:
    """An accepted event."""
    return PartnerEvent(id=found["event"], recorded_at=found["at"], document=found["document"])
