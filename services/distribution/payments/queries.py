"""Queries of payments. Every one has the viewer's scope in its condition."""

from amanah.contracts.actor import Actor
from amanah.contracts.errors import NotFound
from amanah.contracts.payments.payments import (
    GetPaymentBatches,
    GetPaymentStatusImport,
    ListPaymentBatches,
    ListPayments,
    PaymentBatchPage,
    PaymentPage,
    PaymentStatusImport,
)
from amanah.runtime.mongo import Condition
from amanah.runtime.rpc import answers
from services.distribution.payments import views as payment_views
from services.distribution.payments.documents import BANK_REPORTS, PAYMENT_BATCHES
from services.distribution.rounds.documents import ENTITLEMENTS
from services.distribution.store import Store, page


@answers
async def list_payment_batches(store: Store, actor: Actor, ask: ListPaymentBatches) -> PaymentBatchPage:
    """Lists the batches of a round, the newest first."""
    condition = {"round": ask.round_id, **actor.scope(ask.roles).condition("area")}
    found = await page(store[PAYMENT_BATCHES], condition, first=ask.first, after=ask.after, newest=True)
    return PaymentBatchPage(
        nodes=tuple(payment_views.batch(store.keys, b) for b in found.documents),
        cursors=found.cursors,
        total=found.total,
        more=found.more,
    )


@answers
async def get_payment_batches(store: Store, actor: Actor, ask: GetPaymentBatches) -> PaymentBatchPage:
    """Returns batches by id."""
    condition = {"_id": {"$in": list(ask.ids)}, **actor.scope(ask.roles).condition("area")}
    found = await store[PAYMENT_BATCHES].list(condition)
    return PaymentBatchPage(
        nodes=tuple(payment_views.batch(store.keys, b) for b in found),
        cursors=tuple(b["_id"] for b in found),
        total=len(found),
    )


@answers
async def list_payments(store: Store, actor: Actor, ask: ListPayments) -> PaymentPage:
    """Lists the payments of a batch by entitlement. NotFound for a batch outside the viewer's scope."""
    scope = actor.scope(ask.roles)
    if await store[PAYMENT_BATCHES].get({"_id": ask.batch_id, **scope.condition("area")}) is None:
        raise NotFound("not_found.batch")
    condition: Condition = {"payment.batch": ask.batch_id, **scope.condition("area")}
    if ask.status is not None:
        condition = {**condition, "payment.status": ask.status}
    found = await page(store[ENTITLEMENTS], condition, first=ask.first, after=ask.after)
    return PaymentPage(
        nodes=tuple(payment_views.payment(e) for e in found.documents),
        cursors=found.cursors,
        total=found.total,
        more=found.more,
    )


@answers
async def get_payment_status_import(store: Store, actor: Actor, ask: GetPaymentStatusImport) -> PaymentStatusImport:
    """Returns a bank report and the counts of its lines."""
    found = await store[BANK_REPORTS].get({"_id": ask.id, **actor.scope(ask.roles).condition("area")})
    if found is None:
        raise NotFound("not_found.payment_report")
    return payment_views.status_import(found)
