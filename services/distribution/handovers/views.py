"""Handovers as the contract shows them."""

import json

from amanah.contracts.errors import error_text
from amanah.contracts.evidence import PhotoView, SignatureView
from amanah.contracts.handovers.handovers import Flag, HandoverView, Receiver
from amanah.contracts.handovers.public import Seal
from amanah.contracts.message import Location, rfc3339
from amanah.contracts.rounds import EntitlementStatus
from amanah.runtime.crypto import Keyring, commitment
from amanah.runtime.tables import Document
from services.distribution.handovers.documents import HandoverDocument
from services.distribution.handovers.rules.flags import RULES
from services.distribution.rounds.documents import EntitlementDocument, RoundDocument
from services.distribution.rounds.rules.quantities import items
from services.distribution.rounds.views import entitlement, location


def handover(
    found: HandoverDocument,
    entitlement_found: EntitlementDocument,
    round_found: RoundDocument,
    keys: Keyring | None = None,
) -> HandoverView:
    """Shows a handover with the metadata of its photo; with `keys` also the name of a proxy."""
    photo, signature = found["photo"], found["signature"]
    return HandoverView(
        id=found["_id"],
        status=found["status"],
        occurred_at=found["occurredAt"],
        received_at=found["receivedAt"],
        entitlement=entitlement(entitlement_found, round_found),
        photo=PhotoView(
            id=photo["id"],
            sha256=photo["sha256"],
            captured_at=photo["takenAt"],
            location=location(photo["location"]),
        ),
        flags=tuple(_flag(f["code"], f["detail"]) for f in found["flags"]),
        area=found["area"],
        officer_id=found["officer"],
        officer_name=found["officerName"],
        package_code=found["package"],
        items=items({i["sku"]: i["quantity"] for i in found["items"]}),
        received_by=_receiver(found, keys),
        signature=SignatureView(id=signature["id"], sha256=signature["sha256"]),
        location=Location.model_validate(found["location"]),
        device=found["device"],
        confirmed_at=found.get("confirmedAt"),
    )


def _receiver(found: HandoverDocument, keys: Keyring | None) -> Receiver:
    sealed = found["private"] if found["receivedBy"] == "PROXY" else ""
    said = json.loads(keys.decrypt(sealed, f"handover:{found['_id']}")) if keys and sealed else {}
    return Receiver(kind=found["receivedBy"], name=said.get("name"), relation=said.get("relation"))


def _flag(code: str, detail: str) -> Flag:
    return Flag(code=code, detail=detail, severity=RULES[code].severity, explanation=error_text(code).en)


def seal(keys: Keyring, found: HandoverDocument) -> Seal:
    """Returns what the log seals of a handover's evidence, from the stored document: a changed document has another seal."""
    return Seal(
        photo=found["photo"]["sha256"],
        signature=found["signature"]["sha256"],
        state=commitment(keys.subject_key(found["entitlement"]), _sealed_state(found)),
    )


def _sealed_state(found: HandoverDocument) -> Document:
    """Returns the handover without its files; nothing of it changes later."""
    return {
        "status": EntitlementStatus.DELIVERED.value,
        "handover": found["_id"],
        "occurredAt": rfc3339(found["occurredAt"]),
        "receivedAt": rfc3339(found["receivedAt"]),
        "officer": found["officer"],
        "round": found["round"],
        "area": found["area"],
        "package": found["package"],
        "items": found["items"],
        "receivedBy": found["receivedBy"],
        "location": found["location"],
    }
