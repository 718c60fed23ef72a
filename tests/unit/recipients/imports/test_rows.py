from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.errors import error_text
from services.recipients.imports.rules.columns import FIELDS, Header
from services.recipients.imports.rules.rows import BatchCheck

Check = Callable[..., BatchCheck]


def test_a_valid_row_is_normalized(checked: Check) -> None:
    result = checked({})
    assert result.problems == []
    assert result.accepted.to_dicts() == [
        {
            "row": 2,
            "nik": "3275035203800001",
            "household_number": "3275030101100002",
            "name": "SITI AMINAH",
            "birth_date": date(1980, 3, 12),
            "sex": "FEMALE",
            "address": "JL. MELATI NO. 3",
            "rt": "003",
            "rw": "012",
            "area": "32.75.03.1006",
            "phone": "+6281234567890",
            "latitude_e6": -6201200,
            "longitude_e6": 107003400,
            "household_size": 4,
            "bank_account": None,
            "warnings": [],
        }
    ]


@pytest.mark.parametrize(
    ("change", "column", "code"),
    [
        ({"nik": None}, "NIK", "nik_missing"),
        ({"nik": "3.27503E+15"}, "NIK", "nik_digits_lost"),
        ({"nik": "327503520380000"}, "NIK", "nik_length"),
        ({"nik": "32750352038O0001"}, "NIK", "nik_not_digits"),
        ({"nik": "3275033213800001"}, "NIK", "nik_date_impossible"),
        ({"nik": "3275035203810000"}, "NIK", "nik_serial_zero"),
        ({"household_number": "3,27503E+15"}, "NO KK", "kk_digits_lost"),
        ({"household_number": "12"}, "NO KK", "kk_length"),
        ({"household_number": "32750301011000O2"}, "NO KK", "kk_not_digits"),
        ({"household_number": "3275030101110000"}, "NO KK", "kk_serial_zero"),
        ({"name": None}, "NAMA", "name_missing"),
        ({"name": "12345"}, "NAMA", "name_invalid"),
        ({"name": "A" * 151}, "NAMA", "name_invalid"),
        ({"birth_date": None}, "TGL LAHIR", "date_missing"),
        ({"birth_date": "31/02/1980"}, "TGL LAHIR", "date_invalid"),
        ({"birth_date": "1980"}, "TGL LAHIR", "date_invalid"),
        ({"birth_date": "03/25/1980"}, "TGL LAHIR", "date_invalid"),
        ({"birth_date": "25/11/2026"}, "TGL LAHIR", "date_future"),
        ({"birth_date": "12/03/1880"}, "TGL LAHIR", "date_implausible"),
        ({"sex": "X"}, "JK", "sex_unknown"),
        ({"address": "A" * 301}, "ALAMAT", "address_invalid"),
        ({"rt": "1234"}, "RT", "rt_invalid"),
        ({"rw": "satu"}, "RW", "rw_invalid"),
        ({"village": None}, "DESA/KELURAHAN", "area_missing"),
        ({"village": "NEGERI DONGENG"}, "DESA/KELURAHAN", "area_unknown"),
        ({"district": "BEKASI UTARAA"}, "KECAMATAN", "area_unknown"),
        ({"regency": "KAB. BEKASIH"}, "KAB/KOTA", "area_unknown"),
        ({"province": "JAWA"}, "PROVINSI", "area_unknown"),
        ({"district": None, "regency": None, "village": "SUKAMAJU"}, "DESA/KELURAHAN", "area_ambiguous"),
        ({"phone": "12345"}, "NO HP", "phone_invalid"),
        ({"phone": "8.12346E+11"}, "NO HP", "phone_digits_lost"),
        ({"latitude": "selatan"}, "LINTANG", "location_invalid"),
        ({"longitude": "-6.2"}, "BUJUR", "location_invalid"),
        ({"latitude": None}, "LINTANG", "location_incomplete"),
        ({"household_size": "100"}, "JML ANGGOTA", "household_size_invalid"),
        ({"household_size": "banyak"}, "JML ANGGOTA", "household_size_invalid"),
    ],
)
def test_every_fault_has_row_column_and_code(
    checked: Check, change: dict[str, str | None], column: str, code: str
) -> None:
    result = checked({}, change, {})
    assert [(p.row, p.column, p.code) for p in result.problems] == [(3, column, code)]
    assert result.problems[0].message == error_text(code).en
    assert result.accepted["row"].to_list() == [2, 4]
    assert result.total == 3


def test_a_row_has_all_its_problems_at_once(checked: Check) -> None:
    result = checked({"nik": "1", "birth_date": "x", "village": "?!"})
    assert [p.code for p in result.problems] == ["nik_length", "date_invalid", "area_missing"]
    assert result.accepted.height == 0


def test_a_village_outside_the_importers_area_is_refused(checked: Check) -> None:
    assert checked({}, within="32.75").problems == []
    assert [p.code for p in checked({}, within="32.76").problems] == ["area_outside"]


