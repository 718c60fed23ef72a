"""The map's grid: every handover is in one cell of each level, whoever looks from however far."""

from collections import Counter
from datetime import UTC, datetime
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.areas import Scope, contains, lineage
from amanah.contracts.handovers.events import HandoverAccepted, HandoverFailed, HandoverReversed, Spot
from amanah.contracts.message import Event
from services.reporting.map.rules import (
    GRAINS,
    MOST_COLUMNS,
    MOST_ROWS,
    CellCounts,
    MapBounds,
    cell_counts,
    column_of,
    kept_level,
    row_of,
    shown_cell,
    window,
    within,
)

VILLAGES = ("32.75.03.1001", "32.75.03.1002", "32.75.04.1001", "73.71.01.1001")
AT = datetime(2026, 11, 20, 3, tzinfo=UTC)
spots = st.builds(
    lambda lat, lon: Spot(latitude_e6=lat * 100, longitude_e6=lon * 100),
    st.integers(-110_000, 60_000), st.integers(950_000, 1_410_000),
)  # fmt: skip


def about(area: str, spot: Spot | None, **more: Any) -> dict[str, Any]:
    fields = {"round_id": "rnd_1", "entitlement_id": "ent_1", "area": area, "officer_id": "usr_1", "occurred_at": AT}
    return fields | {"location": spot} | more


def accepted(area: str, spot: Spot | None, flags: tuple[str, ...] = ()) -> HandoverAccepted:
    return HandoverAccepted(
        **about(area, spot), handover_id="hov_1", package_code="P", received_at=AT, items=(), flags=flags, photo_sha256="ab" * 32
    )  # fmt: skip


def taken_back(event: HandoverAccepted) -> HandoverReversed:
    return HandoverReversed.model_validate(event.model_dump() | {"correction_id": "cor_1", "reversed_at": AT})


deeds = st.lists(
    st.tuples(st.sampled_from(VILLAGES), spots, st.sampled_from(["accept", "flag", "fail", "reverse"])), max_size=12
)


def told(done: list[tuple[str, Spot, str]]) -> list[Event]:
    events: list[Event] = []
    for area, spot, what in done:
        if what == "fail":
            events.append(HandoverFailed(**about(area, spot), reason="MOVED"))
            continue
        handover = accepted(area, spot, ("too_fast",) if what == "flag" else ())
        events += [handover, taken_back(handover)] if what == "reverse" else [handover]
    return events


@given(deeds, st.integers(0, 24), st.sampled_from(["ID", "32", "32.75", "32.75.03", "32.75.03.1001"]))
def test_a_map_shows_what_happened_in_the_viewers_areas_once(
    done: list[tuple[str, Spot, str]], zoom: int, own: str
) -> None:
    kept_cells = cell_counts(told(done))
    scope = Scope([own])
    shown = window(MapBounds(-11_500_000, 94_000_000, 6_500_000, 141_500_000), zoom)
    kept = kept_level(shown.level, scope)
    read = within(shown, kept)
    found: dict[tuple[int, int], CellCounts] = {}
    for square, seen in kept_cells.items():
        if (
            square.level == kept
            and square.row in read.rows
            and square.column in read.columns
            and scope.covers(square.area)
        ):
            cell = shown_cell(square.row, square.column, kept, shown.level)
            found[cell] = found.get(cell, CellCounts()).plus(seen)
    mine = [(spot, what) for area, spot, what in done if contains(own, area) and what != "reverse"]
    assert sum(seen.all for seen in found.values()) == len(mine)
    assert sum(seen.delivered for seen in found.values()) == sum(what != "fail" for _, what in mine)
    assert sum(seen.flagged for seen in found.values()) == sum(what == "flag" for _, what in mine)
    expected = Counter((row_of(s.latitude_e6, shown.level), column_of(s.longitude_e6, shown.level)) for s, _ in mine)
    assert {cell: seen.all for cell, seen in found.items() if seen.all} == expected
    for (row, column), seen in found.items():
        if seen.all:
            middle = (row_of(round(seen.latitude / seen.all), shown.level), column_of(round(seen.longitude / seen.all), shown.level))  # fmt: skip
            assert middle == (row, column)


@given(deeds, st.randoms())
def test_cells_are_the_same_in_any_order(done: list[tuple[str, Spot, str]], shuffle: Random) -> None:
    events = told(done)
    before = cell_counts(events)
    shuffle.shuffle(events)
    assert cell_counts(events) == before


coordinates = st.tuples(st.integers(-90_000_000, 90_000_000), st.integers(-90_000_000, 90_000_000)).map(sorted)
meridians = st.tuples(st.integers(-180_000_000, 180_000_000), st.integers(-180_000_000, 180_000_000)).map(sorted)


@given(coordinates, meridians, st.integers(0, 30))
def test_no_map_has_many_cells_and_none_is_finer_than_asked(lat: list[int], lon: list[int], zoom: int) -> None:
    shown = window(MapBounds(lat[0], lon[0], lat[1], lon[1]), zoom)
    assert shown.level in GRAINS
    assert shown.level <= max(zoom, min(GRAINS))
    assert len(shown.tiles) <= 45
    # The whole earth at the coarsest level is the most there is.
    assert len(shown.rows) <= max(MOST_ROWS, 65)
    assert len(shown.columns) <= max(MOST_COLUMNS, 129)


def test_a_handover_without_a_place_is_on_no_map() -> None:
    assert cell_counts([accepted(VILLAGES[0], None)]) == {}


def test_every_level_is_kept_for_areas_of_its_grain() -> None:
    squares = cell_counts([accepted(VILLAGES[0], Spot(latitude_e6=-6_600_100, longitude_e6=106_800_300))])
    assert {(s.level, s.area) for s in squares} == {
        (5, "32"), (8, "32.75"), (11, "32.75.03"), (14, VILLAGES[0]), (17, VILLAGES[0]),
    }  # fmt: skip
    assert all(s.area in lineage(VILLAGES[0]) for s in squares)
