"""Programs, rounds and entitlements as the contract shows them."""

from amanah.contracts.message import Location, from_milli
from amanah.contracts.rounds import EntitlementView, ProgramItem, ProgramView, RoundView, Thresholds
from services.distribution.rounds.documents import (
    EntitlementDocument,
    LocationDocument,
    ProgramDocument,
    ProgramItemDocument,
    RoundDocument,
)
from services.distribution.rounds.rules.money import kind_of
from services.distribution.rounds.rules.quantities import items


def location(found: LocationDocument | None) -> Location | None:
    """Shows a stored place."""
    return Location.model_validate(found) if found else None


def program_items(kept: list[ProgramItemDocument]) -> tuple[ProgramItem, ...]:
    """Shows the items of a program or round."""
    return tuple(
        ProgramItem(sku=i["sku"], name=i["name"], unit=i["unit"], quantity_per_recipient=from_milli(i["quantity"]))
        for i in kept
    )


def program(found: ProgramDocument) -> ProgramView:
    """Shows a program."""
    return ProgramView(
        id=found["_id"],
        code=found["code"],
        name=found["name"],
        items=program_items(found["items"]),
        thresholds=Thresholds.model_validate(found["thresholds"]),
        kind=kind_of(program_items(found["items"])),
        paid_is_delivered=found.get("paidIsDelivered", False),
    )


def round_(found: RoundDocument) -> RoundView:
    """Shows a round."""
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


def due_in(round_found: RoundDocument) -> dict[str, int]:
    """Returns the quantities that each recipient of a round gets, in thousandths by SKU."""
    return {i["sku"]: i["quantity"] for i in round_found["items"]}


def entitlement(found: EntitlementDocument, round_found: RoundDocument) -> EntitlementView:
    """Shows an entitlement with the items of its round."""
    return EntitlementView(
        id=found["_id"],
        round_id=found["round"],
        recipient_id=found["recipient"],
        area=found["area"],
        status=found["status"],
        items=items(due_in(round_found)),
        delivered_at=found.get("deliveredAt"),
    )
