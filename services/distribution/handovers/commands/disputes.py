"""Disputes of recorded handovers by cases."""

from dataclasses import dataclass
from datetime import datetime

from amanah.contracts.actor import Acting
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject, related_subjects
from amanah.contracts.cases import CaseKind
from amanah.contracts.handovers.events import HandoverDisputed, HandoverUpheld
from amanah.runtime.mongo import Tx
from services.distribution.handovers.documents import HANDOVERS, HandoverDocument, related_to_handover
from services.distribution.rounds.documents import EntitlementDocument
from services.distribution.store import Store

ACCEPTED, DISPUTED = "ACCEPTED", "DISPUTED"


@dataclass(frozen=True)
class Dispute:
    """A case that contradicts a recorded handover."""

    case_id: str
    kind: CaseKind
    handover_id: str
    anonymous: bool


async def disputable(store: Store, tx: Tx, entitlement: EntitlementDocument | None) -> HandoverDocument | None:
    """Returns the recorded handover of an entitlement; None if there is none, or it was reversed."""
    if entitlement is None or not entitlement.get("handover"):
        return None
    standing = {"_id": entitlement["handover"], "status": {"$in": [ACCEPTED, DISPUTED]}}
    return await store[HANDOVERS].get(standing, tx=tx)


async def dispute(store: Store, tx: Tx, by: Acting, case: Dispute, at: datetime) -> None:
    """Marks the case's handover as disputed. Only its first open dispute emits an event."""
    before = await store[HANDOVERS].change(
        {"_id": case.handover_id, "status": {"$in": [ACCEPTED, DISPUTED]}},
        {"$set": {"status": DISPUTED}, "$addToSet": {"disputes": case.case_id}},
        returning="before",
        tx=tx,
    )
    if before is None or before["status"] == DISPUTED:
        return
    await store.outbox.record(
        tx,
        by,
        action=AuditAction.HANDOVER_DISPUTE,
        subject=Subject(type="Handover", id=before["_id"]),
        concerns=related_to_handover(before) + related_subjects(_public_id(case)),
        area=before["area"],
        authority=_public_id(case),
        event=HandoverDisputed(
            handover_id=before["_id"],
            entitlement_id=before["entitlement"],
            round_id=before["round"],
            area=before["area"],
            case_id=case.case_id,
            kind=case.kind,
            at=at,
        ),
        before=store.seal(before["_id"], {"status": ACCEPTED}),
        after=store.seal(before["_id"], {"status": DISPUTED}),
    )


async def uphold(store: Store, tx: Tx, by: Acting, case: Dispute, at: datetime) -> None:
    """Ends the case's dispute in favour of the handover; with the last of its disputes it is ACCEPTED again."""
    found = await store[HANDOVERS].change({"_id": case.handover_id}, {"$pull": {"disputes": case.case_id}}, tx=tx)
    if found is None or found["status"] != DISPUTED or found["disputes"]:
        return
    await store[HANDOVERS].update({"_id": found["_id"]}, {"$set": {"status": ACCEPTED}}, tx=tx)
    await store.outbox.record(
        tx,
        by,
        action=AuditAction.HANDOVER_UPHOLD,
        subject=Subject(type="Handover", id=found["_id"]),
        concerns=related_to_handover(found) + related_subjects(_public_id(case)),
        area=found["area"],
        authority=_public_id(case),
        event=HandoverUpheld(
            handover_id=found["_id"],
            entitlement_id=found["entitlement"],
            round_id=found["round"],
            area=found["area"],
            case_id=case.case_id,
            at=at,
        ),
        before=store.seal(found["_id"], {"status": DISPUTED}),
        after=store.seal(found["_id"], {"status": ACCEPTED}),
    )


def _public_id(case: Dispute) -> str:
    """Returns the case's id; empty for an anonymous case: the entry names the recipient, and the log is public."""
    return "" if case.anonymous else case.case_id
