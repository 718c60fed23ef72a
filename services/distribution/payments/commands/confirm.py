"""Confirmation of payments by recipients, which makes a paid entitlement delivered."""

from datetime import UTC, datetime

from amanah.contracts.actor import Acting, Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.errors import NotFound, Refused
from amanah.contracts.payments.events import PaymentConfirmed
from amanah.contracts.payments.payments import ConfirmPayment, PaymentStatus, PaymentView
from amanah.contracts.rounds import EntitlementStatus
from amanah.runtime.mongo import Tx
from amanah.runtime.rpc import answers
from services.distribution.payments import views as payment_views
from services.distribution.rounds.documents import ENTITLEMENTS, EntitlementDocument, related_to_entitlement
from services.distribution.store import Store

RECIPIENT = "recipient"


async def confirm_payment(
    store: Store, tx: Tx, by: Acting, entitlement: EntitlementDocument, channel: str, at: datetime
) -> EntitlementDocument | None:
    """Marks a paid entitlement as confirmed, once, and with it as delivered; None when there is nothing to confirm.

    `channel` is SMS or OFFICER; `at` is the time of the recipient's confirmation.
    """
    unconfirmed = {"_id": entitlement["_id"], "payment.status": PaymentStatus.PAID, "payment.confirmedAt": None}
    confirmation = {"payment.confirmedAt": at, "payment.confirmedBy": channel, "payment.watched": False}
    found = await store[ENTITLEMENTS].change(unconfirmed, {"$set": confirmation, "$unset": {"early": ""}}, tx=tx)
    if found is None:
        return None
    pending = {"_id": entitlement["_id"], "status": EntitlementStatus.PENDING}
    delivered = {"status": EntitlementStatus.DELIVERED, "deliveredAt": at, "deliveredBy": RECIPIENT}
    newly = bool(await store[ENTITLEMENTS].update(pending, {"$set": delivered}, tx=tx))
    await store.outbox.record(
        tx,
        by,
        action=AuditAction.PAYMENT_CONFIRM,
        subject=Subject(type="Entitlement", id=found["_id"]),
        concerns=related_to_entitlement(found),
        area=found["area"],
        authority=found["payment"]["batch"],
        event=PaymentConfirmed(
            entitlement_id=found["_id"], batch_id=found["payment"]["batch"], round_id=found["round"], area=found["area"],
            amount=found["payment"]["amount"], channel=channel, at=at, delivered=newly,
        ),
        after=store.seal(found["_id"], {"confirmedAt": at.isoformat(), "confirmedBy": channel}),
    )  # fmt: skip
    return found


async def payment_confirmed(
    store: Store, tx: Tx, by: Acting, entitlement: EntitlementDocument, channel: str, at: datetime
) -> bool:
    """Confirms the payment of an entitlement if it is not; answers if it is confirmed now."""
    payment = entitlement.get("payment")
    if payment is not None and payment.get("confirmedAt") is not None:
        return True
    return await confirm_payment(store, tx, by, entitlement, channel, at) is not None


@answers
async def record_confirmation(store: Store, actor: Actor, ask: ConfirmPayment) -> PaymentView:
    """Records a confirmation that a recipient gave to an officer. A repeat answers the same."""

    async def work(tx: Tx) -> EntitlementDocument:
        condition = {"_id": ask.entitlement_id, **actor.scope(ask.roles).condition("area")}
        found = await store[ENTITLEMENTS].get(condition, tx=tx)
        if found is None:
            raise NotFound("not_found.entitlement")
        if found.get("payment") is None or found["payment"]["status"] != PaymentStatus.PAID:
            raise Refused("not_paid", "entitlementId")
        by = actor.acting(ask.roles, found["area"])
        confirmed = await confirm_payment(store, tx, by, found, "OFFICER", datetime.now(UTC))
        return confirmed or found

    return payment_views.payment(await store.db.transaction(work))
