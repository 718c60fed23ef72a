"""Steps of a payment batch: its content, its status, its failure and the release of its entitlements."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from amanah.contracts.actor import SYSTEM, Acting, Actor, Role
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import MAX_RELATED, Subject, related_subjects
from amanah.contracts.errors import NotFound, Refused
from amanah.contracts.message import Event
from amanah.contracts.payments.events import PaymentBatchDropped, VillagePayments
from amanah.contracts.payments.payments import BatchStatus, PaymentStatus, PaymentWay
from amanah.runtime.jobs import Jobs
from amanah.runtime.mongo import Tx, Update
from amanah.runtime.tables import Document
from services.distribution.payments.documents import (
    PAYMENT_BATCHES,
    PaymentBatchDocument,
    SignatureDocument,
    related_to_batch,
)
from services.distribution.payments.rules.payments import frozen_line
from services.distribution.rounds.documents import ENTITLEMENTS
from services.distribution.store import Store

LEASE = timedelta(seconds=60)
"""Lease of a batch or a bank report, after which another instance continues."""


def batch_jobs(store: Store) -> Jobs[PaymentBatchDocument]:
    """Returns the batches that are to be collected or exported, or to release their entitlements."""
    unfinished = {"status": {"$in": [BatchStatus.COLLECTING, BatchStatus.APPROVED]}}
    return Jobs(
        store[PAYMENT_BATCHES],
        {"$or": [unfinished, {"released": False}]},
        lease=LEASE,
        time_field="workedAt",
        time_is_start=True,
    )


@dataclass
class BatchContent:
    """Content of a batch: hash, number and sum of its payments, also by village."""

    hash: str
    count: int = 0
    total: int = 0
    at_post: int = 0
    villages: dict[str, list[int]] = field(default_factory=dict)

    @property
    def by_village(self) -> tuple[VillagePayments, ...]:
        """Number and sum of each village."""
        return tuple(VillagePayments(area=a, count=c, total=t) for a, (c, t) in sorted(self.villages.items()))


async def content_of(store: Store, batch_id: str) -> BatchContent:
    """Computes the batch's content from its entitlements. The hash covers each entitlement and its amount."""
    digest, found = sha256(), BatchContent("")
    included = {"payment.batch": batch_id}
    async for entitlement in store[ENTITLEMENTS].stream(included, sort=[("payment.batch", 1), ("_id", 1)]):
        payment = entitlement["payment"]
        digest.update(frozen_line(entitlement["_id"], payment["amount"]))
        found.count += 1
        found.total += payment["amount"]
        found.at_post += payment["way"] == PaymentWay.POST
        village = found.villages.setdefault(entitlement["area"], [0, 0])
        village[0] += 1
        village[1] += payment["amount"]
    found.hash = digest.hexdigest()
    return found


async def visible(
    store: Store, actor: Actor, batch_id: str, roles: Collection[Role], *, tx: Tx | None = None
) -> PaymentBatchDocument:
    """Returns a batch in the viewer's scope. Raises NotFound."""
    condition = {"_id": batch_id, **actor.scope(roles).condition("area")}
    found = await store[PAYMENT_BATCHES].get(condition, tx=tx)
    if found is None:
        raise NotFound("not_found.batch")
    return found


async def stored_batch(store: Store, batch_id: str) -> PaymentBatchDocument:
    """Returns a batch by id. Raises NotFound."""
    found = await store[PAYMENT_BATCHES].get({"_id": batch_id})
    if found is None:
        raise NotFound("not_found.batch")
    return found


def subject(batch: PaymentBatchDocument) -> Subject:
    """Returns the subject of a batch's audit entries."""
    return Subject(type="PaymentBatch", id=batch["_id"])


def signature(by: Acting) -> SignatureDocument:
    """Returns a decision's signature as documents store it."""
    return SignatureDocument(id=by.id, name=by.name, role=by.role, area=by.area)


def today() -> date:
    """Returns the date in Jakarta, which banks use."""
    return (datetime.now(UTC) + timedelta(hours=7)).date()


async def move(
    store: Store, tx: Tx, batch: PaymentBatchDocument, status: BatchStatus, **change: Any
) -> PaymentBatchDocument:
    """Changes the batch's status and other fields. Raises LeaseLost when its status is not that of `batch`."""
    job = batch_jobs(store).of(batch)
    return await job.move({"status": batch["status"]}, {"$set": {"status": status, **change}}, tx=tx)


async def drop(
    store: Store, tx: Tx, batch: PaymentBatchDocument, by: Acting, status: BatchStatus, *, code: str = "", **change: Any
) -> PaymentBatchDocument:
    """Ends a batch as REJECTED or FAILED, with its event; its entitlements are then to be released."""
    moved = await move(store, tx, batch, status, released=False, **change)
    event: Event | None = None
    if batch["hash"] is not None:
        villages = tuple(VillagePayments(**v) for v in batch["villages"])
        event = PaymentBatchDropped(
            batch_id=batch["_id"], round_id=batch["round"], area=batch["area"], status=status, was=BatchStatus(batch["status"]),
            count=batch["count"], total=batch["total"], villages=villages,
        )  # fmt: skip
    await store.outbox.record(
        tx,
        by,
        action=AuditAction.PAYMENT_BATCH_REJECT if status is BatchStatus.REJECTED else AuditAction.PAYMENT_BATCH_FAIL,
        subject=subject(batch),
        concerns=related_to_batch(batch),
        authority=batch["round"],
        area=batch["area"],
        event=event,
        outcome="done" if status is BatchStatus.REJECTED else "refused",
        reason=code,
        before=f"sha256:{batch['hash']}" if batch["hash"] else "",
    )
    return moved


async def fail(store: Store, batch: PaymentBatchDocument, refused: Refused) -> PaymentBatchDocument:
    """Ends a batch that cannot continue as FAILED."""
    moved = await store.db.transaction(
        lambda tx: drop(store, tx, batch, SYSTEM, BatchStatus.FAILED, code=refused.code, failure=refused.code)
    )
    return await release(store, moved)


async def release(store: Store, batch: PaymentBatchDocument) -> PaymentBatchDocument:
    """Releases the entitlements of a dropped batch, so that another may include them. Idempotent."""
    included = {"payment.batch": batch["_id"], "payment.status": PaymentStatus.INCLUDED}

    async def some(tx: Tx) -> bool:
        found = await store[ENTITLEMENTS].list(included, projection={"recipient": 1}, limit=MAX_RELATED, tx=tx)
        if not found:
            return False
        free: Document = {"$set": {"payment.status": PaymentStatus.RELEASED}}
        await store[ENTITLEMENTS].bulk([Update({"_id": e["_id"], **included}, free) for e in found], tx=tx)
        await store.outbox.record(
            tx,
            SYSTEM,
            action=AuditAction.PAYMENT_RELEASE,
            subject=subject(batch),
            concerns=related_subjects(*(e["recipient"] for e in found)),
            area=batch["area"],
        )
        return True

    while await store.db.transaction(some):
        pass
    found = await store[PAYMENT_BATCHES].change({"_id": batch["_id"]}, {"$set": {"released": True}})
    return found or batch
