"""Every flag, on both sides of its line; and the line is the program's."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.message import Location
from amanah.contracts.rounds import ThresholdChanges, Thresholds
from services.distribution.handovers.rules.flags import FLAGS, flags
from services.distribution.handovers.rules.refusals import (
    EntitlementFacts,
    HandoverFacts,
    OtherHandover,
    PackageFacts,
    PhotoFacts,
    ReceiverFacts,
)
from tests.unit.distribution.handovers.facts import AT, DAY, GOOD, POST, VILLAGE, but

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def moved(metres: int, accuracy: int | None = 12) -> Location:
    """North of home, away from the post; a microdegree of latitude is 0.111 m."""
    return Location(latitude_e6=-6_600_000 + round(metres / 0.111195), longitude_e6=106_800_000, accuracy_m=accuracy)


def claimed(**changes: Any) -> Location:
    """The good place with something else said of it."""
    return GOOD.submitted.location.model_copy(update=changes)


def others(*offsets: timedelta, at: Location = GOOD.submitted.location) -> tuple[OtherHandover, ...]:
    """The officer's other handovers, so long before (or after) this one."""
    return tuple(OtherHandover(AT + offset, at) for offset in offsets)


NOWHERE = replace(
    GOOD,
    entitlement=EntitlementFacts("PENDING", VILLAGE, "rnd_1", {"BERAS": 10_000}),
    package=PackageFacts("rnd_1", "32.01.05", "ARRIVED", {"BERAS": 50_000}, "POST"),
)
PROXY = ReceiverFacts(proxy=True, on_kk=True)

# For each flag: what is just beyond the line, and what is just within.
BEYOND_AND_WITHIN: dict[str, tuple[list[HandoverFacts], list[HandoverFacts]]] = {
    "far_from_home": (
        [but("submitted", location=moved(1100))],
        [but("submitted", location=moved(990)), but("submitted", location=POST), NOWHERE],
    ),
    "outside_schedule": (
        [
            but(round_days=(DAY + timedelta(1), DAY + timedelta(9))),
            but(round_days=(DAY - timedelta(9), DAY - timedelta(1))),
        ],
        [but(round_days=None), but(round_days=(DAY, DAY + timedelta(9))), but(round_days=(DAY - timedelta(9), DAY))],
    ),
    "exif_contradicts": (
        [
            but(photo=PhotoFacts(taken_at=AT - 121 * MINUTE)),
            but(photo=PhotoFacts(taken_at=AT + 121 * MINUTE)),
            but(photo=PhotoFacts(location=moved(2100))),
        ],
        [
            but(photo=PhotoFacts()),
            but(photo=PhotoFacts(taken_at=AT - 120 * MINUTE)),
            but(photo=PhotoFacts(taken_at=AT + 120 * MINUTE, location=moved(1900))),
        ],
    ),
    "low_accuracy": (
        [but("submitted", location=claimed(accuracy_m=101))],
        [but("submitted", location=claimed(accuracy_m=100)), but("submitted", location=claimed(accuracy_m=None))],
    ),
    "mocked_location": (
        [but("submitted", location=claimed(mocked=True))],
        [but("submitted", location=claimed(mocked=False)), but("submitted", location=claimed(mocked=None))],
    ),
    "photo_reused": ([but(photo=PhotoFacts(used_before=True, similar_bits=0))], [but(photo=PhotoFacts())]),
    "photo_similar": (
        [but(photo=PhotoFacts(similar_bits=6)), but(photo=PhotoFacts(similar_bits=0))],
        [but(photo=PhotoFacts(similar_bits=7))],
    ),
    "impossible_travel": (
        # 120 km/h are 2 km in a minute; both places are known to 12 m.
        [
            but(others=others(-MINUTE, at=moved(2100))),
            but(others=others(MINUTE, at=moved(2100))),
            but(others=others(timedelta(), at=moved(500))),
            but(others=others(-10 * MINUTE, MINUTE, at=moved(2100))),
        ],
        [
            but(others=others(-MINUTE, at=moved(1990))),
            but(others=others(MINUTE, at=moved(1990))),
            but(others=others(-2 * MINUTE, at=moved(2100))),
            but(others=others(timedelta(), at=moved(20))),
            # Who does not say how well the place is known may be off by as much as is expected.
            but(others=others(-MINUTE, at=moved(2100, accuracy=None))),
            # Back again in between.
            but(others=(*others(-MINUTE, at=moved(2100)), *others(-SECOND))),
        ],
    ),
    "too_fast": (
        [
            but(others=others(*[-10 * n * SECOND for n in range(1, 5)])),
            but(others=others(*[10 * n * SECOND for n in range(1, 5)])),
            but(others=others(-29 * SECOND, -5 * SECOND, 9 * SECOND, 30 * SECOND)),
        ],
        [
            but(others=others(*[-10 * n * SECOND for n in range(1, 4)])),
            but(others=others(-50 * SECOND, -40 * SECOND, 40 * SECOND, 50 * SECOND)),
            but(others=others(*[-MINUTE - n * SECOND for n in range(9)])),
        ],
    ),
    "short_quantity": (
        [but("submitted", items={"BERAS": 9_999}), but("submitted", items={})],
        [but("submitted", items={"BERAS": 10_000})],
    ),
    "proxy_not_on_kk": (
        [but(receiver=ReceiverFacts(proxy=True, on_kk=False))],
        [
            but(receiver=PROXY),
            but(receiver=ReceiverFacts(proxy=True, on_kk=None)),
            but(receiver=ReceiverFacts(on_kk=False)),
        ],
    ),
    "clock_skew": (
        [
            but("submitted", received_at=AT - 301 * SECOND),
            but("submitted", sent_at=AT + 301 * SECOND),
            but("submitted", sent_at=AT - 301 * SECOND, occurred_at=AT - 400 * SECOND),
            but("submitted", sent_at=AT - 300 * SECOND, occurred_at=AT + 60 * SECOND),
        ],
        [
            but("submitted", received_at=AT - 300 * SECOND),
            # Late is not wrong.
            but("submitted", received_at=AT + timedelta(days=3)),
            but("submitted", received_at=AT + timedelta(days=3), sent_at=AT + timedelta(days=3) - 300 * SECOND),
        ],
    ),
}


