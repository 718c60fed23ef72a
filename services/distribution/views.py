"""Documents of the store as the contract shows them."""

import json
from collections.abc import Mapping
from typing import Any

from amanah.contracts.distribution import (
    AlertView,
    AssignmentView,
    CaptureJob,
    CorrectionView,
    EntitlementView,
    Flag,
    HandoverView,
    PackageContent,
    PackageStep,
    PackageView,
    PhotoView,
    PlaceView,
    ProgramItem,
    ProgramView,
    Receiver,
    RoundView,
    SignatureView,
    Thresholds,
)
from amanah.contracts.message import Location, from_milli
from amanah.crypto import Keyring
from amanah.mongo import Document
from services.distribution.domain.custody import HANDOVER, PackageStatus
from services.distribution.domain.flags import RULES
from services.distribution.domain.payments.rules import kind_of
from services.distribution.domain.quantities import items


def location(found: Mapping[str, Any] | None) -> Location | None:
    """A place on earth as it is kept."""
    return Location.model_validate(found) if found else None


def program_items(kept: list[Document]) -> tuple[ProgramItem, ...]:
    """The goods of a program or round."""
    return tuple(
        ProgramItem(sku=i["sku"], name=i["name"], unit=i["unit"], quantity_per_recipient=from_milli(i["quantity"]))
        for i in kept
    )


def program(found: Document) -> ProgramView:
    """A program."""
    return ProgramView(
        id=found["_id"],
        code=found["code"],
        name=found["name"],
        items=program_items(found["items"]),
        thresholds=Thresholds.model_validate(found["thresholds"]),
        kind=kind_of(program_items(found["items"])),
        paid_is_delivered=found.get("paidIsDelivered", False),
    )


def round_(found: Document) -> RoundView:
    """A round."""
    return RoundView(
        id=found["_id"],
        program_id=found["program"],
        roster_id=found["roster"],
        name=found["name"],
        status=found["status"],
        area=found["area"],
        starts_on=found["starts"],
        ends_on=found["ends"],
        entitlement_count=found["size"],
    )


def assignment(found: Document, keys: Keyring | None = None) -> AssignmentView:
    """An assignment; with `keys` also why it was ended."""
    reason = found.get("endReason")
    return AssignmentView(
        id=found["_id"],
        officer_id=found["officer"],
        round_id=found["round"],
        area=found["area"],
        starts_on=found["starts"],
        ends_on=found["ends"],
        daily_load=found.get("dailyLoad"),
        planned_until=found.get("plannedUntil"),
        ended_at=found.get("endedAt"),
        ended_by=found.get("endedBy"),
        end_reason=keys.decrypt(reason, f"assignment:{found['_id']}") if keys and reason else None,
        replaces=found.get("replaces"),
        replaced_by=found.get("replacedBy"),
    )


def due_in(round_found: Document) -> dict[str, int]:
    """What each recipient of a round gets, in thousandths by SKU."""
    return {i["sku"]: i["quantity"] for i in round_found["items"]}


def entitlement(found: Document, round_found: Document) -> EntitlementView:
    """An entitlement; what is due stands in its round."""
    return EntitlementView(
        id=found["_id"],
        round_id=found["round"],
        recipient_id=found["recipient"],
        area=found["area"],
        status=found["status"],
        items=items(due_in(round_found)),
        delivered_at=found.get("deliveredAt"),
    )


def place(found: Document) -> PlaceView:
    """A place."""
    return PlaceView(
        id=found["_id"],
        code=found["code"],
        name=found["name"],
        kind=found["kind"],
        area=found["area"],
        location=Location.model_validate(found["location"]),
    )


def package_status(found: Document) -> str:
    """A package's status; one that arrived and has nothing left is EMPTY."""
    if found["status"] == PackageStatus.ARRIVED and all(c["left"] <= 0 for c in found["contents"]):
        return PackageStatus.EMPTY
    return str(found["status"])


def package(found: Document, at: Document | None, kin: Mapping[str, str]) -> PackageView:
    """A package and the place where it is; `kin` has the codes of what it is in and came of, by id."""
    return PackageView(
        id=found["_id"],
        code=found["code"],
        round_id=found["round"],
        area=found["area"],
        status=package_status(found),
        partner=found["partner"],
        contents=tuple(
            PackageContent(
                sku=c["sku"],
                expected=from_milli(c["expected"]),
                counted=None if c["counted"] is None else from_milli(c["counted"]),
                handed_over=from_milli(c["handed"]),
                lost=from_milli(c["lost"]),
                damaged=from_milli(c["damaged"]),
                returned=from_milli(c["returned"]),
                left=from_milli(c["left"]),
            )
            for c in found["contents"]
        ),
        place=place(at) if at else None,
        parent=kin.get(found["parent"] or ""),
        split_from=kin.get(found["splitFrom"] or ""),
        entitlement_id=found["entitlement"],
    )


def step(found: Document, at: Document | None) -> PackageStep:
    """One step of a package's history."""
    return PackageStep(
        at=found["at"],
        recorded_at=found["recordedAt"],
        step="error_declaration" if found["declaresError"] else found["step"],
        source=found["source"],
        event_id=found["event"],
        place=place(at) if at else None,
        quantities=items({c["sku"]: c["quantity"] for c in found["counted"]}),
        discrepancy=found["difference"],
    )


def handed_over(found: Document) -> PackageStep:
    """An officer's handover as a step of its package's history."""
    return PackageStep(
        at=found["occurredAt"],
        recorded_at=found["receivedAt"],
        step=HANDOVER,
        source=found["officerName"],
        event_id=found["_id"],
        place=None,
        quantities=items({i["sku"]: i["quantity"] for i in found["items"]}),
        discrepancy=None,
    )


def capture(found: Document) -> CaptureJob:
    """A capture job."""
    return CaptureJob.model_validate(
        {"id": found["_id"], "running": found["running"], "success": found["success"], "events": found["events"]}
    )


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
    rule = RULES[code]
    return Flag(code=code, detail=detail, severity=rule.severity, explanation=rule.explanation)


def correction(keys: Keyring, found: Document) -> CorrectionView:
    """A correction, with the reasons that people gave."""
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
        recipient_id=_recipient(found),
    )


def alert(found: Document, keys: Keyring) -> AlertView:
    """An alert, with the note of who last followed it up."""
    note = found.get("note")
    return AlertView(
        id=found["_id"],
        rule=found["rule"],
        severity=found["severity"],
        at=found["at"],
        area=found["area"],
        detail=found["detail"],
        subject_type=found["subjectType"],
        subject_id=found["subject"],
        status=found["status"],
        case_id=found.get("case"),
        note=keys.decrypt(note, f"alert:{found['_id']}") if note else None,
        handled_by=found.get("by"),
        recipient_id=_recipient(found),
    )


def _recipient(found: Document) -> str | None:
    """Whom it concerns, as it was kept with what else it does."""
    return next((each["id"] for each in found.get("concerns", ()) if each["type"] == "Recipient"), None)
