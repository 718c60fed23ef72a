"""A package's state comes from the order in which things happened, never from the order in which we heard of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.custody.packages import PackageStatus
from services.distribution.custody.rules import Step, derive

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
FULL = {"BERAS-10KG": 100_000}


def step(minute: int, what: str, place: str | None = None, count: int | None = None, **more: object) -> Step:
    key = f"{what}@{minute}"
    made = Step(
        key=key, event=key, at=START + timedelta(minutes=minute), step=what, place=place,
        counted={} if count is None else {"BERAS-10KG": count * 1000},
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type] # fields by name


def test_a_package_without_history_is_registered_and_full() -> None:
    standing = derive(FULL, [])
    assert (standing.status, standing.place, standing.held) == (PackageStatus.REGISTERED, None, FULL)


def test_shipped_then_arrived_in_full() -> None:
    on_the_way = derive(FULL, [step(0, "shipping", "GUDANG", 100)])
    assert (on_the_way.status, on_the_way.place) == (PackageStatus.IN_TRANSIT, None)
    arrived = derive(FULL, [step(0, "shipping", "GUDANG", 100), step(9, "receiving", "POS", 100)])
    assert (arrived.status, arrived.place) == (PackageStatus.ARRIVED, "POS")
    assert arrived.differences == {}
    assert arrived.counted == FULL


def test_a_loss_on_the_way_names_the_leg_and_the_quantities() -> None:
    standing = derive(FULL, [step(0, "shipping", "GUDANG", 100), step(9, "arriving", "POS", 97)])
    assert standing.differences == {"arriving@9": "Between GUDANG and POS: BERAS-10KG: 100 sent, 97 arrived, 3 missing"}
    assert standing.held == {"BERAS-10KG": 97_000}


def test_each_leg_is_compared_with_the_one_before_it() -> None:
    standing = derive(
        FULL,
        [
            step(0, "shipping", "GUDANG", 98),
            step(5, "arriving", "POS", 98),
            step(6, "inspecting", "POS", 97),
            step(7, "departing", "POS", 97),
            step(9, "accepting", "BALAI", 99),
        ],
    )
    assert list(standing.differences.values()) == [
        "Leaving GUDANG: BERAS-10KG: 100 there, 98 sent, 2 missing",
        "At POS: BERAS-10KG: 98 expected, 97 counted, 1 missing",
        "Between POS and BALAI: BERAS-10KG: 97 sent, 99 arrived, 2 too many",
    ]


def test_what_our_officers_handed_over_is_not_missing_at_the_next_count() -> None:
    arrived = [step(0, "shipping", "GUDANG", 100), step(9, "arriving", "POS", 100)]
    handed = step(10, "dispensing", count=30, ours=True)
    assert derive(FULL, [*arrived, handed, step(11, "inspecting", "POS", 70)]).differences == {}
    noted = step(10, "dispensing", count=30)
    assert derive(FULL, [*arrived, noted]).held == FULL, "a partner's handing out is noted, not counted"


def test_not_shipped_after_all_puts_it_back_where_it_was() -> None:
    arrived = [step(0, "shipping", "GUDANG", 100), step(1, "arriving", "POS", 100)]
    standing = derive(FULL, [*arrived, step(5, "shipping", "POS", 100), step(6, "void_shipping", "POS")])
    assert (standing.status, standing.place) == (PackageStatus.ARRIVED, "POS")
    again = derive(FULL, [step(5, "shipping", "GUDANG"), step(6, "departing", "GATE"), step(7, "void_shipping")])
    assert (again.status, again.place) == (PackageStatus.REGISTERED, "GUDANG")
    assert derive(FULL, [step(6, "void_shipping")]).status is PackageStatus.REGISTERED, "nothing to undo"


def test_an_event_declared_wrong_loses_its_effect_and_stays_in_the_history() -> None:
    wrong = step(9, "arriving", "POS", 90)
    declaration = step(9, "arriving", "POS", 90, key="arriving@9#error", event=wrong.event, declares_error=True)
    standing = derive(FULL, [step(0, "shipping", "GUDANG", 100), wrong, declaration])
    assert (standing.status, standing.differences) == (PackageStatus.IN_TRANSIT, {})
    assert standing.void == {"arriving@9"}


def test_conditions_are_remembered_unless_the_event_was_wrong() -> None:
    damaged = step(3, "inspecting", "POS", conditions=("damaged", "in_progress"))
    assert derive(FULL, [damaged]).conditions == {"damaged"}
    declaration = replace(damaged, key="other", declares_error=True)
    assert derive(FULL, [damaged, declaration]).conditions == frozenset()


steps = st.builds(
    step,
    st.integers(0, 6),
    st.sampled_from(
        [
            "packing",
            "shipping",
            "departing",
            "arriving",
            "receiving",
            "accepting",
            "inspecting",
            "void_shipping",
            "storing",
        ]
    ),
    st.sampled_from([None, "GUDANG", "POS", "BALAI"]),
    st.sampled_from([None, 0, 97, 100]),
)
histories = st.lists(steps, max_size=8, unique_by=lambda s: s.key).flatmap(
    lambda found: st.tuples(
        st.just(
            [*found, *(replace(s, key=s.key + "#error", declares_error=True) for s in found[::4])]
        ),
        st.permutations([*found, *(replace(s, key=s.key + "#error", declares_error=True) for s in found[::4])]),
    )
)  # fmt: skip


@given(histories)
def test_any_order_of_arrival_gives_the_same_standing(pair: tuple[list[Step], list[Step]]) -> None:
    told, shuffled = pair
    assert derive(FULL, told) == derive(FULL, shuffled)


@given(histories)
def test_declaring_everything_wrong_is_the_state_of_no_history(pair: tuple[list[Step], list[Step]]) -> None:
    told = [s for s in pair[0] if not s.declares_error]
    undone = derive(FULL, told + [replace(s, key=s.key + "#e", declares_error=True) for s in told])
    empty = derive(FULL, [])
    assert (undone.status, undone.place, undone.held, undone.differences) == (empty.status, empty.place, empty.held, {})
