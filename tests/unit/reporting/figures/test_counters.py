from collections import Counter as Sums
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.alerts import AlertRaised
from amanah.contracts.areas import NATION, lineage, parent
from amanah.contracts.handovers.events import HandoverAccepted, HandoverFailed
from amanah.contracts.message import Event, Item
from amanah.contracts.rounds import RoundOpened, VillageEntitlements
from amanah.contracts.time_zones import local_date
from services.reporting.figures.rules.counters import Cell, Counter, Figure, increments, merge

ROUND = "rnd_1"
VILLAGES = ("32.75.03.1002", "32.75.03.1003", "32.75.04.1001", "73.71.01.1001", "91.71.01.1001")
PHOTO = "ab" * 32

villages = st.sampled_from(VILLAGES)
moments = st.datetimes(min_value=datetime(2026, 11, 1), max_value=datetime(2026, 11, 5), timezones=st.just(UTC))
items = st.lists(
    st.builds(Item, sku=st.sampled_from(["BERAS", "MINYAK"]), quantity=st.decimals(0, 50, places=3)), max_size=3
).map(tuple)


def accepted(
    area: str = VILLAGES[0],
    at: datetime = datetime(2026, 11, 2, 3, tzinfo=UTC),
    goods: tuple[Item, ...] = (),
    flags: tuple[str, ...] = (),
    was_failed: bool = False,
) -> HandoverAccepted:
    return HandoverAccepted(
        handover_id="hov_1",
        round_id=ROUND,
        entitlement_id="ent_1",
        area=area,
        officer_id="usr_1",
        package_code="PKT-1",
        occurred_at=at,
        received_at=at,
        items=goods,
        flags=flags,
        photo_sha256=PHOTO,
        was_failed=was_failed,
    )


def failed(area: str = VILLAGES[0], at: datetime = datetime(2026, 11, 2, 3, tzinfo=UTC)) -> HandoverFailed:
    return HandoverFailed(
        round_id=ROUND, entitlement_id="ent_1", area=area, officer_id="usr_1", occurred_at=at, reason="MOVED"
    )


openings = st.lists(
    st.builds(VillageEntitlements, area=villages, count=st.integers(0, 900), quantities=items), max_size=4
).map(lambda v: RoundOpened(round_id=ROUND, entitlement_count=0, villages=tuple(v)))
events = st.lists(
    st.one_of(
        openings,
        st.builds(
            accepted,
            area=villages,
            at=moments,
            goods=items,
            flags=st.sampled_from([(), ("far_from_home",)]),
            was_failed=st.booleans(),
        ),
        st.builds(failed, area=villages, at=moments),
    ),
    max_size=12,
)


def counted(happened: list[Event]) -> dict[Cell, dict[Counter, int]]:
    return merge(i for event in happened for i in increments(event))


@given(events)
def test_an_area_has_the_sum_of_the_areas_below_it(happened: list[Event]) -> None:
    counters = counted(happened)
    below: dict[Cell, Sums[Counter]] = {}
    for cell, row in counters.items():
        above = parent(cell.area)
        if above is not None:
            below.setdefault(Cell(cell.round_id, above, cell.day), Sums()).update(row)
    villages_only = {c: r for c, r in counters.items() if parent(c.area) in {parent(v) for v in VILLAGES}}
    upper = {c: r for c, r in counters.items() if c not in villages_only}
    assert {c: {k: v for k, v in r.items() if v} for c, r in below.items() if any(r.values())} == upper


@given(events, st.randoms(use_true_random=False))
def test_any_order_gives_the_same_figures(happened: list[Event], shuffle: object) -> None:
    again = list(happened)
    shuffle.shuffle(again)  # type: ignore[attr-defined]  # hypothesis types randoms() as Random only at run time
    assert counted(again) == counted(happened)


@given(events, st.integers(0, 12))
def test_batches_add_up_to_the_whole(happened: list[Event], cut: int) -> None:
    pieces: Sums[tuple[Cell, Counter]] = Sums()
    for batch in (happened[:cut], happened[cut:]):
        for cell, row in counted(batch).items():
            pieces.update({(cell, counter): amount for counter, amount in row.items()})
    whole = {(c, k): v for c, row in counted(happened).items() for k, v in row.items()}
    assert {k: v for k, v in pieces.items() if v} == whole


@given(events)
def test_days_add_up_to_the_round_for_what_happened(happened: list[Event]) -> None:
    counters = counted(happened)
    for figure in (Figure.DELIVERED, Figure.FLAGGED):
        total = counters.get(Cell(ROUND, NATION, None), {}).get(Counter(figure), 0)
        days = sum(row.get(Counter(figure), 0) for c, row in counters.items() if c.area == NATION and c.day)
        assert total == days


def test_a_handover_counts_in_every_area_around_it_and_on_its_day() -> None:
    goods = (Item(sku="BERAS", quantity=Decimal("10")), Item(sku="MINYAK", quantity=Decimal("1.5")))
    counters = counted([accepted(goods=goods, flags=("too_fast",))])
    row = {
        Counter(Figure.DELIVERED): 1,
        Counter(Figure.FLAGGED): 1,
        Counter(Figure.GOODS_DELIVERED, "BERAS"): 10_000,
        Counter(Figure.GOODS_DELIVERED, "MINYAK"): 1_500,
    }
    areas = lineage(VILLAGES[0])
    assert areas == ["ID", "32", "32.75", "32.75.03", "32.75.03.1002"]
    assert counters == {Cell(ROUND, area, day): row for area in areas for day in (None, date(2026, 11, 2))}


def test_a_late_delivery_undoes_the_failure_of_the_round_but_not_of_its_day() -> None:
    counters = counted([failed(), accepted(was_failed=True)])
    assert counters[Cell(ROUND, "32", None)] == {Counter(Figure.DELIVERED): 1}
    assert counters[Cell(ROUND, "32", date(2026, 11, 2))] == {Counter(Figure.DELIVERED): 1, Counter(Figure.FAILED): 1}


def test_an_alert_adds_nothing() -> None:
    alert = AlertRaised(
        alert_id="alr_1",
        rule="far_from_home",
        severity="WARNING",
        at=datetime(2026, 11, 2, tzinfo=UTC),
        area=VILLAGES[0],
        round_id=ROUND,
        detail="",
        subject_type="Handover",
        subject_id="hov_1",
    )
    assert increments(alert) == []


@pytest.mark.parametrize(
    ("area", "day"),
    [("32.75", 2), ("ID", 2), ("51", 3), ("73.71", 3), ("91.71", 3), ("61.71", 2), ("11", 2)],
    ids=["jabar", "nation", "bali", "sulsel", "papua", "kalbar", "aceh"],
)
def test_the_day_is_the_one_people_there_have(area: str, day: int) -> None:
    # 16:30 UTC is 23:30 in the west, 00:30 in the middle and 01:30 in the east.
    assert local_date(datetime(2026, 11, 2, 16, 30, tzinfo=UTC), area) == date(2026, 11, day)
