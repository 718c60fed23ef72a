"""Area codes nest, and a scope is all that lies at and below its codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.area_table import area_table
from amanah.contracts.areas import NATION, AreaLevel, Scope, contains, is_code, level, lineage, parent

CODES = st.sampled_from(
    ["ID", "32", "32.01", "32.01.05", "32.01.05.2001", "32.01.05.2002", "32.02", "33", "33.01.05", "33.01.05.1001"]
)


@given(CODES, CODES)
def test_containing_is_being_on_the_lineage(outer: str, inner: str) -> None:
    assert contains(outer, inner) == (outer in lineage(inner))


@given(st.lists(CODES, max_size=4), CODES)
def test_a_scope_covers_what_one_of_its_codes_contains(codes: list[str], code: str) -> None:
    assert Scope(codes).covers(code) == any(contains(c, code) for c in codes)


@given(st.lists(CODES, max_size=4), CODES, CODES)
def test_narrowing_meets_both(codes: list[str], narrow: str, code: str) -> None:
    both = Scope(codes).covers(code) and contains(narrow, code)
    assert Scope(codes).narrowed(narrow).covers(code) == both


def _matches(condition: dict[str, object], code: str) -> bool:
    if "$or" in condition:
        return any(_matches(c, code) for c in condition["$or"])  # type: ignore[attr-defined]
    for wanted in condition.values():
        if isinstance(wanted, str):
            return code == wanted
        assert isinstance(wanted, dict)
        if "$in" in wanted:
            return code in wanted["$in"]
        return bool(wanted["$gte"] <= code < wanted["$lt"])
    return True


@given(st.lists(CODES, max_size=4), CODES)
def test_the_condition_finds_what_the_scope_covers(codes: list[str], code: str) -> None:
    assert _matches(Scope(codes).condition("area"), code) == Scope(codes).covers(code)


@pytest.mark.parametrize("text", ["", "3", "32.1", "32.01.05.201", "32.01.05.20011", "ID.32", "32.01.05.2001.1", "3x"])
def test_what_is_no_code_is_none(text: str) -> None:
    assert not is_code(text)


def test_levels_follow_the_form() -> None:
    assert [level(c) for c in lineage("32.01.05.2001")] == list(AreaLevel)
    assert parent(NATION) is None


def test_the_table_has_the_whole_country() -> None:
    table = area_table()
    assert len(table.children(NATION)) == 38
    village = table.get("32.75.03.1002")
    assert village is not None
    assert (village.name, village.level) == ("Perwira", AreaLevel.VILLAGE)
    assert table.path("32.75.03.1002") == "Perwira, Bekasi Utara, Kota Bekasi, Jawa Barat"
    assert all(parent(code) is None or table.get(parent(code) or "") for code in table.children("32.75.03"))
