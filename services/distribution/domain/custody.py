"""Where a package is and what should be in it, derived from its whole history in the order things happened.

The order of arrival does not matter: a late event takes its place by time, an event declared wrong loses its effect, and
nothing is deleted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from services.distribution.domain.quantities import Amounts, said

LEAVING = frozenset({"shipping", "departing"})
COMING = frozenset({"arriving", "receiving", "accepting"})
COUNTING = frozenset({"inspecting", "cycle_counting", "stock_taking"})
VOIDING = "void_shipping"
HANDOVER = "dispensing"

# At one and the same moment: packed, then sent, then arrived, then counted, then handed over.
_ORDER = {"packing": 0, "shipping": 1, "departing": 2, VOIDING: 3, "arriving": 4, "receiving": 5, "accepting": 6}
_LATER = 7

# Conditions that partners report (CBV dispositions) and the alert that each raises.
CONDITIONS: Mapping[str, str] = {
    "damaged": "package_damaged",
    "destroyed": "package_damaged",
    "stolen": "package_stolen",
    "returned": "package_returned",
    "mismatch_quantity": "quantity_mismatch",
}
DIFFERENCE = "custody_difference"
SEVERITIES: Mapping[str, str] = {
    DIFFERENCE: "HIGH",
    "package_damaged": "MEDIUM",
    "package_stolen": "HIGH",
    "package_returned": "MEDIUM",
    "quantity_mismatch": "MEDIUM",
}


class PackageStatus(StrEnum):
    """Where a package is. EMPTY is one that arrived and has nothing left."""

    REGISTERED = "REGISTERED"
    IN_TRANSIT = "IN_TRANSIT"
    ARRIVED = "ARRIVED"
    EMPTY = "EMPTY"


@dataclass(frozen=True)
class Step:
    """One thing that happened to a package. `key` tells it from all others, `event` names the partner's event.

    `counted` is what the event says was there, empty when it counted nothing. `ours` marks an officer's handover: only
    these take goods out; a partner's `dispensing` is noted.
    """

    key: str
    event: str
    at: datetime
    step: str
    place: str | None = None
    counted: Amounts = field(default_factory=dict)
    conditions: tuple[str, ...] = ()
    declares_error: bool = False
    ours: bool = False


@dataclass(frozen=True)
class Standing:
    """What the history amounts to. `held` is what should be in the package now, `counted` what was last counted at a place.

    `differences` has the text of each step whose count did not agree; `void` the keys of steps declared wrong.
    """

    status: PackageStatus
    place: str | None
    held: Mapping[str, int]
    counted: Mapping[str, int]
    conditions: frozenset[str]
    differences: Mapping[str, str]
    void: frozenset[str]


@dataclass(frozen=True)
class _Here:
    """The state between two steps."""

    status: PackageStatus
    place: str | None
    held: dict[str, int]
    counted: dict[str, int]


def in_order(steps: Iterable[Step]) -> list[Step]:
    """The steps as they happened."""
    return sorted(steps, key=lambda s: (s.at, _ORDER.get(s.step, _LATER), s.ours, s.key))


def derive(expected: Amounts, steps: Iterable[Step]) -> Standing:
    """What the history of a package with `expected` contents amounts to, whatever the order of `steps`."""
    history = in_order(steps)
    wrong = {s.event for s in history if s.declares_error}
    void = frozenset(s.key for s in history if s.event in wrong and not s.declares_error and not s.ours)
    here = _Here(PackageStatus.REGISTERED, None, dict(expected), {})
    # What stood when the package last left: there it is again if it was not shipped after all.
    before_leaving: _Here | None = None
    conditions: set[str] = set()
    differences: dict[str, str] = {}
    for step in history:
        if step.key in void or step.declares_error:
            continue
        conditions |= CONDITIONS.keys() & set(step.conditions)
        difference = _difference(step, here, before_leaving)
        if difference:
            differences[step.key] = difference
        if step.step in LEAVING:
            if here.status is not PackageStatus.IN_TRANSIT:
                before_leaving = replace(here, place=step.place or here.place)
            here = replace(here, status=PackageStatus.IN_TRANSIT, place=None, held=here.held | dict(step.counted))
        elif step.step == VOIDING:
            if here.status is PackageStatus.IN_TRANSIT and before_leaving is not None:
                here = before_leaving
        elif step.step in COMING:
            counted = here.counted | dict(step.counted)
            here = _Here(PackageStatus.ARRIVED, step.place or here.place, here.held | dict(step.counted), counted)
        elif step.step in COUNTING and step.counted:
            here = replace(here, held=here.held | dict(step.counted), counted=here.counted | dict(step.counted))
        elif step.step == HANDOVER and step.ours:
            taken = {sku: here.held.get(sku, 0) - q for sku, q in step.counted.items()}
            here = replace(here, held=here.held | taken)
    return Standing(here.status, here.place, here.held, here.counted, frozenset(conditions), differences, void)


def _difference(step: Step, here: _Here, before_leaving: _Here | None) -> str:
    """The text of what a count lacks or has too much, with the leg; empty when it agrees or nothing was counted."""
    if step.step in LEAVING:
        leg, was, is_now = f"Leaving {step.place or here.place or 'an unnamed place'}", "there", "sent"
    elif step.step in COMING and here.status is PackageStatus.IN_TRANSIT:
        origin = before_leaving.place if before_leaving else None
        leg, was, is_now = (
            f"Between {origin or 'an unnamed place'} and {step.place or 'an unnamed place'}",
            "sent",
            "arrived",
        )
    elif step.step in COMING or step.step in COUNTING:
        leg, was, is_now = f"At {step.place or here.place or 'an unnamed place'}", "expected", "counted"
    else:
        return ""
    parts = []
    for sku, counted in sorted(step.counted.items()):
        known = here.held.get(sku, 0)
        if counted != known:
            gap = f"{said(known - counted)} missing" if counted < known else f"{said(counted - known)} too many"
            parts.append(f"{sku}: {said(known)} {was}, {said(counted)} {is_now}, {gap}")
    return f"{leg}: {'; '.join(parts)}" if parts else ""