def test_the_good_handover_has_no_flag() -> None:
    assert flags(GOOD, Thresholds()) == {}


def test_every_flag_is_tested_here_and_stands_once() -> None:
    codes = [rule.code for rule in FLAGS]
    assert sorted(codes) == sorted(BEYOND_AND_WITHIN)


@pytest.mark.parametrize(
    ("code", "facts"), [(code, one) for code, (beyond, _) in BEYOND_AND_WITHIN.items() for one in beyond]
)
def test_beyond_the_line(code: str, facts: HandoverFacts) -> None:
    found = flags(facts, Thresholds())
    assert list(found) == [code]
    assert found[code].endswith(".")


@pytest.mark.parametrize(
    ("code", "facts"), [(code, one) for code, (_, within) in BEYOND_AND_WITHIN.items() for one in within]
)
def test_within_the_line(code: str, facts: HandoverFacts) -> None:
    assert flags(facts, Thresholds()) == {}, code


# What is good by default and odd by this threshold, and what is odd by default and good by that one.
MOVED_LINES: dict[str, tuple[HandoverFacts, int, HandoverFacts, int]] = {
    "far_from_home_m": (but("submitted", location=moved(500)), 400, but("submitted", location=moved(1100)), 1200),
    "outside_schedule_days": (GOOD, -1, but(round_days=(DAY + timedelta(1), DAY + timedelta(2))), 1),
    "exif_time_min": (but(photo=PhotoFacts(taken_at=AT - 61 * MINUTE)), 60, but(photo=PhotoFacts(taken_at=AT - 121 * MINUTE)), 121),
    "exif_place_m": (but(photo=PhotoFacts(location=moved(500))), 400, but(photo=PhotoFacts(location=moved(2100))), 2200),
    "low_accuracy_m": (GOOD, 11, but("submitted", location=claimed(accuracy_m=101)), 101),
    "photo_similar_bits": (but(photo=PhotoFacts(similar_bits=7)), 7, but(photo=PhotoFacts(similar_bits=6)), 5),
    "impossible_travel_kmh": (
        but(others=others(-MINUTE, at=moved(1000))), 50, but(others=others(-MINUTE, at=moved(2100))), 130,
    ),
    "too_fast_per_minute": (but(others=others(-SECOND)), 1, but(others=others(*[-n * SECOND for n in range(1, 5)])), 5),
    "short_quantity_percent": (GOOD, -1, but("submitted", items={"BERAS": 9_000}), 10),
    "clock_skew_s": (but("submitted", sent_at=AT + 9 * SECOND), 8, but("submitted", sent_at=AT + 301 * SECOND), 301),
}  # fmt: skip


def test_every_threshold_moves_a_line() -> None:
    assert set(Thresholds.model_fields) == set(ThresholdChanges.model_fields) == set(MOVED_LINES)
    assert set(MOVED_LINES) == {measure for rule in FLAGS for measure in rule.measures}


@pytest.mark.parametrize("measure", MOVED_LINES)
def test_a_threshold_moves_its_line(measure: str) -> None:
    good, strict, odd, lenient = MOVED_LINES[measure]
    (rule,) = (r for r in FLAGS if measure in r.measures and r.code in flags(odd, Thresholds()))
    assert rule.code not in flags(good, Thresholds())
    assert rule.code in flags(good, Thresholds().model_copy(update={measure: strict}))
    assert rule.code not in flags(odd, Thresholds().model_copy(update={measure: lenient}))


@given(
    st.lists(st.timedeltas(-timedelta(minutes=3), timedelta(minutes=3)), max_size=12), st.integers(1, 6), st.randoms()
)
def test_the_order_of_arrival_does_not_matter(offsets: list[timedelta], most: int, random: Random) -> None:
    passages = list(others(*offsets))
    shuffled = random.sample(passages, len(passages))
    limits = Thresholds(too_fast_per_minute=most)
    assert flags(but(others=tuple(passages)), limits) == flags(but(others=tuple(shuffled)), limits)


@given(st.lists(st.integers(-59, 59), max_size=12))
def test_too_fast_counts_the_busiest_minute_around(seconds: list[int]) -> None:
    times = [*seconds, 0]
    busiest = max(sum(start <= t < start + 60 for t in times) for start in times if start <= 0)
    found = flags(but(others=others(*[s * SECOND for s in seconds])), Thresholds(impossible_travel_kmh=2000))
    assert ("too_fast" in found) == (busiest > 4)
