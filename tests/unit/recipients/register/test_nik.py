from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.errors import Refused
from services.recipients.register.rules.nik import KK, NIK, Number, mask, parse

BIRTHS = st.dates(date(1926, 1, 1), date(2025, 12, 31))
DISTRICTS = st.integers(110101, 969999).map(str)
SERIALS = st.integers(1, 9999)


@st.composite
def niks(draw: st.DrawFn) -> str:
    born, woman = draw(BIRTHS), draw(st.booleans())
    return f"{draw(DISTRICTS)}{born.day + 40 * woman:02}{born:%m%y}{draw(SERIALS):04}"


def code_of(number: Number, text: str) -> str:
    with pytest.raises(Refused) as refused:
        parse(number, text)
    return refused.value.code


@given(niks())
def test_every_possible_nik_is_read_as_it_is(nik: str) -> None:
    assert parse(NIK, nik) == nik


@given(niks(), st.sampled_from(["'{}", "’{}", " {} ", "{}.0", "{},00", "\u00a0{}\u200b", '"{}"', "`{}"]))
def test_what_spreadsheets_add_is_taken_away(nik: str, form: str) -> None:
    assert parse(NIK, form.format(nik)) == nik


@given(niks())
def test_grouping_is_taken_away(nik: str) -> None:
    assert parse(NIK, f"{nik[:6]} {nik[6:12]} {nik[12:]}") == nik
    assert parse(NIK, f"{nik[:2]}.{nik[2:4]}.{nik[4:6]}.{nik[6:12]}.{nik[12:]}") == nik
    assert parse(NIK, f"{nik[:4]}-{nik[4:8]}-{nik[8:12]}-{nik[12:]}") == nik


@given(niks())
def test_an_exponent_with_all_its_digits_loses_nothing(nik: str) -> None:
    assert parse(NIK, f"{nik[0]}.{nik[1:]}E+15") == nik


@given(niks(), st.integers(1, 9))
def test_an_exponent_with_fewer_digits_has_lost_them(nik: str, kept: int) -> None:
    assert code_of(NIK, f"{nik[0]}.{nik[1 : kept + 1]}E+15") == "nik_digits_lost"
    assert code_of(KK, f"{nik[0]},{nik[1 : kept + 1]}e15") == "kk_digits_lost"


def test_a_rounded_number_written_out_has_lost_its_digits() -> None:
    assert code_of(NIK, "3275010000000000") == "nik_digits_lost"
    assert code_of(KK, "3275010000000000") == "kk_digits_lost"


@given(niks(), st.integers(1, 15))
def test_another_length_is_refused(nik: str, length: int) -> None:
    assert code_of(NIK, nik[:length]) == "nik_length"
    assert code_of(NIK, nik + nik[:length]) == "nik_length"


@pytest.mark.parametrize("text", ["327503520380000A", "tidak ada", "3275035203800.123", "#REF!", "³275035203800001"])
def test_what_is_no_number_is_refused(text: str) -> None:
    assert code_of(NIK, text) == "nik_not_digits"


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_the_date_is_possible_in_one_century_or_the_other(day: int, month: int, year: int) -> None:
    def exists(full_year: int) -> bool:
        try:
            date(full_year, month, day - 40 if day > 40 else day)
        except ValueError:
            return False
        return True

    nik = f"327503{day:02}{month:02}{year:02}0001"
    if exists(1900 + year) or exists(2000 + year):
        assert parse(NIK, nik) == nik
    else:
        assert code_of(NIK, nik) == "nik_date_impossible"


def test_serial_zero_is_refused() -> None:
    assert code_of(NIK, "3275035203810000") == "nik_serial_zero"
    assert code_of(KK, "3275030101110000") == "kk_serial_zero"


def test_a_family_card_has_no_birth_date() -> None:
    assert parse(KK, "3275039913990001") == "3275039913990001"


@given(niks())
def test_the_mask_keeps_four_digits_at_each_end(nik: str) -> None:
    assert mask(nik) == nik[:4] + "********" + nik[12:]


def test_messages_repeat_no_digit_of_the_number() -> None:
    with pytest.raises(Refused) as refused:
        parse(NIK, "9876543210123")
    assert "98765" not in refused.value.message


def test_the_leap_day_of_2000_exists() -> None:
    born = date(2000, 2, 28) + timedelta(days=1)
    assert parse(NIK, f"327503{born:%d%m%y}0001")
