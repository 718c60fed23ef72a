"""Proposal of a batch: collects the payable entitlements, each into one live batch at most, and freezes them by a hash."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from amanah.contracts.actor import Acting, Actor
from amanah.contracts.areas import contains
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import related_subjects
from amanah.contracts.errors import NotFound, Refused
from amanah.contracts.ids import new_id
from amanah.contracts.payments.events import PaymentBatchProposed
from amanah.contracts.payments.payments import (
    BatchStatus,
    ExportPayments,
    PaymentBatchView,
    PaymentFormat,
    PaymentStatus,
    PaymentWay,
)
from amanah.contracts.rounds import EntitlementStatus, RoundStatus
from amanah.runtime.jobs import NEVER, LeaseLost
from amanah.runtime.mongo import Operation, Tx, Update
from amanah.runtime.rpc import answers
from services.distribution.payments import payees
from services.distribution.payments import views as payment_views
from services.distribution.payments.commands.batches import (
    batch_jobs,
    content_of,
    fail,
    move,
    signature,
    subject,
    today,
)
from services.distribution.payments.documents import (
    PAYMENT_BATCHES,
    DebtorDocument,
    PaymentBatchDocument,
    related_to_batch,
)
from services.distribution.payments.rules.payments import check_day
from services.distribution.rounds.documents import (
    ENTITLEMENTS,
    NOT_IN_PAYMENT,
    ROSTERS,
    ROUNDS,
    EarlierPaymentDocument,
    EntitlementDocument,
    EntitlementPaymentDocument,
    RosterDocument,
    RoundDocument,
)
from services.distribution.rounds.lookup import find_round
from services.distribution.rounds.rules.entitlements import entitlement_id
from services.distribution.rounds.rules.money import amount_due
from services.distribution.store import Store


@answers
async def export_payments(store: Store, actor: Actor, ask: ExportPayments) -> PaymentBatchView:
    """Proposes a batch; one of a small round is collected at once. The same proposal again answers the first."""
    round_found = await _cash_round(store, actor, ask)
    area = ask.area or round_found["area"]
    by = actor.acting(ask.roles, area)
    if not contains(round_found["area"], area):
        raise Refused("area_outside_round", "area")
    check_day(ask.execution_date, today())
    at_once = round_found["size"] <= store.settings.payments_at_once
    document = _document(ask, by, area, at_once=at_once)

    async def begin(tx: Tx) -> PaymentBatchDocument:
        # Two proposals of one round conflict in this document, so that the same one is not made twice.
        await store[ROUNDS].update({"_id": ask.round_id}, {"$inc": {"paymentBatches": 1}}, tx=tx)
        waiting = {"round": ask.round_id, "status": {"$in": [BatchStatus.COLLECTING, BatchStatus.PROPOSED]}}
        same = _same_proposal(document)
        for other in await store[PAYMENT_BATCHES].list(waiting, tx=tx):
            if _same_proposal(other) == same:
                return other
        await store[PAYMENT_BATCHES].insert(document, tx=tx)
        await store.outbox.record(
            tx, by, action=AuditAction.PAYMENT_BATCH_COLLECT, subject=subject(document),
            concerns=related_to_batch(document), area=area,
            authority=ask.round_id, after=store.seal(document["_id"], _terms(document)),
        )  # fmt: skip
        return document

    batch = await store.db.transaction(begin)
    if batch["status"] == BatchStatus.COLLECTING and at_once:
        try:
            batch = await collect(store, batch)
        except LeaseLost:  # the same proposal at the same moment collects already
            batch = await store[PAYMENT_BATCHES].get({"_id": batch["_id"]}) or batch
    if batch["failure"] is not None:
        raise Refused(batch["failure"], "roundId")
    return payment_views.batch(store.keys, batch)


async def _cash_round(store: Store, actor: Actor, ask: ExportPayments) -> RoundDocument:
    """Returns a round that pays money to the payees of its roster, in the actor's scope."""
    found = await find_round(store, actor.scope(ask.roles), ask.round_id)
    if amount_due(found["items"]) is None:
        raise Refused("not_cash", "roundId")
    if found["status"] != RoundStatus.OPEN:
        raise Refused("round_not_open", "roundId")
    payees.approved_payees(await _roster(store, found))
    return found


async def _roster(store: Store, round_found: RoundDocument) -> RosterDocument | None:
    return await store[ROSTERS].get({"_id": round_found["roster"]})


def _document(ask: ExportPayments, by: Acting, area: str, *, at_once: bool) -> PaymentBatchDocument:
    return {
        "_id": new_id("pay"),
        "round": ask.round_id,
        "area": area,
        "format": ask.format.value,
        "debtor": DebtorDocument(name=ask.debtor.name, account=ask.debtor.account, bank=ask.debtor.bank),
        "executionDate": ask.execution_date.isoformat(),
        "status": BatchStatus.COLLECTING.value,
        "collectedTo": "",
        "count": 0,
        "total": 0,
        "atPost": 0,
        "paid": 0,
        "paidTotal": 0,
        "rejected": 0,
        "hash": None,
        "villages": [],
        "files": [],
        "failure": None,
        "released": None,
        "proposedBy": signature(by),
        "proposedAt": datetime.now(UTC),
        "decidedBy": None,
        "decidedAt": None,
        "authority": None,
        "reason": None,
        "workedAt": datetime.now(UTC) if at_once else NEVER,
    }


