"""Places, packages and their steps as the contract shows them."""

from collections.abc import Mapping, Sequence

from amanah.contracts.custody.packages import (
    HistoryRead,
    PackageContent,
    PackageStatus,
    PackageStep,
    PackageView,
    PlaceView,
)
from amanah.contracts.message import Location, from_milli
from services.distribution.custody.documents import (
    CustodyStepDocument,
    PackageDocument,
    PackageHandoverDocument,
    PlaceDocument,
)
from services.distribution.custody.rules import HANDOVER
from services.distribution.rounds.rules.quantities import items


def place(found: PlaceDocument) -> PlaceView:
    """A place."""
    return PlaceView(
        id=found["_id"],
        code=found["code"],
        name=found["name"],
        kind=found["kind"],
        area=found["area"],
        location=Location.model_validate(found["location"]),
    )


def package_status(found: PackageDocument) -> PackageStatus:
    """A package's status; one that arrived and has nothing left is EMPTY."""
    if found["status"] == PackageStatus.ARRIVED and all(c["left"] <= 0 for c in found["contents"]):
        return PackageStatus.EMPTY
    return PackageStatus(found["status"])


def package(
    found: PackageDocument,
    at: PlaceDocument | None,
    related: Mapping[str, str],
    histories: Sequence[HistoryRead] = (),
) -> PackageView:
    """A package, its place and pages of its history; `related` has the codes of the packages that it is in and was split from."""
    return PackageView(
        id=found["_id"],
        code=found["code"],
        round_id=found["round"],
        area=found["area"],
        status=package_status(found),
        partner=found.get("partnerName") or found["partner"],
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
        parent=related.get(found["parent"] or ""),
        split_from=related.get(found["splitFrom"] or ""),
        entitlement_id=found["entitlement"],
        histories=tuple(histories),
    )


def step(found: CustodyStepDocument, at: PlaceDocument | None) -> PackageStep:
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


def handed_over(found: PackageHandoverDocument) -> PackageStep:
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
