"""Commands on corrections: one person proposes, another decides (maker-checker)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from amanah.contracts.actor import Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.corrections import (
    ApproveCorrection,
    CorrectionStatus,
    CorrectionView,
    ProposeCorrection,
    RejectCorrection,
)
from amanah.contracts.errors import Conflict, NotFound, Refused
from amanah.contracts.handovers.events import HandoverReversed
from amanah.contracts.handovers.handovers import HandoverStatus
from amanah.contracts.ids import new_id
from amanah.contracts.public_text import fit_for_log
from amanah.contracts.rounds import EntitlementStatus
from amanah.contracts.uploads import UploadPurpose
from amanah.runtime.mongo import DuplicateKey, Tx
from amanah.runtime.rpc import answers
from services.distribution.corrections import views as views_module
from services.distribution.corrections.documents import CORRECTIONS, CorrectionDocument, related_to_correction
from services.distribution.corrections.rules import may_decide, may_propose
from services.distribution.custody.commands.staff_steps import staff_step
from services.distribution.custody.commands.withdraw import undo_withdrawal
from services.distribution.custody.documents import CUSTODY_STEPS, PACKAGES
from services.distribution.evidence import intake as evidence
from services.distribution.evidence.photos import Photos
from services.distribution.handovers.documents import HANDOVERS, HandoverDocument, related_to_handover
from services.distribution.rounds.documents import ENTITLEMENTS
from services.distribution.rounds.rules.geo import spot
from services.distribution.rounds.rules.quantities import items
from services.distribution.store import Store, stored_subjects

REVERSING = "reversing"


@answers
async def propose_correction(store: Store, actor: Actor, ask: ProposeCorrection, *, photos: Photos) -> CorrectionView:
    """Proposes a correction. A repeat of `client_id` by the same person returns the first."""
    fit_for_log(ask.authority, "authority")
    scope = actor.scope(ask.roles)
    first = await store[CORRECTIONS].get({"proposer": actor.id, "clientId": ask.client_id})
    if first is not None:
        return await _again(store, actor, ask, first)
    handover = await store[HANDOVERS].get({"_id": ask.handover_id, **scope.condition("area")})
    if handover is None:
        raise Refused("handover_unknown", "handoverId")
    may_propose(handover["status"])
    kept = await evidence.take_all(
        store, photos, actor, *((upload, UploadPurpose.EVIDENCE_PHOTO, "evidenceIds") for upload in ask.evidence_ids)
    )
    document = _document(store, actor, ask, handover, kept)

    async def work(tx: Tx) -> None:
        await store[CORRECTIONS].insert(document, tx=tx)
        await evidence.retain(store, tx, *kept)
        for upload in ask.evidence_ids:
            await store.uploads.use(tx, upload, document["_id"])
        await store.outbox.record(
            tx,
            actor.acting(ask.roles, document["area"]),
            action=AuditAction.CORRECTION_PROPOSE,
            subject=Subject(type="Correction", id=document["_id"]),
            concerns=related_to_correction(document),
            area=document["area"],
            authority=ask.authority or document["round"],
            after=store.seal(document["_id"], _state(document)),
        )

    try:
        await store.db.transaction(work)
    except DuplicateKey as error:
        await evidence.discard(store, *kept)
        first = await store[CORRECTIONS].get({"proposer": actor.id, "clientId": ask.client_id})
        if first is not None:
            return await _again(store, actor, ask, first)
        raise Refused("correction_open", "handoverId") from error
    except (Refused, Conflict):
        await evidence.discard(store, *kept)
        raise
    await evidence.forget_uploads(store, *kept)
    return views_module.correction(store.keys, document)


async def _again(store: Store, actor: Actor, ask: ProposeCorrection, first: CorrectionDocument) -> CorrectionView:
    answer = views_module.correction(store.keys, first)
    if answer.note:  # by the person who decided, never the proposer
        await store.outbox.trail.record_read(actor, ask, answer)
    return answer


def _document(
    store: Store,
    actor: Actor,
    ask: ProposeCorrection,
    handover: HandoverDocument,
    kept: Sequence[evidence.StoredPicture],
) -> CorrectionDocument:
    correction_id = new_id("cor")
    return {
        "_id": correction_id,
        "clientId": ask.client_id,
        "proposer": actor.id,
        "proposedBy": actor.name,
        "proposedAt": datetime.now(UTC),
        "handover": handover["_id"],
        "entitlement": handover["entitlement"],
        "round": handover["round"],
        "area": handover["area"],
        "officer": handover["officer"],
        "concerns": stored_subjects(related_to_handover(handover)),
        "reason": store.keys.encrypt(ask.reason, f"correction:{correction_id}"),
        "authority": ask.authority,
        "evidence": [picture.document(handover["area"]) for picture in kept],
        "status": CorrectionStatus.PROPOSED,
        # One undecided correction a handover, by a unique index.
        "open": handover["_id"],
        "decider": None,
        "decidedBy": None,
        "decidedAt": None,
        "decisionAuthority": "",
        "note": "",
    }


def _state(correction: CorrectionDocument) -> dict[str, Any]:
    """Returns the state of a correction that its audit entry commits to."""
    decided = correction["decidedAt"]
    return {
        **{k: correction[k] for k in ("handover", "entitlement", "proposer", "reason", "authority", "status")},
        "evidence": [picture["sha256"] for picture in correction["evidence"]],
        "decider": correction["decider"],
        "decidedAt": decided.isoformat() if decided else None,
        "note": correction["note"],
    }


@answers
async def approve_correction(store: Store, actor: Actor, ask: ApproveCorrection) -> CorrectionView:
    """Approves a correction and reverses its handover. A repeat by the same person returns the first."""
    return await _decide(store, actor, ask, CorrectionStatus.APPROVED)


@answers
async def reject_correction(store: Store, actor: Actor, ask: RejectCorrection) -> CorrectionView:
    """Rejects a correction. A repeat by the same person returns the first."""
    return await _decide(store, actor, ask, CorrectionStatus.REJECTED)


async def _decide(
    store: Store, actor: Actor, ask: ApproveCorrection | RejectCorrection, decision: CorrectionStatus
) -> CorrectionView:
    fit_for_log(ask.authority, "authority")
    scope = actor.scope(ask.roles)

    async def work(tx: Tx) -> CorrectionDocument:
        before = await store[CORRECTIONS].get({"_id": ask.correction_id, **scope.condition("area")}, tx=tx)
        if before is None:
            raise NotFound("not_found.correction")
        if before["decider"] == actor.id and before["status"] == decision:
            return before
        may_decide(actor.id, before["proposer"], before["officer"], before["status"])
        by = actor.acting(ask.roles, before["area"])
        now = datetime.now(UTC)
        after: CorrectionDocument = before | {
            "status": decision,
            "decider": actor.id,
            "decidedBy": actor.name,
            "decidedAt": now,
            "decisionAuthority": ask.authority,
            "note": store.keys.encrypt(ask.note, f"correction:{before['_id']}") if ask.note else "",
        }
        after.pop("open", None)
        await store[CORRECTIONS].put(after, tx=tx)
        event = await _reverse(store, tx, actor, after, now) if decision is CorrectionStatus.APPROVED else None
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.CORRECTION_APPROVE if event else AuditAction.CORRECTION_REJECT,
            subject=Subject(type="Correction", id=after["_id"]),
            concerns=related_to_correction(after),
            area=after["area"],
            authority=ask.authority or after["round"],
            event=event,
            before=store.seal(after["_id"], _state(before)),
            after=store.seal(after["_id"], _state(after)),
        )
        return after

    return views_module.correction(store.keys, await store.db.transaction(work))


async def _reverse(
    store: Store, tx: Tx, actor: Actor, correction: CorrectionDocument, at: datetime
) -> HandoverReversed:
    """Reverses the handover and its entitlement, and returns the goods to the package."""
    handover = await store[HANDOVERS].change(
        {"_id": correction["handover"], "status": {"$ne": HandoverStatus.REVERSED}},
        {
            "$set": {
                "status": HandoverStatus.REVERSED,
                "reversedAt": at,
                "correction": correction["_id"],
            },
            "$unset": {"standing": ""},
        },
        returning="before",
        tx=tx,
    )
    if handover is None:
        raise Refused("handover_reversed", "handoverId")
    await store[ENTITLEMENTS].update(
        {"_id": handover["entitlement"], "status": EntitlementStatus.DELIVERED, "handover": handover["_id"]},
        {"$set": {"status": EntitlementStatus.REVERSED}},
        tx=tx,
    )
    await _give_back(store, tx, actor, handover, correction["_id"], at)
    return HandoverReversed(
        handover_id=handover["_id"],
        correction_id=correction["_id"],
        round_id=handover["round"],
        entitlement_id=handover["entitlement"],
        area=handover["area"],
        officer_id=handover["officer"],
        package_code=handover["package"],
        occurred_at=handover["occurredAt"],
        reversed_at=at,
        items=items({i["sku"]: i["quantity"] for i in handover["items"]}),
        flags=tuple(flag["code"] for flag in handover["flags"]),
        was_disputed=handover["status"] == HandoverStatus.DISPUTED,
        location=spot(handover["location"]),
    )


async def _give_back(store: Store, tx: Tx, actor: Actor, handover: HandoverDocument, key: str, at: datetime) -> None:
    """Returns the goods to the package, with a step of its history."""
    package = await store[PACKAGES].get({"code": handover["package"]}, tx=tx)
    if package is None:
        raise Conflict("conflict.package_gone")
    step = staff_step(actor, package, f"{package['_id']}~{key}", REVERSING, at)
    await store[CUSTODY_STEPS].insert(step | {"key": key, "event": key, "counted": handover["items"]}, tx=tx)
    await undo_withdrawal(store, tx, package["_id"], at)
