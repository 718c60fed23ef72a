"""What a handover is judged by, and when it is refused.

Each rule is a small pure function over `Situation` that answers the message of what is wrong, or None. The tables at the
end are all there is, in the order in which refusals are told. What is accepted and yet worth a look is in `flags`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from amanah.contracts.areas import contains
from amanah.contracts.custody.packages import PackageStatus
from amanah.contracts.errors import Refused, Text, error_text
from amanah.contracts.message import Location
from amanah.contracts.rounds import EntitlementStatus
from amanah.contracts.time_zones import local_date
from services.distribution.rounds.rules.quantities import Amounts, said

HANDED_OUT_FROM = frozenset({"POST", "DELIVERY_POINT"})


@dataclass(frozen=True)
class Claim:
    """What the officer's device says. `received_at` is ours; `sent_at` is the device's clock at that moment, if it told."""

    items: Amounts
    location: Location
    occurred_at: datetime
    received_at: datetime
    sent_at: datetime | None = None


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
    id: str = ""
    in_payment: bool = False


@dataclass(frozen=True)
class Parcel:
    """The package and the place where its history says it is. `only_for` is the one entitlement it is for, if it is."""

    round_id: str
    area: str
    status: str
    left: Amounts
    place_kind: str | None = None
    place: Location | None = None
    only_for: str | None = None


@dataclass(frozen=True)
class Assigned:
    """An assignment of the officer in the round."""

    area: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class Receiver:
    """Who took the aid. A `proxy` has name, relation and number, or is not `complete`.

    `on_kk`: whether the proxy stands on the recipient's family card, as far as the roster knows; None when it cannot tell.
    """

    proxy: bool = False
    complete: bool = True
    on_kk: bool | None = None


@dataclass(frozen=True)
class Photo:
    """What the photo says of itself (hints, None where it says nothing), and what it has in common with earlier ones.

    `similar_bits`: in how many of 64 bits its print differs from the nearest other photo of the round; None if far.
    """

    taken_at: datetime | None = None
    location: Location | None = None
    used_before: bool = False
    similar_bits: int | None = None


@dataclass(frozen=True)
class Passage:
    """When and where the officer recorded another handover."""

    at: datetime
    location: Location


@dataclass(frozen=True)
class Situation:
    """All that a handover is judged by. `due` is None when there is no such entitlement, `parcel` no such package.

    `others` are the officer's own handovers around this one in time, whenever they came in.
    """

    claim: Claim
    due: Due | None
    parcel: Parcel | None
    assignments: tuple[Assigned, ...] = ()
    round_days: tuple[date, date] | None = None
    receiver: Receiver = Receiver()
    photo: Photo = Photo()
    others: tuple[Passage, ...] = ()


def covers(assignment: Assigned, due: Due, occurred_at: datetime) -> bool:
    """Whether the assignment reaches the entitlement's area on that day, as days are counted there."""
    day = local_date(occurred_at, due.area)
    return contains(assignment.area, due.area) and assignment.starts_on <= day <= assignment.ends_on


# ---------------------------------------------------------------- refusals


def _not_assigned(s: Situation) -> Text | None:
    if s.due is not None and any(covers(a, s.due, s.claim.occurred_at) for a in s.assignments):
        return None
    # The same words whether the entitlement is elsewhere or does not exist: who may not see it learns nothing.
    return error_text("not_assigned")


def _already_delivered(s: Situation) -> Text | None:
    if s.due is None or s.due.status != EntitlementStatus.DELIVERED:
        return None
    if s.due.delivered_at is None or not s.due.delivered_by:
        return error_text("already_delivered")
    when = f"{s.due.delivered_at:%Y-%m-%d %H:%M} UTC"
    return error_text("already_delivered.by", when=when, officer=s.due.delivered_by)


def _not_pending(s: Situation) -> Text | None:
    if s.due is None or s.due.status == EntitlementStatus.PENDING:
        return None
    return error_text("entitlement_not_pending", status=s.due.status)


def _in_payment(s: Situation) -> Text | None:
    if s.due is None or not s.due.in_payment:
        return None
    return error_text("in_payment")


def _not_entitled(s: Situation) -> Text | None:
    due = s.due.items if s.due else {}
    for sku, quantity in s.claim.items.items():
        if quantity > due.get(sku, 0):
            return error_text("items_not_entitled.more", recorded=said(quantity), sku=sku, due=said(due.get(sku, 0)))
    if not any(s.claim.items.values()):
        return error_text("items_not_entitled.nothing")
    return None


def _package_unknown(s: Situation) -> Text | None:
    if s.parcel is None or (s.due is not None and s.parcel.round_id != s.due.round_id):
        return error_text("package_unknown.round")
    return None


def _package_not_for_recipient(s: Situation) -> Text | None:
    if s.parcel is None or s.due is None or s.parcel.only_for in (None, s.due.id):
        return None
    return error_text("package_not_for_recipient")


def _package_not_here(s: Situation) -> Text | None:
    if s.parcel is None or s.due is None:
        return None
    if not contains(s.parcel.area, s.due.area):
        return error_text("package_not_here.area")
    if s.parcel.status not in (PackageStatus.ARRIVED, PackageStatus.EMPTY):
        return error_text("package_not_here.arrival")
    if s.parcel.place_kind not in HANDED_OUT_FROM:
        return error_text("package_not_here.place")
    return None


def _package_short(s: Situation) -> Text | None:
    left: Amounts = s.parcel.left if s.parcel else {}
    for sku, quantity in s.claim.items.items():
        if quantity > left.get(sku, 0):
            most = said(max(0, left.get(sku, 0)))
            return error_text("package_short", left=most, sku=sku, recorded=said(quantity))
    return None


def _proxy_incomplete(s: Situation) -> Text | None:
    if s.receiver.proxy and not s.receiver.complete:
        return error_text("proxy_incomplete")
    return None


@dataclass(frozen=True)
class Refusal:
    """A rule that refuses, with the field of the input that it is about."""

    code: str
    field: str
    check: Callable[[Situation], Text | None]


# What holds for every attempt, also for one that failed.
OF_ATTEMPTS = (
    Refusal("not_assigned", "entitlementId", _not_assigned),
    Refusal("already_delivered", "entitlementId", _already_delivered),
    Refusal("entitlement_not_pending", "entitlementId", _not_pending),
    Refusal("in_payment", "entitlementId", _in_payment),
)
OF_HANDOVERS = (
    *OF_ATTEMPTS,
    Refusal("proxy_incomplete", "receivedBy", _proxy_incomplete),
    Refusal("items_not_entitled", "items", _not_entitled),
    Refusal("package_unknown", "packageCode", _package_unknown),
    Refusal("package_not_for_recipient", "packageCode", _package_not_for_recipient),
    Refusal("package_not_here", "packageCode", _package_not_here),
    Refusal("package_short", "items", _package_short),
)


def refuse_if_wrong(situation: Situation, rules: Sequence[Refusal] = OF_HANDOVERS) -> None:
    """Raises the first of the rules that applies."""
    for rule in rules:
        if message := rule.check(situation):
            raise Refused.with_text(rule.code, message, rule.field)
