"""Queries on captures."""

from amanah.contracts.actor import Actor
from amanah.contracts.errors import NotFound
from amanah.contracts.partner_events import CaptureJob, GetCapture
from amanah.runtime.rpc import answers
from services.distribution.partner_events.documents import CAPTURES
from services.distribution.partner_events.views import capture
from services.distribution.store import Store


@answers
async def get_capture(store: Store, actor: Actor, ask: GetCapture) -> CaptureJob:
    """Returns a capture job of the partner. NotFound for a job of another."""
    found = await store[CAPTURES].get({"_id": ask.id, "partner": actor.id})
    if found is None:
        raise NotFound("not_found.capture")
    return capture(found)