def _terms(batch: PaymentBatchDocument) -> dict[str, Any]:
    """Returns the terms of a batch, which its audit entry seals."""
    return {
        "round": batch["round"],
        "area": batch["area"],
        "format": batch["format"],
        "debtor": batch["debtor"],
        "executionDate": batch["executionDate"],
    }


def _same_proposal(batch: PaymentBatchDocument) -> dict[str, Any]:
    """Returns the parts in which two proposals are the same."""
    return _terms(batch) | {"proposedBy": batch["proposedBy"]}


# ---------------------------------------------------------------- collecting


async def collect(store: Store, batch: PaymentBatchDocument) -> PaymentBatchDocument:
    """Collects the remaining recipients, then freezes the batch: PROPOSED, or FAILED with nothing_to_pay. Raises LeaseLost."""
    round_found = await store[ROUNDS].get({"_id": batch["round"]})
    if round_found is None:
        raise NotFound("not_found.round")
    roster = await _roster(store, round_found)
    try:
        async for sealed in payees.batches(store, roster, after=batch["collectedTo"]):
            if sealed:
                batch = await _claim(store, batch, round_found, sealed)
        return await _freeze(store, batch)
    except Refused as refused:
        return await fail(store, batch, refused)


async def _claim(
    store: Store, batch: PaymentBatchDocument, round_found: RoundDocument, sealed: Sequence[payees.SealedPayee]
) -> PaymentBatchDocument:
    """Includes the payable ones of a thousand recipients in the batch."""
    way = {entitlement_id(batch["round"], each.recipient_id): _way(each.account) for each in sealed}
    amount = amount_due(round_found["items"])
    if amount is None:
        raise Refused("not_cash", "roundId")

    async def work(tx: Tx) -> PaymentBatchDocument:
        free = await store[ENTITLEMENTS].list({**payees.within(sealed, batch["round"]), **_PAYABLE}, tx=tx)
        payable = [e for e in free if e["_id"] in way and contains(batch["area"], e["area"])]
        claims: list[Operation] = [
            Update({"_id": e["_id"], **_PAYABLE}, {"$set": {"payment": _payment(batch, e, amount, way[e["_id"]])}})
            for e in payable
        ]
        await store[ENTITLEMENTS].bulk(claims, tx=tx)
        here = {"status": BatchStatus.COLLECTING, "collectedTo": batch["collectedTo"]}
        there = {"collectedTo": sealed[-1].recipient_id}
        moved = await batch_jobs(store).of(batch).move(here, {"$set": there}, tx=tx)
        if payable:
            await store.outbox.record(
                tx,
                Acting(**batch["proposedBy"]),
                action=AuditAction.PAYMENT_INCLUDE,
                subject=subject(batch),
                concerns=related_subjects(*(e["recipient"] for e in payable)),
                area=batch["area"],
                authority=batch["round"],
            )
        return moved

    return await store.db.transaction(work)


def _way(account: bool) -> PaymentWay:
    return PaymentWay.ACCOUNT if account else PaymentWay.POST


# Pending, and in no live batch.
_PAYABLE = {"status": EntitlementStatus.PENDING, **NOT_IN_PAYMENT}


def _payment(
    batch: PaymentBatchDocument, entitlement: EntitlementDocument, amount: int, way: PaymentWay
) -> EntitlementPaymentDocument:
    return {
        "batch": batch["_id"],
        "amount": amount,
        "way": way,
        "status": PaymentStatus.INCLUDED,
        "at": datetime.now(UTC),
        "reason": None,
        "confirmedAt": None,
        "earlier": _earlier(entitlement),
    }


def _earlier(entitlement: EntitlementDocument) -> list[EarlierPaymentDocument]:
    """Returns the payments of the entitlement so far, the latest last."""
    before = entitlement.get("payment")
    if not before:
        return []
    latest = EarlierPaymentDocument(
        batch=before["batch"],
        amount=before["amount"],
        way=before["way"],
        status=before["status"],
        at=before["at"],
        reason=before["reason"],
    )
    if "watched" in before:
        latest["watched"] = before["watched"]
    if "confirmedAt" in before:
        latest["confirmedAt"] = before["confirmedAt"]
    if "confirmedBy" in before:
        latest["confirmedBy"] = before["confirmedBy"]
    return [*before["earlier"], latest]


async def _freeze(store: Store, batch: PaymentBatchDocument) -> PaymentBatchDocument:
    found = await content_of(store, batch["_id"])
    if found.count == 0:
        raise Refused("nothing_to_pay", "roundId")
    by = Acting(**batch["proposedBy"])

    async def work(tx: Tx) -> PaymentBatchDocument:
        moved = await move(
            store, tx, batch, BatchStatus.PROPOSED, hash=found.hash, count=found.count, total=found.total,
            atPost=found.at_post, villages=[v.model_dump() for v in found.by_village],
        )  # fmt: skip
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.PAYMENT_BATCH_PROPOSE,
            subject=subject(batch),
            concerns=related_to_batch(batch),
            area=batch["area"],
            authority=batch["round"],
            event=PaymentBatchProposed(
                batch_id=batch["_id"], round_id=batch["round"], area=batch["area"], format=PaymentFormat(batch["format"]),
                count=found.count, total=found.total, at_post=found.at_post, hash=found.hash,
            ),
            after=f"sha256:{found.hash}",
        )  # fmt: skip
        return moved

    return await store.db.transaction(work)
