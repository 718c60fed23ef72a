"""Refusals of handovers, and the facts that they are judged by.

Each rule is a pure function over `HandoverFacts` that returns the message of what is wrong, or None. The tables at the end
have all rules, in the order in which they are checked. Accepted handovers that need a look are in `flags`.
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
from services.distribution.custody.rules.places import HANDOVER_PLACES
from services.distribution.rounds.rules.quantities import Amounts, quantity_text


@dataclass(frozen=True)
class SubmittedHandover:
    """Handover as the device submitted it. `received_at` is our time, `sent_at` the device's time at sending, if it is known."""

    items: Amounts
    location: Location
    occurred_at: datetime
    received_at: datetime
    sent_at: datetime | None = None


@dataclass(frozen=True)
class EntitlementFacts:
    """Entitlement: status, area, items due, place of the home, and delivery if there was one."""

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
class PackageFacts:
    """Package and the place where its history has it. `only_for` is the entitlement of a personal package."""

    round_id: str
    area: str
    status: str
    left: Amounts
    place_kind: str | None = None
    place: Location | None = None
    only_for: str | None = None


@dataclass(frozen=True)
class OfficerAssignment:
    """Assignment of the officer in the round."""

    area: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class ReceiverFacts:
    """Person who received the aid. A `proxy` without name, relation or number is not `complete`.

    `on_kk`: true if the proxy is on the recipient's family card by the roster; None if the roster does not say.
    """

    proxy: bool = False
    complete: bool = True
    on_kk: bool | None = None


@dataclass(frozen=True)
class PhotoFacts:
    """Metadata of the photo (hints; None if it has none) and its likeness to earlier photos.

    `similar_bits`: Hamming distance of 64 bits to the most similar other photo of the round; None if there is none near.
    """

    taken_at: datetime | None = None
    location: Location | None = None
    used_before: bool = False
    similar_bits: int | None = None


@dataclass(frozen=True)
class OtherHandover:
    """Time and place of another handover by the officer."""

    at: datetime
    location: Location


@dataclass(frozen=True)
class HandoverFacts:
    """Facts that a handover is judged by. `entitlement` and `package` are None if they do not exist.

    `others` are the officer's own handovers before and after this one, whenever they were submitted.
    """

    submitted: SubmittedHandover
    entitlement: EntitlementFacts | None
    package: PackageFacts | None
    assignments: tuple[OfficerAssignment, ...] = ()
    round_days: tuple[date, date] | None = None
    receiver: ReceiverFacts = ReceiverFacts()
    photo: PhotoFacts = PhotoFacts()
    others: tuple[OtherHandover, ...] = ()


def covers(assignment: OfficerAssignment, entitlement: EntitlementFacts, occurred_at: datetime) -> bool:
    """Returns true if the assignment includes the entitlement's area on that day, by the local calendar."""
    day = local_date(occurred_at, entitlement.area)
    return contains(assignment.area, entitlement.area) and assignment.starts_on <= day <= assignment.ends_on


# ---------------------------------------------------------------- refusals


def _not_assigned(facts: HandoverFacts) -> Text | None:
    if facts.entitlement is not None and any(
        covers(a, facts.entitlement, facts.submitted.occurred_at) for a in facts.assignments
    ):
        return None
    # The same message if the entitlement is elsewhere and if it does not exist: the officer may not learn which.
    return error_text("not_assigned")


def _already_delivered(facts: HandoverFacts) -> Text | None:
    if facts.entitlement is None or facts.entitlement.status != EntitlementStatus.DELIVERED:
        return None
    if facts.entitlement.delivered_at is None or not facts.entitlement.delivered_by:
        return error_text("already_delivered")
    when = f"{facts.entitlement.delivered_at:%Y-%m-%d %H:%M} UTC"
    return error_text("already_delivered.by", when=when, officer=facts.entitlement.delivered_by)


def _not_pending(facts: HandoverFacts) -> Text | None:
    if facts.entitlement is None or facts.entitlement.status == EntitlementStatus.PENDING:
        return None
    return error_text("entitlement_not_pending", status=facts.entitlement.status)


def _in_payment(facts: HandoverFacts) -> Text | None:
    if facts.entitlement is None or not facts.entitlement.in_payment:
        return None
    return error_text("in_payment")


def _not_entitled(facts: HandoverFacts) -> Text | None:
    due = facts.entitlement.items if facts.entitlement else {}
    for sku, quantity in facts.submitted.items.items():
        if quantity > due.get(sku, 0):
            return error_text(
                "items_not_entitled.more", recorded=quantity_text(quantity), sku=sku, due=quantity_text(due.get(sku, 0))
            )
    if not any(facts.submitted.items.values()):
        return error_text("items_not_entitled.nothing")
    return None


def _package_unknown(facts: HandoverFacts) -> Text | None:
    if facts.package is None or (
        facts.entitlement is not None and facts.package.round_id != facts.entitlement.round_id
    ):
        return error_text("package_unknown.round")
    return None


def _package_not_for_recipient(facts: HandoverFacts) -> Text | None:
    if facts.package is None or facts.entitlement is None or facts.package.only_for in (None, facts.entitlement.id):
        return None
    return error_text("package_not_for_recipient")


def _package_not_here(facts: HandoverFacts) -> Text | None:
    if facts.package is None or facts.entitlement is None:
        return None
    if not contains(facts.package.area, facts.entitlement.area):
        return error_text("package_not_here.area")
    if facts.package.status not in (PackageStatus.ARRIVED, PackageStatus.EMPTY):
        return error_text("package_not_here.arrival")
    if facts.package.place_kind not in HANDOVER_PLACES:
        return error_text("package_not_here.place")
    return None


def _package_short(facts: HandoverFacts) -> Text | None:
    left: Amounts = facts.package.left if facts.package else {}
    for sku, quantity in facts.submitted.items.items():
        if quantity > left.get(sku, 0):
            most = quantity_text(max(0, left.get(sku, 0)))
            return error_text("package_short", left=most, sku=sku, recorded=quantity_text(quantity))
    return None


def _proxy_incomplete(facts: HandoverFacts) -> Text | None:
    if facts.receiver.proxy and not facts.receiver.complete:
        return error_text("proxy_incomplete")
    return None


@dataclass(frozen=True)
class Refusal:
    """Rule that refuses, with the input field that it is about."""

    code: str
    field: str
    check: Callable[[HandoverFacts], Text | None]


# Rules for every attempt, also for one that failed.
ATTEMPT_REFUSALS = (
    Refusal("not_assigned", "entitlementId", _not_assigned),
    Refusal("already_delivered", "entitlementId", _already_delivered),
    Refusal("entitlement_not_pending", "entitlementId", _not_pending),
    Refusal("in_payment", "entitlementId", _in_payment),
)
HANDOVER_REFUSALS = (
    *ATTEMPT_REFUSALS,
    Refusal("proxy_incomplete", "receivedBy", _proxy_incomplete),
    Refusal("items_not_entitled", "items", _not_entitled),
    Refusal("package_unknown", "packageCode", _package_unknown),
    Refusal("package_not_for_recipient", "packageCode", _package_not_for_recipient),
    Refusal("package_not_here", "packageCode", _package_not_here),
    Refusal("package_short", "items", _package_short),
)


def refuse_if_wrong(facts: HandoverFacts, rules: Sequence[Refusal] = HANDOVER_REFUSALS) -> None:
    """Raises the first refusal that applies."""
    for rule in rules:
        if message := rule.check(facts):
            raise Refused.with_text(rule.code, message, rule.field)
