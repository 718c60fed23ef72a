"""Background work on payments: unfinished batches, and alerts about paid money that nobody confirmed."""

from datetime import UTC, datetime, timedelta
from functools import partial

from amanah.contracts.payments.payments import BatchStatus, PaymentStatus
from amanah.runtime.jobs import Job
from amanah.runtime.mongo import Tx
from services.distribution.alerts.raising import NewAlert, raise_alert
from services.distribution.payments.commands.batches import batch_jobs, release
from services.distribution.payments.commands.export import export
from services.distribution.payments.commands.propose import collect
from services.distribution.payments.documents import PaymentBatchDocument
from services.distribution.payments.rules.payments import PAID_UNCONFIRMED, unconfirmed_text
from services.distribution.rounds.documents import ENTITLEMENTS, EntitlementDocument, related_to_entitlement
from services.distribution.store import Store


async def work_on_batches(store: Store) -> bool:
    """Continues an unfinished batch; False when there is none. The work of a background worker."""
    return await batch_jobs(store).work(partial(_take_step, store))


async def _take_step(store: Store, job: Job[PaymentBatchDocument]) -> None:
    if job.document["status"] == BatchStatus.COLLECTING:
        await collect(store, job.document)
    elif job.document["status"] == BatchStatus.APPROVED:
        await export(store, job.document)
    else:
        await release(store, job.document)


async def watch_paid(store: Store) -> bool:
    """Raises alerts about payments not confirmed in time, once an entitlement; False when few are left. A worker's work."""
    until = datetime.now(UTC) - timedelta(days=store.settings.confirm_paid_days)
    late = {"payment.watched": True, "payment.at": {"$lt": until}}
    found = await store[ENTITLEMENTS].list(late, sort=[("payment.watched", 1), ("payment.at", 1)], limit=100)
    for entitlement in found:
        await store.db.transaction(partial(_alert, store, entitlement))
    return len(found) == 100


async def _alert(store: Store, entitlement: EntitlementDocument, tx: Tx) -> None:
    here = {"_id": entitlement["_id"], "payment.watched": True, "payment.status": PaymentStatus.PAID}
    if not await store[ENTITLEMENTS].update(here, {"$set": {"payment.watched": False}}, tx=tx):
        return
    payment = entitlement["payment"]
    await raise_alert(
        store,
        tx,
        NewAlert(
            PAID_UNCONFIRMED, datetime.now(UTC), entitlement["area"], entitlement["round"],
            unconfirmed_text(payment["at"].date(), store.settings.confirm_paid_days), "Entitlement", entitlement["_id"],
            concerns=related_to_entitlement(entitlement),
        ),
    )  # fmt: skip
