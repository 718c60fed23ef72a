"""Captures: documents of partner events sent over HTTP, each a job with the result of every event."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from amanah.contracts.actor import Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.errors import error_text
from amanah.contracts.ids import new_id
from amanah.contracts.logistics import Read, Rejection, read
from amanah.contracts.partner_events import CapturedEvent, CaptureEvents, CaptureJob
from amanah.runtime.jobs import NEVER, Job, Jobs, LeaseLost
from amanah.runtime.mongo import Tx
from amanah.runtime.rpc import answers
from amanah.runtime.tables import Document
from services.distribution.partner_events.commands.events import apply_event, captured_event
from services.distribution.partner_events.documents import CAPTURES, CaptureDocument
from services.distribution.partner_events.views import capture
from services.distribution.store import Store

_LEASE = timedelta(seconds=60)
_ROLLED_BACK = "rolled_back"


class _NotAll(Exception):
    """An event was rejected in a document that is accepted as a whole or not at all."""

    def __init__(self, answers: Sequence[CapturedEvent]) -> None:
        super().__init__("not all")
        self.answers = answers


def capture_jobs(store: Store) -> Jobs[CaptureDocument]:
    """The captures with events that are not processed yet."""
    return Jobs(store[CAPTURES], {"running": True}, lease=_LEASE, time_field="workedAt", time_is_start=True)


@answers
async def capture_events(store: Store, actor: Actor, ask: CaptureEvents) -> CaptureJob:
    """Captures a document of events: a small one before this returns, a large one in the background."""
    by, now = actor.anywhere(ask.roles), datetime.now(UTC)
    events = read(ask.document.encode(), now=now)
    at_once = len(events) <= store.settings.capture_at_once
    job: CaptureDocument = {
        "_id": new_id("cap"),
        "actor": actor.model_dump(mode="json"),
        "partner": actor.id,
        "at": now,
        "workedAt": now if at_once else NEVER,
        "rollback": ask.rollback,
        "document": ask.document,
        "running": True,
        "success": False,
        "events": [],
    }

    async def begin(tx: Tx) -> None:
        await store[CAPTURES].insert(job, tx=tx)
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.CAPTURE_BEGIN,
            subject=Subject(type="CaptureJob", id=job["_id"]),
            after=f"sha256:{hashlib.sha256(ask.document.encode()).hexdigest()}",
        )

    await store.db.transaction(begin)
    if at_once:
        try:
            job = await _process(store, capture_jobs(store).of(job), events)
        except LeaseLost:  # it took so long that a worker has finished it
            job = await store[CAPTURES].get({"_id": job["_id"]}) or job
    return capture(job)


async def capture_waiting(store: Store) -> bool:
    """Processes a waiting capture; True when there was one. The work of a background worker."""
    return await capture_jobs(store).work(partial(_resume, store))


async def _resume(store: Store, job: Job[CaptureDocument]) -> None:
    await _process(store, job, read(job.document["document"].encode(), now=job.document["at"]))


async def _process(store: Store, job: Job[CaptureDocument], events: Sequence[Read]) -> CaptureDocument:
    """Processes the events; may be stopped and repeated, since an event is applied once. Raises LeaseLost."""
    actor = Actor.model_validate(job.document["actor"])
    if job.document["rollback"]:
        answers = await _all_or_none(store, actor, job.id, events)
    else:
        answers = [await _apply_one(store, actor, job.id, event) for event in events]
    final: Document = {
        "running": False,
        "success": all(a.result != "rejected" for a in answers),
        "events": [a.model_dump(mode="json") for a in answers],
    }
    return await job.move({"running": True}, {"$set": final, "$unset": {"document": ""}})


async def _apply_one(store: Store, actor: Actor, job_id: str, event: Read) -> CapturedEvent:
    return await store.db.transaction(lambda tx: apply_event(store, tx, actor, event, job_id))


async def _all_or_none(store: Store, actor: Actor, job_id: str, events: Sequence[Read]) -> Sequence[CapturedEvent]:
    async def work(tx: Tx) -> Sequence[CapturedEvent]:
        answers = [await apply_event(store, tx, actor, event, job_id) for event in events]
        if any(a.result == "rejected" for a in answers):
            raise _NotAll(answers)
        return answers

    try:
        return await store.db.transaction(work)
    except _NotAll as failed:
        # The rejections were rolled back too: record them now, each event with its own reason.
        rejections = [_rejected(event, answer) for event, answer in zip(events, failed.answers, strict=True)]

    async def tell(tx: Tx) -> None:
        for rejection in rejections:
            await apply_event(store, tx, actor, rejection, job_id)

    await store.db.transaction(tell)
    return [captured_event(r) for r in rejections]


def _rejected(event: Read, answer: CapturedEvent) -> Rejection:
    if isinstance(event, Rejection):
        return event
    explanation = answer.explanation or error_text(_ROLLED_BACK).en
    return Rejection(
        code=answer.code or _ROLLED_BACK,
        field=answer.field or event.pointer,
        explanation=explanation,
        index=event.index,
        event_id=event.id,
        original=event.original,
    )
