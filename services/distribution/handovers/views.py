"""Handovers as the contract shows them."""

import json

from amanah.contracts.errors import error_text
from amanah.contracts.evidence import PhotoView, SignatureView
from amanah.contracts.handovers.handovers import Flag, HandoverView, Receiver
from amanah.contracts.message import Location
from amanah.runtime.crypto import Keyring
from amanah.runtime.tables import Document
from services.distribution.handovers.rules.flags import RULES
from services.distribution.rounds.rules.quantities import items
from services.distribution.rounds.views import entitlement, location


def handover(
    found: Document, entitlement_found: Document, round_found: Document, keys: Keyring | None = None
) -> HandoverView:
    """A handover, with what is known of its photo; with `keys` also the name of a proxy."""
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


def _receiver(found: Document, keys: Keyring | None) -> Receiver:
    sealed = found["private"] if found["receivedBy"] == "PROXY" else ""
    said = json.loads(keys.decrypt(sealed, f"handover:{found['_id']}")) if keys and sealed else {}
    return Receiver(kind=found["receivedBy"], name=said.get("name"), relation=said.get("relation"))


def _flag(code: str, detail: str) -> Flag:
    return Flag(code=code, detail=detail, severity=RULES[code].severity, explanation=error_text(code).en)
