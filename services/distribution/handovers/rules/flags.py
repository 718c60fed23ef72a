"""Flags on accepted handovers that a person should look at.

Each rule is a pure function over the facts and the program's thresholds that returns what is unusual, without personal data,
or None. The table at the end has all rules, in the order in which flags are listed. A rule without a threshold is about a
fact, not a measure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter

from amanah.contracts.rounds import Thresholds
from amanah.contracts.time_zones import local_date
from services.distribution.alerts.rules import AlertRule, by_code
from services.distribution.handovers.rules.refusals import HandoverFacts, OtherHandover
from services.distribution.rounds.rules.geo import distance_m
from services.distribution.rounds.rules.quantities import Amounts, quantity_text

# The window of `too_fast`: how long before and after a handover the officer's others matter to it.
WINDOW = timedelta(minutes=1)


def _far_from_home(facts: HandoverFacts, limits: Thresholds) -> str | None:
    references = {
        "home": facts.entitlement.home if facts.entitlement else None,
        "the delivery point": facts.package.place if facts.package else None,
    }
    distances = {name: distance_m(facts.submitted.location, at) for name, at in references.items() if at is not None}
    if not distances or min(distances.values()) <= limits.far_from_home_m:
        return None
    measured = " and ".join(f"{metres:,} m from {name}" for name, metres in distances.items())
    return f"Recorded {measured}; up to {limits.far_from_home_m:,} m is usual."


def _outside_schedule(facts: HandoverFacts, limits: Thresholds) -> str | None:
    if facts.entitlement is None or facts.round_days is None:
        return None
    first, last = facts.round_days
    day = local_date(facts.submitted.occurred_at, facts.entitlement.area)
    grace = timedelta(days=limits.outside_schedule_days)
    if first - grace <= day <= last + grace:
        return None
    return f"Recorded on {day}; the round runs from {first} to {last}."


def _exif_contradicts(facts: HandoverFacts, limits: Thresholds) -> str | None:
    contradictions = []
    if facts.photo.taken_at is not None:
        apart = abs(facts.photo.taken_at - facts.submitted.occurred_at)
        if apart > timedelta(minutes=limits.exif_time_min):
            contradictions.append(f"that it was taken {_span(apart)} from the time recorded")
    if facts.photo.location is not None:
        metres = distance_m(facts.photo.location, facts.submitted.location) - (facts.submitted.location.accuracy_m or 0)
        if metres > limits.exif_place_m:
            contradictions.append(f"that it was taken {metres:,} m from the place recorded")
    return f"The photo says {' and '.join(contradictions)}." if contradictions else None


def _low_accuracy(facts: HandoverFacts, limits: Thresholds) -> str | None:
    accuracy = facts.submitted.location.accuracy_m
    if accuracy is None or accuracy <= limits.low_accuracy_m:
        return None
    return f"The place is known to {accuracy:,} m only; {limits.low_accuracy_m:,} m is expected."


def _mocked_location(facts: HandoverFacts, _: Thresholds) -> str | None:
    return "The device reports that an app simulated its location." if facts.submitted.location.mocked else None


def _photo_reused(facts: HandoverFacts, _: Thresholds) -> str | None:
    return "The same photo is the evidence of an earlier handover." if facts.photo.used_before else None


def _photo_similar(facts: HandoverFacts, limits: Thresholds) -> str | None:
    bits = facts.photo.similar_bits
    # The same photo is flagged once, as reused.
    if bits is None or bits > limits.photo_similar_bits or facts.photo.used_before:
        return None
    return f"The photo is nearly that of another handover of the round: {bits} of 64 bits of their perceptual hashes differ."


def _impossible_travel(facts: HandoverFacts, limits: Thresholds) -> str | None:
    here = facts.submitted.location
    for other in _neighbours(facts):
        # Both places may be off by their accuracy; one without accuracy counts as accurate as expected.
        blur = sum(_or(place.accuracy_m, limits.low_accuracy_m) for place in (here, other.location))
        metres = distance_m(here, other.location) - blur
        seconds = max(1.0, abs((facts.submitted.occurred_at - other.at).total_seconds()))
        kmh = metres / seconds * 3.6
        if kmh > limits.impossible_travel_kmh:
            return (
                f"The officer's other handover is {metres:,} m away and {_span(facts.submitted.occurred_at - other.at)} apart: "
                f"{round(kmh):,} km/h; up to {limits.impossible_travel_kmh} km/h is plausible."
            )
    return None


def _neighbours(facts: HandoverFacts) -> list[OtherHandover]:
    """Returns the officer's handovers just before and just after this one; late records come in any order."""
    before = [o for o in facts.others if o.at <= facts.submitted.occurred_at]
    after = [o for o in facts.others if o.at > facts.submitted.occurred_at]
    return [*sorted(before, key=attrgetter("at"))[-1:], *sorted(after, key=attrgetter("at"))[:1]]


