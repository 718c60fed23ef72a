"""Captures: documents of partner events sent over HTTP, each a job with the outcome of every event."""

import asyncio
import hashlib
import time
from contextlib import suppress
from datetime import UTC, datetime

from amanah.contracts.actor import Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.errors import Conflict, NotFound, Throttled, Unavailable
from amanah.contracts.ids import new_id
from amanah.contracts.partner_events import CaptureEvents, CaptureJob
from amanah.runtime.mongo import Tx
from amanah.runtime.rpc import answers
from services.distribution.partner_events.commands.lanes import Lane, LaneMoved, deliver, waiting_events
from services.distribution.partner_events.commands.senders import sender_of
from services.distribution.partner_events.documents import CAPTURES, CaptureDocument, DeliveredDocument
from services.distribution.partner_events.rules import events_in
from services.distribution.partner_events.views import capture
from services.distribution.partners.lookup import find_partner, limits_of, require_active
from services.distribution.store import Store

_RETRY_SECONDS = 0.05
_AT_ONCE_BYTES = 200_000
"""A larger document takes longer than its sender waits for the answer: it is left to the workers."""


@answers
async def capture_events(store: Store, actor: Actor, ask: CaptureEvents) -> CaptureJob:
    """Captures a document of events: puts it into the partner's lane, and answers with its job.

    Small documents are mostly done when this returns. It waits for `capture_wait_s`, and for the batch that has begun by then; the
    work goes on.
    """
    by, now = actor.anywhere(ask.roles), datetime.now(UTC)
    partner = await find_partner(store, actor)
    require_active(partner)
    lane = sender_of(actor, partner).id
    value = ask.document.encode()
    await _require_room(store, lane, limits_of(partner)["pendingEvents"], events_in(value, ask.media_type))
    job: CaptureDocument = {
        "_id": new_id("cap"),
        "actor": actor.model_dump(mode="json"),
        "partner": lane,
        "at": now,
        "rollback": ask.rollback,
        "running": True,
        "success": True,
        "events": [],
    }
    document: DeliveredDocument = {"source": job["_id"], "at": now, "mediaType": ask.media_type, "value": value}

    async def begin(tx: Tx) -> None:
        await store[CAPTURES].insert(job, tx=tx)
        await deliver(store, tx, actor, lane, [document], job=job["_id"], rollback=ask.rollback)
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.CAPTURE_BEGIN,
            subject=Subject(type="CaptureJob", id=job["_id"]),
            after=f"sha256:{hashlib.sha256(value).hexdigest()}",
        )

    await store.db.transaction(begin)
    with suppress(Unavailable, Conflict):  # the job is stored, and a worker goes on with it
        await _wait_for(store, lane, job["_id"], serve=len(value) <= _AT_ONCE_BYTES)
    found = await store[CAPTURES].get({"_id": job["_id"]})
    if found is None:
        raise NotFound("not_found.capture")
    return capture(found)


async def _require_room(store: Store, lane: str, most: int, events: int) -> None:
    """Raises Throttled `too_many_pending` when so many events more would be over the `most` that may wait in the lane.

    Captures at the same moment may each find the last room: the limit is passed by these, once.
    """
    waiting, full = await waiting_events(store, lane)
    # A document that is larger than the limit itself may be sent when nothing waits.
    if full or (waiting and waiting + events > most):
        raise Throttled("too_many_pending", waiting=waiting, most=most)


async def _wait_for(store: Store, lane_id: str, job_id: str, *, serve: bool) -> None:
    """Waits until the job is done, `capture_wait_s` at most; meanwhile it serves the lane itself, if no other does."""
    end = time.monotonic() + store.settings.capture_wait_s
    lane = Lane(store, lane_id)
    held = False
    try:
        while (await store[CAPTURES].get({"_id": job_id, "running": True}, projection={"_id": 1})) is not None:
            if time.monotonic() >= end:
                return
            held = held or (serve and await lane.hold())
            served = 0
            if held:
                with suppress(LaneMoved):
                    served = await lane.serve_batch()
            if not served:
                await asyncio.sleep(_RETRY_SECONDS)
    finally:
        if held:
            await asyncio.shield(lane.release())
