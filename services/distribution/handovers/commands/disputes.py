"""Disputes: a recipient contradicts a recorded handover, until somebody has found out which of the two is true."""

from datetime import datetime

from amanah.contracts.actor import Acting
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject, related_subjects
from amanah.contracts.handovers.events import HandoverDisputed, HandoverUpheld
from amanah.runtime.mongo import Tx
from amanah.runtime.tables import Document
from services.distribution.handovers.documents import HANDOVERS, related_to_handover
from services.distribution.store import Store

ACCEPTED, DISPUTED = "ACCEPTED", "DISPUTED"


async def disputable(store: Store, tx: Tx, entitlement: Document | None) -> Document | None:
    """The handover that is recorded for an entitlement; None when there is none, or it was reversed."""
    if entitlement is None or not entitlement.get("handover"):
        return None
    standing = {"_id": entitlement["handover"], "status": {"$in": [ACCEPTED, DISPUTED]}}
    return await store[HANDOVERS].get(standing, tx=tx)


async def dispute(store: Store, tx: Tx, by: Acting, case: Document, at: datetime) -> None:
    """Marks the case's handover as disputed by it. It is announced with the first of its disputes."""
    before = await store[HANDOVERS].change(
        {"_id": case["handover"], "status": {"$in": [ACCEPTED, DISPUTED]}},
        {"$set": {"status": DISPUTED}, "$addToSet": {"disputes": case["_id"]}},
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
        concerns=related_to_handover(before) + related_subjects(_told_of(case)),
        area=before["area"],
        authority=_told_of(case),
        event=HandoverDisputed(
            handover_id=before["_id"],
            entitlement_id=before["entitlement"],
            round_id=before["round"],
            area=before["area"],
            case_id=case["_id"],
            kind=case["kind"],
            at=at,
        ),
        before=store.seal(before["_id"], {"status": ACCEPTED}),
        after=store.seal(before["_id"], {"status": DISPUTED}),
    )


async def uphold(store: Store, tx: Tx, by: Acting, case: Document, at: datetime) -> None:
    """Ends the case's dispute in favour of the handover; with the last of its disputes it is accepted again."""
    found = await store[HANDOVERS].change({"_id": case["handover"]}, {"$pull": {"disputes": case["_id"]}}, tx=tx)
    if found is None or found["status"] != DISPUTED or found["disputes"]:
        return
    await store[HANDOVERS].update({"_id": found["_id"]}, {"$set": {"status": ACCEPTED}}, tx=tx)
    await store.outbox.record(
        tx,
        by,
        action=AuditAction.HANDOVER_UPHOLD,
        subject=Subject(type="Handover", id=found["_id"]),
        concerns=related_to_handover(found) + related_subjects(_told_of(case)),
        area=found["area"],
        authority=_told_of(case),
        event=HandoverUpheld(
            handover_id=found["_id"],
            entitlement_id=found["entitlement"],
            round_id=found["round"],
            area=found["area"],
            case_id=case["_id"],
            at=at,
        ),
        before=store.seal(found["_id"], {"status": DISPUTED}),
        after=store.seal(found["_id"], {"status": ACCEPTED}),
    )


def _told_of(case: Document) -> str:
    """The case's id; empty for an anonymous one: the entry names the recipient, and the log is public."""
    return "" if case["anonymous"] else str(case["_id"])
