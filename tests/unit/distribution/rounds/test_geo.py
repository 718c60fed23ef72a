"""Distances, and which day it is where something happened."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.message import Location
from amanah.contracts.time_zones import local_date
from services.distribution.rounds.rules.geo import distance_m

places = st.builds(
    Location, latitude_e6=st.integers(-90_000_000, 90_000_000), longitude_e6=st.integers(-180_000_000, 180_000_000)
)


def test_a_known_distance() -> None:
    monas = Location(latitude_e6=-6_175_392, longitude_e6=106_827_153)
    gedung_sate = Location(latitude_e6=-6_902_481, longitude_e6=107_618_810)
    assert distance_m(monas, gedung_sate) == pytest.approx(119_000, rel=0.01)


@given(places, places)
def test_it_is_symmetric_zero_at_home_and_at_most_half_round_the_earth(one: Location, other: Location) -> None:
    assert distance_m(one, other) == distance_m(other, one) <= 20_016_000
    assert distance_m(one, one) == 0


@pytest.mark.parametrize(
    ("area", "day"), [("32.01.05.2001", 24), ("51.03", 25), ("91.01", 25), ("ID", 24), ("64", 25), ("61", 24)]
)
def test_the_day_is_the_areas_own(area: str, day: int) -> None:
    assert local_date(datetime(2026, 11, 24, 16, 30, tzinfo=UTC), area) == date(2026, 11, day)
