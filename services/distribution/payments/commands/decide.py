"""Approval and rejection of a proposed batch by a second person."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from amanah.contracts.actor import Acting, Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.errors import AmanahError, Conflict
from amanah.contracts.payments.events import PaymentBatchApproved, VillagePayments
from amanah.contracts.payments.payments import ApprovePaymentBatch, BatchStatus, PaymentBatchView, RejectPaymentBatch
from amanah.contracts.public_text import fit_for_log
from amanah.runtime.jobs import LeaseLost
from amanah.runtime.mongo import Tx
from amanah.runtime.rpc import answers
from services.distribution.payments import views as payment_views
from services.distribution.payments.commands.batches import drop, move, release, signature, subject, visible
from services.distribution.payments.commands.export import export
from services.distribution.payments.documents import PAYMENT_BATCHES, PaymentBatchDocument, related_to_batch
from services.distribution.payments.rules.payments import check_decision
from services.distribution.store import Store


@answers
async def approve_payment_batch(store: Store, actor: Actor, ask: ApprovePaymentBatch) -> PaymentBatchView:
    """Approves a proposed batch. A repeat by the same person answers the first; small batches are exported at once."""
    fit_for_log(ask.authority, "authority")

    async def approve(tx: Tx) -> PaymentBatchDocument:
        batch = await visible(store, actor, ask.batch_id, ask.roles, tx=tx)
        by = actor.acting(ask.roles, batch["area"])
        approved = batch["status"] in (BatchStatus.APPROVED, BatchStatus.EXPORTED)
        if approved and _decided_by(batch, by) and batch["authority"] == ask.authority:
            return batch
        check_decision(BatchStatus(batch["status"]), batch["proposedBy"]["id"], by.id, approves=True)
        moved = await move(
            store, tx, batch, BatchStatus.APPROVED,
            decidedBy=signature(by), decidedAt=datetime.now(UTC), authority=ask.authority,
        )  # fmt: skip
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.PAYMENT_BATCH_APPROVE,
            subject=subject(batch),
            concerns=related_to_batch(batch),
            area=batch["area"],
            authority=ask.authority,
            event=PaymentBatchApproved(
                batch_id=batch["_id"], round_id=batch["round"], area=batch["area"], count=batch["count"],
                total=batch["total"], hash=batch["hash"],
                villages=tuple(VillagePayments(**v) for v in batch["villages"]),
            ),
            before=f"sha256:{batch['hash']}",
            after=f"sha256:{batch['hash']}",
        )  # fmt: skip
        return moved

    batch = await _run_decision(store, approve)
    if batch["status"] == BatchStatus.APPROVED and batch["count"] <= store.settings.payments_at_once:
        try:
            batch = await export(store, batch)
        except (LeaseLost, AmanahError):  # it is approved; the worker goes on with it
            batch = await store[PAYMENT_BATCHES].get({"_id": ask.batch_id}) or batch
    return payment_views.batch(store.keys, batch)


@answers
async def reject_payment_batch(store: Store, actor: Actor, ask: RejectPaymentBatch) -> PaymentBatchView:
    """Rejects a proposed batch and releases its entitlements. A repeat by the same person answers the first."""

    async def reject(tx: Tx) -> PaymentBatchDocument:
        batch = await visible(store, actor, ask.batch_id, ask.roles, tx=tx)
        by = actor.acting(ask.roles, batch["area"])
        if batch["status"] == BatchStatus.REJECTED and _decided_by(batch, by):
            return batch
        check_decision(BatchStatus(batch["status"]), batch["proposedBy"]["id"], by.id, approves=False)
        return await drop(
            store, tx, batch, by, BatchStatus.REJECTED, decidedBy=signature(by), decidedAt=datetime.now(UTC),
            reason=store.keys.encrypt(ask.reason, payment_views.reason_context(batch["_id"])),
        )  # fmt: skip

    return payment_views.batch(store.keys, await release(store, await _run_decision(store, reject)))


def _decided_by(batch: PaymentBatchDocument, by: Acting) -> bool:
    return batch["decidedBy"] is not None and batch["decidedBy"]["id"] == by.id


async def _run_decision(store: Store, decide: Callable[[Tx], Awaitable[PaymentBatchDocument]]) -> PaymentBatchDocument:
    try:
        return await store.db.transaction(decide)
    except LeaseLost:
        raise Conflict("conflict.batch") from None
