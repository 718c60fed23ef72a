"""Commands on failed attempts to hand over."""

from datetime import UTC, datetime

from amanah.contracts.actor import Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.errors import Conflict, Refused
from amanah.contracts.handovers.events import HandoverFailed
from amanah.contracts.handovers.handovers import RecordFailedHandover
from amanah.contracts.ids import new_id
from amanah.contracts.rounds import EntitlementStatus, EntitlementView
from amanah.runtime.mongo import Tx
from amanah.runtime.rpc import answers
from services.distribution.handovers.documents import FAILED_ATTEMPTS, FailedAttemptDocument
from services.distribution.handovers.facts import HandoverContext, gather, refuse_as_seen
from services.distribution.handovers.rules.refusals import ATTEMPT_REFUSALS, refuse_if_wrong
from services.distribution.rounds import views as views_module
from services.distribution.rounds.documents import (
    ENTITLEMENTS,
    NOT_IN_PAYMENT,
    EntitlementDocument,
    location_document,
    related_to_entitlement,
)
from services.distribution.rounds.rules.geo import spot
from services.distribution.store import Store


@answers
async def record_failed_handover(store: Store, actor: Actor, ask: RecordFailedHandover) -> EntitlementView:
    """Records a failed attempt. A repeat of `client_id` by the same officer returns the first result."""
    first = await store[FAILED_ATTEMPTS].get({"officer": actor.id, "clientId": ask.client_id})
    context = await gather(store, actor, ask, datetime.now(UTC))
    if first is None:
        refuse_if_wrong(context.facts, ATTEMPT_REFUSALS)
    if context.entitlement is None or context.round is None:
        raise Refused("not_assigned", "entitlementId")
    pending: EntitlementDocument = context.entitlement
    if first is not None:
        return views_module.entitlement(pending, context.round)
    failed = await store.db.transaction(lambda tx: _fail(store, tx, actor, ask, context, pending))
    return views_module.entitlement(failed, context.round)


async def _fail(
    store: Store,
    tx: Tx,
    actor: Actor,
    ask: RecordFailedHandover,
    context: HandoverContext,
    entitlement: EntitlementDocument,
) -> EntitlementDocument:
    failed = await store[ENTITLEMENTS].change(
        {"_id": entitlement["_id"], "status": EntitlementStatus.PENDING, **NOT_IN_PAYMENT},
        {"$set": {"status": EntitlementStatus.FAILED, "failure": ask.reason}},
        tx=tx,
    )
    if failed is None:
        now = await store[ENTITLEMENTS].get({"_id": entitlement["_id"]}, tx=tx)
        refuse_as_seen(context, now, None, ATTEMPT_REFUSALS)
        raise Conflict("conflict.entitlement")
    await store[FAILED_ATTEMPTS].insert(_document(store, actor, ask, entitlement), tx=tx)
    await store.outbox.record(
        tx,
        actor.acting(ask.roles, entitlement["area"]),
        action=AuditAction.HANDOVER_FAIL,
        subject=Subject(type="Entitlement", id=entitlement["_id"]),
        concerns=related_to_entitlement(entitlement),
        area=entitlement["area"],
        authority=entitlement["round"],
        reason=ask.reason,
        event=HandoverFailed(
            round_id=entitlement["round"],
            entitlement_id=entitlement["_id"],
            area=entitlement["area"],
            officer_id=actor.id,
            occurred_at=ask.occurred_at,
            reason=ask.reason,
            recipient_id=entitlement["recipient"],
            location=spot(ask.location.model_dump()),
        ),
        before=store.seal(entitlement["_id"], {"status": EntitlementStatus.PENDING.value}),
        after=store.seal(entitlement["_id"], {"status": EntitlementStatus.FAILED.value, "reason": ask.reason}),
    )
    return failed


def _document(
    store: Store, actor: Actor, ask: RecordFailedHandover, entitlement: EntitlementDocument
) -> FailedAttemptDocument:
    failure_id = new_id("hov")
    return {
        "_id": failure_id,
        "clientId": ask.client_id,
        "officer": actor.id,
        "entitlement": entitlement["_id"],
        "round": entitlement["round"],
        "area": entitlement["area"],
        "reason": ask.reason,
        "occurredAt": ask.occurred_at,
        "receivedAt": datetime.now(UTC),
        "location": location_document(ask.location),
        "private": store.keys.encrypt(ask.note, f"failure:{failure_id}") if ask.note else "",
    }