def test_empty_rows_do_not_count(checked: Check) -> None:
    nothing = dict.fromkeys(FIELDS, " ")
    result = checked({}, nothing, dict.fromkeys(FIELDS, "-"), {})
    assert result.total == 2
    assert result.accepted["row"].to_list() == [2, 5]


def test_a_nik_that_differs_from_the_row_is_a_warning(checked: Check) -> None:
    result = checked({"nik": "3174011205810001"})
    assert result.accepted["warnings"].to_list() == [["nik_area_differs", "nik_birth_differs", "nik_sex_differs"]]
    assert result.problems == []


def test_missing_sex_is_taken_from_the_nik(checked: Check) -> None:
    assert checked({"sex": None}).accepted["sex"].to_list() == ["FEMALE"]


MOMENTS = st.dates(date(1930, 1, 1), date(2026, 11, 24))


@given(MOMENTS)
def test_a_date_may_be_written_in_many_ways(checked: Check, born: date) -> None:
    d, m = born.day, born.month
    indonesian = "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember".split()[m - 1]
    written = [
        f"{born:%d/%m/%Y}", f"{d}/{m}/{born.year}", f"{born:%d-%m-%Y}", f"{born:%d.%m.%Y}", f"{born:%Y-%m-%d}",
        f"{born:%Y-%m-%d} 00:00:00", f"{d} {indonesian} {born.year}", f"{d}-{indonesian[:3].upper()}-{born.year}",
    ]  # fmt: skip
    serial = (born - date(1899, 12, 30)).days
    written += [str(serial), f"{serial}.0"]
    accepted = checked(*({"birth_date": w} for w in written)).accepted
    assert accepted["birth_date"].to_list() == [born] * len(written)


@given(st.dates(date(1927, 1, 1), date(2026, 11, 24)))
def test_a_year_of_two_digits_is_the_latest_possible(checked: Check, born: date) -> None:
    assert checked({"birth_date": f"{born:%d-%m-%y}"}).accepted["birth_date"].to_list() == [born]


@given(st.dates(date(1800, 1, 1), date(2200, 1, 1)) | st.text(max_size=12))
def test_no_accepted_birth_date_is_impossible(checked: Check, said: date | str) -> None:
    for born in checked({"birth_date": str(said)}).accepted["birth_date"].to_list():
        assert date(1900, 1, 1) <= born <= date(2026, 11, 24) + timedelta(0)


@pytest.mark.parametrize("text", ["L", "l", "LK", "Laki-laki", "LAKI LAKI", "Pria", "M", "1"])
def test_men(checked: Check, text: str) -> None:
    assert checked({"sex": text}).accepted["sex"].to_list() == ["MALE"]


@pytest.mark.parametrize("text", ["P", "Pr.", "perempuan", "WANITA", "F", "2"])
def test_women(checked: Check, text: str) -> None:
    assert checked({"sex": text}).accepted["sex"].to_list() == ["FEMALE"]


@pytest.mark.parametrize(
    "text",
    ["081234567890", "+62 812-3456-7890", "6281234567890", "81234567890", "81234567890.0", "(0812) 3456 7890"],
)
def test_phones_become_international(checked: Check, text: str) -> None:
    assert checked({"phone": text}).accepted["phone"].to_list() == ["+6281234567890"]


@pytest.mark.parametrize("text", ["-", "", "0", "Tidak ada", "N/A", None])
def test_no_phone_is_no_problem(checked: Check, text: str | None) -> None:
    assert checked({"phone": text}).accepted["phone"].to_list() == [None]


@given(st.integers(-11_500_000, 6_500_000), st.integers(94_500_000, 141_500_000))
def test_coordinates_keep_six_decimals(checked: Check, south: int, east: int) -> None:
    points = [{"latitude": f"{south / 1e6:.6f}", "longitude": f"{east / 1e6:.6f}".replace(".", ",")}]
    accepted = checked(*points).accepted
    assert accepted.select("latitude_e6", "longitude_e6").rows() == [(south, east)]


def test_rt_and_rw_may_share_a_cell(checked: Check) -> None:
    accepted = checked({"rt": None, "rw": None, "rt_rw": "RT 3 / RW 12"}).accepted
    assert accepted.select("rt", "rw").rows() == [("003", "012")]


@pytest.mark.parametrize("text", ["4", "4.0", "4 orang", "4 JIWA"])
def test_household_size(checked: Check, text: str) -> None:
    assert checked({"household_size": text}).accepted["household_size"].to_list() == [4]


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=20) | st.none()), max_size=5))
def test_a_row_is_accepted_or_has_a_problem_never_both_and_nothing_is_lost(
    checked: Check, changes: list[dict[str, str | None]]
) -> None:
    result = checked(*changes)
    refused, accepted = {p.row for p in result.problems}, set(result.accepted["row"].to_list())
    assert not refused & accepted
    assert len(refused | accepted) == result.total


def test_problems_name_columns_as_the_office_does() -> None:
    header = Header(0, {"nik": 0}, {"nik": "No. Induk"})
    assert header.label("nik") == "No. Induk"
