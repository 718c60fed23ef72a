"""What about an accepted handover a person should look at.

Each rule is a small pure function over the situation and the program's thresholds that answers what is odd, in plain
words and without personal data, or None. The table at the end is all there is, in the order in which flags are listed. A rule
without a threshold is about a fact, not a measure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from amanah.contracts.rounds import Thresholds
from services.distribution.alerts.rules import AlertRule, by_code
from services.distribution.handovers.rules.refusals import Passage, Situation
from services.distribution.rounds.rules.geo import distance_m, local_date
from services.distribution.rounds.rules.quantities import Amounts, said

# The window of `too_fast`: how long before and after a handover the officer's others matter to it.
WINDOW = timedelta(minutes=1)


def _far_from_home(s: Situation, limits: Thresholds) -> str | None:
    references = {"home": s.due.home if s.due else None, "the delivery point": s.parcel.place if s.parcel else None}
    distances = {name: distance_m(s.claim.location, at) for name, at in references.items() if at is not None}
    if not distances or min(distances.values()) <= limits.far_from_home_m:
        return None
    told = " and ".join(f"{metres:,} m from {name}" for name, metres in distances.items())
    return f"Recorded {told}; up to {limits.far_from_home_m:,} m is usual."


def _outside_schedule(s: Situation, limits: Thresholds) -> str | None:
    if s.due is None or s.round_days is None:
        return None
    first, last = s.round_days
    day = local_date(s.claim.occurred_at, s.due.area)
    grace = timedelta(days=limits.outside_schedule_days)
    if first - grace <= day <= last + grace:
        return None
    return f"Recorded on {day}; the round runs from {first} to {last}."


def _exif_contradicts(s: Situation, limits: Thresholds) -> str | None:
    contradictions = []
    if s.photo.taken_at is not None:
        apart = abs(s.photo.taken_at - s.claim.occurred_at)
        if apart > timedelta(minutes=limits.exif_time_min):
            contradictions.append(f"that it was taken {_span(apart)} from the time recorded")
    if s.photo.location is not None:
        metres = distance_m(s.photo.location, s.claim.location) - (s.claim.location.accuracy_m or 0)
        if metres > limits.exif_place_m:
            contradictions.append(f"that it was taken {metres:,} m from the place recorded")
    return f"The photo says {' and '.join(contradictions)}." if contradictions else None


def _low_accuracy(s: Situation, limits: Thresholds) -> str | None:
    accuracy = s.claim.location.accuracy_m
    if accuracy is None or accuracy <= limits.low_accuracy_m:
        return None
    return f"The place is known to {accuracy:,} m only; {limits.low_accuracy_m:,} m is expected."


def _mocked_location(s: Situation, _: Thresholds) -> str | None:
    return "The device says that its location was made up by an app." if s.claim.location.mocked else None


def _photo_reused(s: Situation, _: Thresholds) -> str | None:
    return "The same photo is the evidence of an earlier handover." if s.photo.used_before else None


def _photo_similar(s: Situation, limits: Thresholds) -> str | None:
    bits = s.photo.similar_bits
    # The very same photo is told once, as reused.
    if bits is None or bits > limits.photo_similar_bits or s.photo.used_before:
        return None
    return f"The photo is nearly that of another handover of the round: {bits} of 64 bits of their prints differ."


def _impossible_travel(s: Situation, limits: Thresholds) -> str | None:
    here = s.claim.location
    for other in _neighbours(s):
        # Both may be off by as much as they say; who does not say is believed to be as good as is expected.
        blur = sum(_or(place.accuracy_m, limits.low_accuracy_m) for place in (here, other.location))
        metres = distance_m(here, other.location) - blur
        seconds = max(1.0, abs((s.claim.occurred_at - other.at).total_seconds()))
        kmh = metres / seconds * 3.6
        if kmh > limits.impossible_travel_kmh:
            return (
                f"The officer's other handover is {metres:,} m away and {_span(s.claim.occurred_at - other.at)} apart: "
                f"{round(kmh):,} km/h, where {limits.impossible_travel_kmh} km/h can be done."
            )
    return None


def _neighbours(s: Situation) -> list[Passage]:
    """The officer's handovers just before and just after this one in time: late records come in any order."""
    before = [o for o in s.others if o.at <= s.claim.occurred_at]
    after = [o for o in s.others if o.at > s.claim.occurred_at]
    return [*sorted(before, key=_at)[-1:], *sorted(after, key=_at)[:1]]


def _at(passage: Passage) -> datetime:
    return passage.at


def _too_fast(s: Situation, limits: Thresholds) -> str | None:
    times = sorted(o.at for o in s.others if abs(o.at - s.claim.occurred_at) < WINDOW)
    busiest = max(
        sum(start <= at < start + WINDOW for at in [*times, s.claim.occurred_at])
        for start in [t for t in times if t <= s.claim.occurred_at] + [s.claim.occurred_at]
    )
    if busiest <= limits.too_fast_per_minute:
        return None
    return f"The officer recorded {busiest} handovers within a minute; {limits.too_fast_per_minute} can be done."


def _short_quantity(s: Situation, limits: Thresholds) -> str | None:
    due: Amounts = s.due.items if s.due else {}
    least = 100 - limits.short_quantity_percent
    short = [
        f"{said(s.claim.items.get(sku, 0))} of {said(quantity)} {sku}"
        for sku, quantity in due.items()
        if s.claim.items.get(sku, 0) * 100 < quantity * least
    ]
    return f"Less than the entitlement: {', '.join(short)}." if short else None


def _proxy_not_on_kk(s: Situation, _: Thresholds) -> str | None:
    if not s.receiver.proxy or s.receiver.on_kk is not False:
        return None
    return "Who collected is not known to be on the recipient's family card."


def _clock_skew(s: Situation, limits: Thresholds) -> str | None:
    most = timedelta(seconds=limits.clock_skew_s)
    if s.claim.sent_at is not None:
        skew = s.claim.sent_at - s.claim.received_at
        if abs(skew) > most:
            return f"The device's clock is {_span(skew)} {'ahead of' if skew > timedelta() else 'behind'} ours."
    # Without the device's word, only a handover in the future shows that its clock is wrong: late is not wrong.
    ahead = s.claim.occurred_at - (s.claim.sent_at or s.claim.received_at)
    if ahead > most:
        return f"The handover is {_span(ahead)} ahead of the time at which it was sent."
    return None


def _span(time: timedelta) -> str:
    """A span of time, without its sign, in the largest unit that says enough."""
    seconds = round(abs(time.total_seconds()))
    for unit, length in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


@dataclass(frozen=True)
class FlagRule:
    """A rule that flags; its code is the rule of the alert it raises. `measures` are the thresholds that move its line."""

    code: str
    severity: str
    check: Callable[[Situation, Thresholds], str | None]
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


def flags(situation: Situation, limits: Thresholds) -> dict[str, str]:
    """The detail of each flag that applies, by its code; no personal data in them."""
    found = ((rule.code, rule.check(situation, limits)) for rule in FLAGS)
    return {code: detail for code, detail in found if detail is not None}
