"""Losses from packages: goods lost, damaged or returned, with evidence; each is a step of a package's history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from amanah.contracts.actor import Acting, Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.custody.custody import LossKind, RecordPackageLoss
from amanah.contracts.custody.events import PackageLossRecorded
from amanah.contracts.custody.packages import PackageView
from amanah.contracts.errors import Conflict, Refused
from amanah.contracts.ids import derived_id
from amanah.contracts.uploads import UploadPurpose
from amanah.runtime.mongo import Tx
from amanah.runtime.rpc import answers
from services.distribution.alerts.raising import raise_alert
from services.distribution.custody.alerts import package_alert
from services.distribution.custody.commands.recompute import recompute
from services.distribution.custody.commands.staff_steps import (
    check_moment,
    package_to_change,
    package_view,
    refuse_if_short,
    staff_step,
)
from services.distribution.custody.documents import CUSTODY_STEPS, CustodyStepDocument, PackageDocument, of_package
from services.distribution.custody.rules import LOSSES, Loss
from services.distribution.evidence import intake as evidence
from services.distribution.evidence.photos import Photos
from services.distribution.rounds.rules.quantities import Amounts, amounts, items, quantity_text
from services.distribution.store import Store

_AUDIT_ACTIONS: Mapping[Loss, AuditAction] = {
    Loss.LOST: AuditAction.PACKAGE_LOST,
    Loss.DAMAGED: AuditAction.PACKAGE_DAMAGED,
    Loss.RETURNED: AuditAction.PACKAGE_RETURNED,
}


@answers
async def record_package_loss(store: Store, actor: Actor, ask: RecordPackageLoss, *, photos: Photos) -> PackageView:
    """Records goods lost, damaged or returned, once for a client id. Refused package_short when it holds less."""
    loss_id = derived_id("los", actor.id, ask.client_id)
    first = await store[CUSTODY_STEPS].get({"_id": loss_id})
    if first is not None:
        return await package_view(store, first["package"])
    package, by = await package_to_change(store, actor, ask.package_code, ask.roles)
    check_moment(ask.occurred_at)
    proof = [(u, UploadPurpose.EVIDENCE_PHOTO, f"evidenceIds.{n}") for n, u in enumerate(ask.evidence_ids)]
    kept = await evidence.take_all(store, photos, actor, *proof)
    loss = _Loss(store, actor, by, ask, package, loss_id, kept)
    try:
        recorded = await store.db.transaction(loss.record)
    except (Refused, Conflict):
        # Only when certainly nothing was committed: a picture without a loss is better than a loss without its picture.
        await evidence.discard(store, *kept)
        raise
    await (evidence.forget_uploads if recorded else evidence.discard)(store, *kept)
    return await package_view(store, package["_id"])


@dataclass(frozen=True)
class _Loss:
    """A loss whose evidence was accepted."""

    store: Store
    actor: Actor
    by: Acting
    ask: RecordPackageLoss
    package: PackageDocument
    id: str
    kept: Sequence[evidence.StoredPicture]

    async def record(self, tx: Tx) -> bool:
        """Records the loss in the transaction; False when the same was recorded meanwhile."""
        store, ask, package = self.store, self.ask, self.package
        if await store[CUSTODY_STEPS].get({"_id": self.id}, tx=tx) is not None:
            return False
        kind, taken = Loss[ask.kind.name], amounts(ask.items)
        for upload in ask.evidence_ids:
            await store.uploads.use(tx, upload, self.id)
        step: CustodyStepDocument = {
            **staff_step(self.actor, package, self.id, kind, ask.occurred_at),
            "counted": [{"sku": sku, "quantity": q} for sku, q in taken.items()],
            "note": store.keys.encrypt(ask.note, f"loss:{self.id}") if ask.note else "",
            "evidence": [k.document(package["area"]) for k in self.kept],
        }
        await store[CUSTODY_STEPS].insert(step, tx=tx)
        await evidence.retain(store, tx, *self.kept)
        change = (await recompute(store, tx, {package["_id"]: ask.occurred_at}))[package["_id"]]
        refuse_if_short(change, taken, "items")
        proof = [k.id for k in self.kept]
        await announce_loss(store, tx, self.by, change.package, kind, taken, ask.occurred_at, proof)
        parts = ", ".join(f"{quantity_text(q)} {sku}" for sku, q in sorted(taken.items()))
        detail = f"Package {package['code']}: {parts} recorded as {kind.value}."
        await raise_alert(store, tx, package_alert(LOSSES[kind], package, ask.occurred_at, detail, self.id))
        return True


async def announce_loss(
    store: Store, tx: Tx, by: Acting, package: PackageDocument, kind: Loss, taken: Amounts, at: datetime,
    proof: Sequence[str] = (),
) -> None:  # fmt: skip
    """Records the entry and the event of goods that left a package without reaching a recipient."""
    await store.outbox.record(
        tx,
        by,
        action=_AUDIT_ACTIONS[kind],
        subject=Subject(type="Package", id=package["_id"]),
        concerns=of_package(package),
        authority=package["round"],
        area=package["area"],
        event=PackageLossRecorded(
            package_id=package["_id"],
            code=package["code"],
            round_id=package["round"],
            area=package["area"],
            kind=LossKind[kind.name],
            items=items(taken),
            at=at,
            place=package["place"],
            evidence=tuple(proof),
        ),
        after=store.seal(
            package["_id"], {"contents": package["contents"], kind.value: dict(taken), "evidence": list(proof)}
        ),
    )
