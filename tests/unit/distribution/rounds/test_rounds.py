"""Rounds and entitlements: the small rules."""

from datetime import date
from decimal import Decimal

import pytest

from amanah.contracts.errors import Refused
from amanah.contracts.message import Item
from amanah.contracts.rounds import ProgramItem
from services.distribution.rounds.rules.entitlements import counts, due, entitlement_id
from services.distribution.rounds.rules.quantities import amounts, items, quantity_text
from services.distribution.rounds.rules.rounds import check_dates, check_items, check_roster, check_within


def item(sku: str, quantity: str = "10") -> ProgramItem:
    return ProgramItem(sku=sku, name=sku, unit="kg", quantity_per_recipient=Decimal(quantity))


def test_a_day_is_a_round_and_a_reversed_one_is_not() -> None:
    check_dates(date(2026, 11, 24), date(2026, 11, 24))
    with pytest.raises(Refused, match="before the first"):
        check_dates(date(2026, 11, 24), date(2026, 11, 23))


def test_an_item_is_named_once() -> None:
    check_items([item("A"), item("B")])
    with pytest.raises(Refused) as caught:
        check_items([item("A"), item("A")])
    assert (caught.value.code, caught.value.field) == ("item_repeated", "items.1.sku")


def test_a_roster_serves_its_own_program() -> None:
    check_roster("prg_1", "prg_1")
    with pytest.raises(Refused):
        check_roster("prg_1", "prg_2")


@pytest.mark.parametrize("area", ["32.01", "32.01.05", "32"])
def test_areas_that_touch_the_round(area: str) -> None:
    check_within(area, "32.01", "area")
    with pytest.raises(Refused):
        check_within("33.01", area, "area")


def test_one_recipient_has_one_entitlement_in_a_round() -> None:
    assert entitlement_id("rnd_1", "rcp_1") == entitlement_id("rnd_1", "rcp_1")
    assert len({entitlement_id(r, p) for r in ("rnd_1", "rnd_2") for p in ("rcp_1", "rcp_2")}) == 4


def test_progress_counts() -> None:
    assert counts({"PENDING": 3, "DELIVERED": 2, "FAILED": 1, "REVERSED": 1}) == {
        "entitled": 7, "delivered": 2, "failed": 1, "remaining": 4,
    }  # fmt: skip
    assert counts({})["entitled"] == 0


def test_quantities_add_up_exactly() -> None:
    assert due([item("A", "2.5"), item("B")]) == {"A": 2500, "B": 10_000}
    twice = amounts([Item(sku="A", quantity=Decimal("0.1")), Item(sku="A", quantity=Decimal("0.2"))])
    assert twice == {"A": 300}
    assert [str(i.quantity) for i in items({"A": 300})] == ["0.3"]
    assert quantity_text(2500) == "2.5"
