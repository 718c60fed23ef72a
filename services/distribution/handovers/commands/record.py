"""Commands that record handovers, exactly once."""

from datetime import UTC, datetime

from amanah.contracts.actor import Actor
from amanah.contracts.errors import AmanahError, Conflict, Refused, is_refusal
from amanah.contracts.handovers.handovers import HandoverView, RecordHandover, SyncAnswer, SyncHandovers, SyncResult
from amanah.runtime.mongo import DuplicateKey
from amanah.runtime.rpc import answers
from services.distribution.evidence import intake as evidence
from services.distribution.evidence.photos import Photos
from services.distribution.handovers.commands.accept import AcceptHandover
from services.distribution.handovers.documents import HANDOVERS, HandoverDocument
from services.distribution.handovers.facts import gather
from services.distribution.handovers.rules.refusals import refuse_if_wrong
from services.distribution.handovers.viewer_views import views_for
from services.distribution.store import Store


@answers
async def record_handover(store: Store, actor: Actor, ask: RecordHandover, *, photos: Photos) -> HandoverView:
    """Records a handover. A repeat of `client_id` by the same officer returns the first; a refusal stores nothing."""
    first = await store[HANDOVERS].get({"officer": actor.id, "clientId": ask.client_id})
    if first is not None:
        return await _view(store, actor, first)
    return await _view(store, actor, await _record(store, photos, actor, ask))


async def _record(store: Store, photos: Photos, actor: Actor, ask: RecordHandover) -> HandoverDocument:
    received_at = datetime.now(UTC)
    context = await gather(store, actor, ask, received_at)
    refuse_if_wrong(context.facts)
    try:
        kept = await evidence.take(store, photos, actor, ask.photo_id, ask.signature_id)
    except Refused:
        # The evidence may be used up because the handover was recorded meanwhile: then that is the refusal.
        refuse_if_wrong((await gather(store, actor, ask, received_at)).facts)
        raise
    attempt = AcceptHandover(store, actor, ask, received_at, context, *kept)
    try:
        document = await store.db.transaction(attempt.accept)
    except DuplicateKey as error:
        await evidence.discard(store, *kept)
        first = await store[HANDOVERS].get({"officer": actor.id, "clientId": ask.client_id})
        if first is None:
            raise Conflict("conflict.same_record") from error
        return first
    except (Refused, Conflict):
        # Only if nothing was committed for sure: rather a picture without a handover than a handover without one.
        await evidence.discard(store, *kept)
        raise
    if document["_id"] != attempt.id:
        await evidence.discard(store, *kept)
        return document
    await evidence.forget_uploads(store, *kept)
    return document


async def _view(store: Store, actor: Actor, document: HandoverDocument) -> HandoverView:
    (view,) = await views_for(store, actor, [document])
    return view


@answers
async def sync_handovers(store: Store, actor: Actor, ask: SyncHandovers, *, photos: Photos) -> SyncAnswer:
    """Records the handovers of a device one after the other, in its order.

    Each refusal has its audit entry, as if the handover had been sent alone.
    """
    results = []
    for each in ask.handovers:
        try:
            recorded = await record_handover(store, actor, each, photos=photos)
            results.append(SyncResult(client_id=each.client_id, handover=recorded))
        except AmanahError as error:
            if is_refusal(error):
                await store.outbox.trail.record_refusal(actor, each, error)
            results.append(
                SyncResult(
                    client_id=each.client_id,
                    code=error.code,
                    field=error.field,
                    message=error.message,
                    translations=error.text.translations(),
                )
            )
    return SyncAnswer(results=tuple(results))
