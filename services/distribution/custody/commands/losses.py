"""What is lost, damaged or given back of a package: a step of its history, with what proves it."""

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
from amanah.runtime.tables import Document
from services.distribution.alerts.raising import of_package, raise_alert
from services.distribution.custody import documents
from services.distribution.custody.commands.recompute import recompute
from services.distribution.custody.commands.staff_steps import (
    check_moment,
    package_to_change,
    refuse_if_short,
    shown,
    staff_step,
)
from services.distribution.custody.documents import CUSTODY_STEPS
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
    """See RecordPackageLoss."""
    loss_id = derived_id("los", actor.id, ask.client_id)
    first = await store[CUSTODY_STEPS].get({"_id": loss_id})
    if first is not None:
        return await shown(store, first["package"])
    package, by = await package_to_change(store, actor, ask.package_code, ask.roles)
    check_moment(ask.occurred_at)
    proof = [(u, UploadPurpose.EVIDENCE_PHOTO, f"evidenceIds.{n}") for n, u in enumerate(ask.evidence_ids)]
    kept = await evidence.take_all(store, photos, actor, *proof)
    loss = _Loss(store, actor, by, ask, package, loss_id, kept)
    try:
        recorded = await store.db.transaction(loss.record)
    except (Refused, Conflict):
        # Only where nothing was committed for sure: rather a picture that nothing refers to than a loss without one.
        await evidence.discard(store, *kept)
        raise
    await (evidence.forget_uploads if recorded else evidence.discard)(store, *kept)
    return await shown(store, package["_id"])


@dataclass(frozen=True)
class _Loss:
    """One loss whose evidence is good."""

    store: Store
    actor: Actor
    by: Acting
    ask: RecordPackageLoss
    package: Document
    id: str
    kept: Sequence[evidence.StoredPicture]

    async def record(self, tx: Tx) -> bool:
        """Whether it was recorded now; not when the same was recorded meanwhile."""
        store, ask, package = self.store, self.ask, self.package
        if await store[CUSTODY_STEPS].get({"_id": self.id}, tx=tx) is not None:
            return False
        kind, taken = Loss[ask.kind.name], amounts(ask.items)
        for upload in ask.evidence_ids:
            await store.uploads.use(tx, upload, self.id)
        step = staff_step(self.actor, package, self.id, kind, ask.occurred_at) | {
            "counted": [{"sku": sku, "quantity": q} for sku, q in taken.items()],
            "note": store.keys.encrypt(ask.note, f"loss:{self.id}") if ask.note else "",
            "evidence": [k.document(package["area"]) for k in self.kept],
        }
        await store[CUSTODY_STEPS].insert(step, tx=tx)
        await evidence.retain(store, tx, *self.kept)
        settled = (await recompute(store, tx, [package["_id"]], ask.occurred_at))[package["_id"]]
        refuse_if_short(settled, taken, "items")
        proof = [k.id for k in self.kept]
        await announce_loss(store, tx, self.by, settled.package, kind, taken, ask.occurred_at, proof)
        parts = ", ".join(f"{quantity_text(q)} {sku}" for sku, q in sorted(taken.items()))
        detail = f"Package {package['code']}: {parts} recorded as {kind.value}."
        await raise_alert(store, tx, of_package(LOSSES[kind], package, ask.occurred_at, detail, self.id))
        return True


async def announce_loss(
    store: Store, tx: Tx, by: Acting, package: Document, kind: Loss, taken: Amounts, at: datetime,
    proof: Sequence[str] = (),
) -> None:  # fmt: skip
    """Tells what was taken out of a package without reaching anybody."""
    await store.outbox.record(
        tx,
        by,
        action=_AUDIT_ACTIONS[kind],
        subject=Subject(type="Package", id=package["_id"]),
        concerns=documents.of_package(package),
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
