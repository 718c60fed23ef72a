"""When a handover is refused, and what about an accepted one a person should look at.

Each rule is a small pure function over `Situation` that answers what is wrong in plain words, or None. The tables at the
end are all there is: refusals in the order in which they are told, flags in the order in which they are listed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from amanah.contracts.areas import contains
from amanah.contracts.errors import Refused
from amanah.contracts.message import Location
from services.distribution.domain.custody import PackageStatus
from services.distribution.domain.entitlements import EntitlementStatus
from services.distribution.domain.geo import distance_m, local_date
from services.distribution.domain.quantities import Amounts, said

HANDED_OUT_FROM = frozenset({"POST", "DELIVERY_POINT"})


class Thresholds(BaseModel):
    """Where the flags of a program begin. Distances in metres, times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    far_from_home_m: int = Field(default=1000, gt=0)
    low_accuracy_m: int = Field(default=100, gt=0)
    clock_skew_s: int = Field(default=300, gt=0)


@dataclass(frozen=True)
class Claim:
    """What the officer's device says. `received_at` is ours."""

    items: Amounts
    location: Location
    occurred_at: datetime
    received_at: datetime


@dataclass(frozen=True)
class Due:
    """The entitlement: whose area, what is due, where home is, and when and by whom it was delivered if it was."""

    status: str
    area: str
    round_id: str
    items: Amounts
    home: Location | None = None
    delivered_at: datetime | None = None
    delivered_by: str = ""


@dataclass(frozen=True)
class Parcel:
    """The package and the place where its history says it is."""

    round_id: str
    area: str
    status: str
    left: Amounts
    place_kind: str | None = None
    place: Location | None = None


@dataclass(frozen=True)
class Assigned:
    """An assignment of the officer in the round."""

    area: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class Situation:
    """All that a handover is judged by. `due` is None when there is no such entitlement, `parcel` no such package."""

    claim: Claim
    due: Due | None
    parcel: Parcel | None
    assignments: tuple[Assigned, ...] = ()
    round_days: tuple[date, date] | None = None
    photo_used_before: bool = False


def covers(assignment: Assigned, due: Due, occurred_at: datetime) -> bool:
    """Whether the assignment reaches the entitlement's area on that day, as days are counted there."""
    day = local_date(occurred_at, due.area)
    return contains(assignment.area, due.area) and assignment.starts_on <= day <= assignment.ends_on


# ---------------------------------------------------------------- refusals


def _not_assigned(s: Situation) -> str | None:
    if s.due is not None and any(covers(a, s.due, s.claim.occurred_at) for a in s.assignments):
        return None
    # The same words whether the entitlement is elsewhere or does not exist: who may not see it learns nothing.
    return "You have no assignment for this entitlement on that day; ask your supervisor to assign you."


def _already_delivered(s: Situation) -> str | None:
    if s.due is None or s.due.status != EntitlementStatus.DELIVERED:
        return None
    when = f"{s.due.delivered_at:%Y-%m-%d %H:%M} UTC" if s.due.delivered_at else "before"
    officer = s.due.delivered_by or "another officer"
    return f"This entitlement was handed over {when} by {officer}; it is not given twice."


def _not_pending(s: Situation) -> str | None:
    if s.due is None or s.due.status == EntitlementStatus.PENDING:
        return None
    return f"This entitlement is {s.due.status.lower()}, not pending; ask your supervisor what to do."


def _not_entitled(s: Situation) -> str | None:
    due = s.due.items if s.due else {}
    for sku, quantity in s.claim.items.items():
        if quantity > due.get(sku, 0):
            return (
                f"{said(quantity)} of {sku} is more than the {said(due.get(sku, 0))} that are due; correct the items."
            )
    if not any(s.claim.items.values()):
        return "Nothing was handed over; record a failed attempt instead."
    return None


def _package_unknown(s: Situation) -> str | None:
    if s.parcel is None or (s.due is not None and s.parcel.round_id != s.due.round_id):
        return "No package of this round has this code; read the label again."
    return None


def _package_not_here(s: Situation) -> str | None:
    if s.parcel is None or s.due is None:
        return None
    if not contains(s.parcel.area, s.due.area):
        return "This package is meant for another area; take one that is meant for this village."
    if s.parcel.status not in (PackageStatus.ARRIVED, PackageStatus.EMPTY):
        return "By its history this package has not arrived; it can be handed out once its arrival is recorded."
    if s.parcel.place_kind not in HANDED_OUT_FROM:
        return "By its history this package is not at a post or delivery point; its arrival there is missing."
    return None


def _package_short(s: Situation) -> str | None:
    left: Amounts = s.parcel.left if s.parcel else {}
    for sku, quantity in s.claim.items.items():
        if quantity > left.get(sku, 0):
            return f"{said(max(0, left.get(sku, 0)))} of {sku} are left in this package, {said(quantity)} are recorded."
    return None


