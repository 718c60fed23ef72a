"""The areas that a batch of events has changed, as subscriptions hear of them."""

from datetime import date

from services.reporting.figures.rules.counters import Cell, changed_areas


def test_the_smallest_areas_stand_for_those_around_them() -> None:
    lineage = ("ID", "32", "32.01", "32.01.15", "32.01.15.2001")
    cells = [Cell("rnd_1", area, day) for area in lineage for day in (None, date(2026, 11, 24))]
    cells += [Cell("rnd_2", area, None) for area in ("ID", "32", "32.02")]
    assert changed_areas(cells) == {"rnd_1": ("32.01.15.2001",), "rnd_2": ("32.02",)}


def test_too_many_areas_are_named_by_those_that_hold_them() -> None:
    villages = [f"32.01.{district:02}.2{village:03}" for district in range(1, 31) for village in range(50)]
    (areas,) = changed_areas(Cell("rnd_1", village, None) for village in villages).values()
    assert areas == tuple(f"32.01.{district:02}" for district in range(1, 31))


def test_nothing_counted_is_nothing_changed() -> None:
    assert changed_areas([]) == {}