def _too_fast(facts: HandoverFacts, limits: Thresholds) -> str | None:
    times = sorted(o.at for o in facts.others if abs(o.at - facts.submitted.occurred_at) < WINDOW)
    busiest = max(
        sum(start <= at < start + WINDOW for at in [*times, facts.submitted.occurred_at])
        for start in [t for t in times if t <= facts.submitted.occurred_at] + [facts.submitted.occurred_at]
    )
    if busiest <= limits.too_fast_per_minute:
        return None
    return f"The officer recorded {busiest} handovers within a minute; up to {limits.too_fast_per_minute} is plausible."


def _short_quantity(facts: HandoverFacts, limits: Thresholds) -> str | None:
    due: Amounts = facts.entitlement.items if facts.entitlement else {}
    least = 100 - limits.short_quantity_percent
    short = [
        f"{quantity_text(facts.submitted.items.get(sku, 0))} of {quantity_text(quantity)} {sku}"
        for sku, quantity in due.items()
        if facts.submitted.items.get(sku, 0) * 100 < quantity * least
    ]
    return f"Less than the entitlement: {', '.join(short)}." if short else None


def _proxy_not_on_kk(facts: HandoverFacts, _: Thresholds) -> str | None:
    if not facts.receiver.proxy or facts.receiver.on_kk is not False:
        return None
    return "The proxy is not known to be on the recipient's family card."


def _clock_skew(facts: HandoverFacts, limits: Thresholds) -> str | None:
    most = timedelta(seconds=limits.clock_skew_s)
    if facts.submitted.sent_at is not None:
        skew = facts.submitted.sent_at - facts.submitted.received_at
        if abs(skew) > most:
            return f"The device's clock is {_span(skew)} {'ahead of' if skew > timedelta() else 'behind'} ours."
    # Without the device's time, only a handover in the future shows that its clock is wrong: late is not wrong.
    ahead = facts.submitted.occurred_at - (facts.submitted.sent_at or facts.submitted.received_at)
    if ahead > most:
        return f"The handover is {_span(ahead)} ahead of the time at which it was sent."
    return None


def _span(time: timedelta) -> str:
    """Returns a span of time without its sign, in the largest unit of which there are two."""
    seconds = round(abs(time.total_seconds()))
    for unit, length in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


@dataclass(frozen=True)
class FlagRule:
    """Rule that flags; its code is the rule of the alert it raises. `measures` are the thresholds that it uses."""

    code: str
    severity: str
    check: Callable[[HandoverFacts, Thresholds], str | None]
    measures: tuple[str, ...] = ()


FLAGS = (
    FlagRule("far_from_home", "HIGH", _far_from_home, ("far_from_home_m",)),
    FlagRule("outside_schedule", "MEDIUM", _outside_schedule, ("outside_schedule_days",)),
    FlagRule("exif_contradicts", "MEDIUM", _exif_contradicts, ("exif_time_min", "exif_place_m")),
    FlagRule("low_accuracy", "LOW", _low_accuracy, ("low_accuracy_m",)),
    FlagRule("mocked_location", "HIGH", _mocked_location),
    FlagRule("photo_reused", "HIGH", _photo_reused),
    FlagRule("photo_similar", "MEDIUM", _photo_similar, ("photo_similar_bits",)),
    FlagRule("impossible_travel", "HIGH", _impossible_travel, ("impossible_travel_kmh", "low_accuracy_m")),
    FlagRule("too_fast", "MEDIUM", _too_fast, ("too_fast_per_minute",)),
    FlagRule("short_quantity", "MEDIUM", _short_quantity, ("short_quantity_percent",)),
    FlagRule("proxy_not_on_kk", "MEDIUM", _proxy_not_on_kk),
    FlagRule("clock_skew", "LOW", _clock_skew, ("clock_skew_s",)),
)
ALERT_RULES = by_code(*(AlertRule(flag.code, flag.severity, flag.measures) for flag in FLAGS))
RULES: Mapping[str, FlagRule] = {rule.code: rule for rule in FLAGS}


def flags(facts: HandoverFacts, limits: Thresholds) -> dict[str, str]:
    """Returns the detail of each flag that applies, by its code; without personal data."""
    found = ((rule.code, rule.check(facts, limits)) for rule in FLAGS)
    return {code: detail for code, detail in found if detail is not None}
