"""Corrections as the contract shows them."""

from amanah.contracts.corrections import CorrectionView
from amanah.runtime.crypto import Keyring
from services.distribution.corrections.documents import CorrectionDocument
from services.distribution.store import stored_recipient


def correction(keys: Keyring, found: CorrectionDocument) -> CorrectionView:
    """Shows a correction, with the reasons that people gave."""
    said = {name: keys.decrypt(found[name], f"correction:{found['_id']}") for name in ("reason", "note") if found[name]}
    return CorrectionView(
        id=found["_id"],
        status=found["status"],
        handover_id=found["handover"],
        entitlement_id=found["entitlement"],
        round_id=found["round"],
        area=found["area"],
        reason=said.get("reason", ""),
        authority=found["authority"],
        evidence_count=len(found["evidence"]),
        proposed_by=found["proposedBy"],
        proposed_at=found["proposedAt"],
        decided_by=found["decidedBy"],
        decided_at=found["decidedAt"],
        decision_authority=found["decisionAuthority"],
        note=said.get("note", ""),
        recipient_id=stored_recipient(found.get("concerns", ())),
    )