@dataclass(frozen=True)
class Refusal:
    """A rule that refuses, with the field of the input that it is about."""

    code: str
    field: str
    check: Callable[[Situation], str | None]


# What holds for every attempt, also for one that failed.
OF_ATTEMPTS = (
    Refusal("not_assigned", "entitlementId", _not_assigned),
    Refusal("already_delivered", "entitlementId", _already_delivered),
    Refusal("entitlement_not_pending", "entitlementId", _not_pending),
)
OF_HANDOVERS = (
    *OF_ATTEMPTS,
    Refusal("items_not_entitled", "items", _not_entitled),
    Refusal("package_unknown", "packageCode", _package_unknown),
    Refusal("package_not_here", "packageCode", _package_not_here),
    Refusal("package_short", "items", _package_short),
)


def refuse_if_wrong(situation: Situation, rules: Sequence[Refusal] = OF_HANDOVERS) -> None:
    """Raises the first of the rules that applies."""
    for rule in rules:
        if message := rule.check(situation):
            raise Refused(rule.code, message, rule.field)


# ---------------------------------------------------------------- flags


def _far_from_home(s: Situation, limits: Thresholds) -> str | None:
    references = {"home": s.due.home if s.due else None, "the delivery point": s.parcel.place if s.parcel else None}
    distances = {name: distance_m(s.claim.location, at) for name, at in references.items() if at is not None}
    if not distances or min(distances.values()) <= limits.far_from_home_m:
        return None
    told = " and ".join(f"{metres:,} m from {name}" for name, metres in distances.items())
    return f"Recorded {told}; up to {limits.far_from_home_m:,} m is usual."


def _outside_schedule(s: Situation, _: Thresholds) -> str | None:
    if s.due is None or s.round_days is None:
        return None
    first, last = s.round_days
    day = local_date(s.claim.occurred_at, s.due.area)
    return None if first <= day <= last else f"Recorded on {day}; the round runs from {first} to {last}."


def _low_accuracy(s: Situation, limits: Thresholds) -> str | None:
    accuracy = s.claim.location.accuracy_m
    if accuracy is None or accuracy <= limits.low_accuracy_m:
        return None
    return f"The place is known to {accuracy:,} m only; {limits.low_accuracy_m:,} m is expected."


def _mocked_location(s: Situation, _: Thresholds) -> str | None:
    return "The device says that its location was made up by an app." if s.claim.location.mocked else None


def _photo_reused(s: Situation, _: Thresholds) -> str | None:
    return "The same photo is the evidence of an earlier handover." if s.photo_used_before else None


def _short_quantity(s: Situation, _: Thresholds) -> str | None:
    due: Amounts = s.due.items if s.due else {}
    short = [
        f"{said(s.claim.items.get(sku, 0))} of {said(quantity)} {sku}"
        for sku, quantity in due.items()
        if s.claim.items.get(sku, 0) < quantity
    ]
    return f"Less than the entitlement: {', '.join(short)}." if short else None


def _clock_skew(s: Situation, limits: Thresholds) -> str | None:
    ahead = s.claim.occurred_at - s.claim.received_at
    if ahead <= timedelta(seconds=limits.clock_skew_s):
        return None
    return f"The device's clock is {round(ahead.total_seconds())} s ahead of ours."


@dataclass(frozen=True)
class FlagRule:
    """A rule that flags; its code is the rule of the alert it raises."""

    code: str
    severity: str
    explanation: str
    check: Callable[[Situation, Thresholds], str | None]


FLAGS = (
    FlagRule("far_from_home", "HIGH", "Handed over far from both the home and the delivery point.", _far_from_home),
    FlagRule("outside_schedule", "MEDIUM", "Handed over outside the days of the round.", _outside_schedule),
    FlagRule("low_accuracy", "LOW", "The device knew its place only roughly.", _low_accuracy),
    FlagRule("mocked_location", "HIGH", "The device's place was made up by an app.", _mocked_location),
    FlagRule("photo_reused", "HIGH", "The same photo was used before.", _photo_reused),
    FlagRule("short_quantity", "MEDIUM", "Less was handed over than was due.", _short_quantity),
    FlagRule("clock_skew", "LOW", "The device's clock runs ahead.", _clock_skew),
)
SEVERITIES: Mapping[str, str] = {rule.code: rule.severity for rule in FLAGS}


def flags(situation: Situation, limits: Thresholds) -> dict[str, str]:
    """The detail of each flag that applies, by its code; no personal data in them."""
    found = ((rule.code, rule.check(situation, limits)) for rule in FLAGS)
    return {code: detail for code, detail in found if detail is not None}
