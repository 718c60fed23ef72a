"""Packages in packages and packages of packages: what is inside moves along, what is split keeps its sum, nothing is lost."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.custody.packages import PackageStatus
from services.distribution.custody.rules import (
    HANDOVER,
    SPLIT,
    CustodyState,
    InitialPackage,
    Loss,
    Step,
    derive,
    derive_related,
    is_balanced,
)

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
RICE = "BERAS"
PALLET, ONE, TWO, PIECE = "pallet", "one", "two", "piece"
MADE = {
    PALLET: InitialPackage({}),
    ONE: InitialPackage({RICE: 100}, parent=PALLET),
    TWO: InitialPackage({RICE: 50}),
    PIECE: InitialPackage({RICE: 30}, piece=True),
}


def step(minute: int, package: str, what: str, place: str | None = None, count: int | None = None, **more: Any) -> Step:
    made = Step(
        key=f"{what}@{minute}", event=f"{what}@{minute}", at=START + timedelta(minutes=minute), step=what, place=place,
        counted={} if count is None else {RICE: count}, package=package,
    )  # fmt: skip
    return replace(made, **more)


def put_in(minute: int, package: str, parent: str = PALLET, place: str | None = None) -> Step:
    return step(minute, package, "packing", place, aggregates=True, action="ADD", parent=parent)


def take_out(minute: int, package: str, parent: str = PALLET) -> Step:
    return step(minute, package, "unpacking", aggregates=True, action="DELETE", parent=parent)


def split(minute: int, package: str = ONE, amount: int = 30) -> Step:
    return step(minute, package, SPLIT, ours=True, pieces={PIECE: {RICE: amount}})


def where(standing: CustodyState) -> tuple[PackageStatus, str | None]:
    return standing.status, standing.place


# ---------------------------------------------------------------- what is inside


def test_what_is_inside_moves_along_from_when_it_was_put_in_until_it_was_taken_out() -> None:
    told = [
        put_in(0, TWO, place="GUDANG"),
        step(1, PALLET, "shipping", "GUDANG"),
        step(5, PALLET, "receiving", "POS"),
        take_out(6, TWO),
        step(7, PALLET, "shipping", "POS"),
        step(9, PALLET, "receiving", "BALAI"),
    ]
    found = derive_related(MADE, told)
    assert where(found[ONE]) == (PackageStatus.ARRIVED, "BALAI"), "it was made in the pallet and stayed inside"
    assert where(found[TWO]) == (PackageStatus.ARRIVED, "POS")
    assert (found[ONE].parent, found[TWO].parent) == (PALLET, None)
    late = derive_related(MADE, [*told[:3], *told[4:], replace(take_out(3, TWO), key="late")])
    assert where(late[TWO]) == (PackageStatus.IN_TRANSIT, None), "taken out on the way, by a late event"


def test_taking_all_out_takes_out_what_is_inside_then() -> None:
    empty = step(4, PALLET, "unpacking", aggregates=True, action="DELETE")
    found = derive_related(MADE, [put_in(0, TWO), empty, put_in(6, TWO)])
    assert (found[ONE].parent, found[TWO].parent) == (None, PALLET)


def test_a_package_in_a_package_in_a_pallet() -> None:
    found = derive_related(MADE, [put_in(0, TWO, ONE), step(2, PALLET, "receiving", "POS")])
    assert where(found[TWO]) == (PackageStatus.ARRIVED, "POS")
    circle = derive_related(MADE, [put_in(0, PALLET, ONE), step(2, PALLET, "receiving", "POS")])
    assert circle[PALLET].parent is None, "a pallet is not put into what is inside it"


def test_what_arrives_elsewhere_by_itself_is_no_longer_inside() -> None:
    told = [
        step(1, PALLET, "receiving", "POS"),
        step(3, ONE, "receiving", "BALAI"),
        step(5, PALLET, "receiving", "GUDANG"),
    ]
    found = derive_related(MADE, told)
    assert (found[ONE].parent, found[ONE].place) == (None, "BALAI")
    both = [
        step(1, PALLET, "receiving", "POS"),
        step(3, ONE, "receiving", "BALAI"),
        step(3, PALLET, "receiving", "BALAI"),
    ]
    assert derive_related(MADE, both)[ONE].parent == PALLET, "one event that names both tells of no parting"


def test_a_count_of_a_pallet_is_of_all_that_is_in_it() -> None:
    told = [put_in(0, TWO), step(1, PALLET, "shipping", "GUDANG", 150), step(2, PALLET, "receiving", "POS", 147)]
    found = derive_related(MADE, told)
    assert list(found[PALLET].differences.values()) == [
        "At POS: BERAS: 0.15 known in it and in what is inside, 0.147 counted, 0.003 missing"
    ]
    assert (found[ONE].held, found[TWO].held) == ({RICE: 100}, {RICE: 50}), "nobody knows from which it is missing"
    settled = derive_related(MADE, [*told, step(1, ONE, Loss.LOST, count=3, ours=True)])
    assert settled[PALLET].differences == {f"shipping@{1}": settled[PALLET].differences["shipping@1"]}


def test_a_stolen_pallet_is_gone_with_what_is_inside() -> None:
    stolen = step(3, PALLET, "storing", "POS", disposition="stolen", conditions=("stolen",))
    found = derive_related(MADE, [step(1, PALLET, "receiving", "POS"), stolen])
    assert found[ONE].held == {RICE: 0}
    assert found[ONE].ledger["POS"][RICE] == {"in": 100, "lost": 100}


# ---------------------------------------------------------------- splits and losses


def test_a_piece_stands_where_its_source_stood_and_the_sum_is_kept() -> None:
    arrival, on = step(1, ONE, "receiving", "POS"), step(9, ONE, "shipping", "POS")
    found = derive_related(MADE, [arrival, split(4), on])
    assert where(found[PIECE]) == (PackageStatus.ARRIVED, "POS")
    assert (found[ONE].held, found[PIECE].held) == ({RICE: 70}, {RICE: 30})
    assert derive_related(MADE, [split(4), on, replace(arrival, at=arrival.at)])[PIECE] == found[PIECE]
    on_the_way = derive_related(
        MADE, [step(1, ONE, "shipping", "GUDANG"), split(4), step(9, PIECE, "receiving", "POS", 30)]
    )
    assert on_the_way[PIECE].ledger["GUDANG>POS"][RICE] == {"in": 30, "out": 30}


def test_a_loss_before_a_count_explains_what_the_count_lacks() -> None:
    full = {RICE: 100}
    told = [step(0, "", "shipping", "GUDANG", 100), step(9, "", "receiving", "POS", 97, by="PT Angkut")]
    assert derive(full, told).differences
    explained = derive(full, [*told, step(9, "", Loss.LOST, count=3, ours=True)])
    assert explained.differences == {}
    assert explained.ledger["GUDANG>POS"][RICE] == {"in": 100, "out": 97, "lost": 3}
    assert explained.held == {RICE: 97}


def test_who_carried_is_named() -> None:
    told = [step(0, "", "shipping", "GUDANG", by="PT Angkut"), step(9, "", "receiving", "POS", 97)]
    (text,) = derive({RICE: 100}, told).differences.values()
    assert text.startswith("Between GUDANG and POS, carried by PT Angkut: BERAS")


def test_more_handed_out_than_a_late_count_leaves_is_told() -> None:
    handed = step(5, "", HANDOVER, count=30, ours=True)
    standing = derive({RICE: 100}, [step(0, "", "receiving", "POS"), step(4, "", "inspecting", "POS", 20), handed])
    assert standing.overdrawn == {("inspecting@4", RICE): 10}
    assert "At POS: 0.01 more of BERAS taken out than was there" in standing.differences.values()


# What a partner says of an event that neither moves nor counts, and what it takes out.
def test_dispositions_take_out_what_they_name() -> None:
    def held(disposition: str, what: str = "storing", count: int | None = None) -> int:
        return derive({RICE: 100}, [step(0, "", what, "POS", count, disposition=disposition)]).held[RICE]

    assert held("stolen") == held("destroyed") == 0
    assert held("damaged") == held("returned") == 100, "a damaged package may be whole inside: it is flagged"
    assert held("damaged", count=3) == held("returned", count=3) == held("stolen", count=3) == 97
    assert held("damaged", "inspecting", 97) == 97, "an inspection counts what is there"


def test_not_shipped_after_all_keeps_what_was_lost_on_the_way() -> None:
    told = [
        step(0, "", "receiving", "GUDANG"),
        step(1, "", "shipping", "GUDANG", 98),
        step(2, "", Loss.LOST, count=5, ours=True),
        step(3, "", "void_shipping"),
    ]
    standing = derive({RICE: 100}, told)
    assert (standing.place, standing.held, standing.differences) == ("GUDANG", {RICE: 95}, {})


# ---------------------------------------------------------------- whatever happens

places = st.sampled_from([None, "GUDANG", "POS", "BALAI"])
packages = st.sampled_from([PALLET, ONE, TWO, PIECE])
counts = st.sampled_from([None, 0, 40, 97, 100])
moves = st.builds(
    step, st.integers(0, 9), packages,
    st.sampled_from(["shipping", "departing", "arriving", "receiving", "inspecting", "void_shipping", "storing"]),
    places, counts, disposition=st.sampled_from(["", "", "damaged", "stolen"]), destination=places,
)  # fmt: skip
losses = st.builds(
    step, st.integers(0, 9), packages, st.sampled_from(list(Loss)), st.none(), st.integers(1, 60), ours=st.just(True)
)
handovers = st.builds(
    step, st.integers(0, 9), packages, st.just(HANDOVER), st.none(), st.integers(1, 60), ours=st.just(True)
)
joins = st.builds(put_in, st.integers(0, 9), packages, st.sampled_from([PALLET, ONE]), places)
parts = st.builds(take_out, st.integers(0, 9), packages, st.sampled_from([PALLET, ONE]))
splits = st.builds(split, st.integers(0, 9), st.sampled_from([ONE, TWO]), st.just(30))


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    told = draw(st.lists(st.one_of(moves, moves, losses, handovers, joins, parts), max_size=14))
    told += draw(st.lists(splits, max_size=1))
    told = [replace(s, key=f"{n}", event=f"{n}") for n, s in enumerate(told)]
    wrong = [replace(s, key=f"{s.key}#error", declares_error=True) for s in told if not s.ours and draw(st.booleans())]
    return told + wrong[::3]


@given(st.data(), histories())
def test_any_order_of_arrival_gives_the_same_standings(data: st.DataObject, told: list[Step]) -> None:
    assert derive_related(MADE, told) == derive_related(MADE, data.draw(st.permutations(told)))


@given(histories())
def test_in_is_out_and_stock_and_all_else_at_every_account(told: list[Step]) -> None:
    for standing in derive_related(MADE, told).values():
        here = f"{standing.leg.origin or ''}>{standing.leg.destination or ''}" if standing.leg else standing.place or ""
        for account, goods in standing.ledger.items():
            for sku, entry in goods.items():
                assert is_balanced(entry), (account, sku, entry)
                assert entry.get("stock", 0) == (standing.held[sku] if account == here else 0)


@given(histories())
def test_what_was_made_is_somewhere(told: list[Step]) -> None:
    total: dict[str, int] = {}
    for standing in derive_related(MADE, told).values():
        for goods in standing.ledger.values():
            for entry in goods.values():
                for column, quantity in cast(Mapping[str, int], entry).items():
                    total[column] = total.get(column, 0) + quantity
    gone = sum(total.get(c, 0) for c in ("stock", "handed", "lost", "damaged", "returned", "difference"))
    assert gone == total["made"] == 150


@given(histories())
def test_reading_a_package_with_fewer_kin_than_all_of_them_changes_nothing_for_those_without(told: list[Step]) -> None:
    alone = [s for s in told if s.package == TWO and not s.aggregates and s.step != SPLIT]
    assert derive_related({TWO: MADE[TWO]}, alone)[TWO] == derive_related(MADE, alone)[TWO]


def test_what_was_handed_out_before_any_arrival_was_told_of_is_taken_out_at_the_first() -> None:
    handed = step(0, "", HANDOVER, count=30, ours=True)
    arrival = step(5, "", "receiving", "POS", 100)
    standing = derive({RICE: 100}, [handed, step(1, "", "shipping", "GUDANG"), arrival])
    assert (standing.held, standing.differences) == ({RICE: 70}, {})
    assert standing.ledger["POS"][RICE] == {"in": 100, "handed": 30, "stock": 70}
    assert derive({RICE: 100}, [handed]).held == {RICE: 70}, "taken out where it is, if nobody ever tells"
