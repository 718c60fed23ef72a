"""Package codes: one wrong or two swapped characters are found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.errors import Refused
from amanah.contracts.logistics.gs1 import package_code
from services.distribution.custody.rules.labels import (
    capacity,
    check_character,
    check_code,
    check_prefix,
    own_code,
    sscc,
)

SYMBOLS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
numbers = st.integers(0, 36**8 - 1)


def refused(code: str) -> bool:
    try:
        check_code(code, "code")
    except Refused as refusal:
        return refusal.code == "code_check_digit"
    return False


def test_known_codes() -> None:
    # ISO/IEC 7064's own kind of example, as the Global Release Identifier prints it: A1-2425G-ABC1234002-M.
    assert check_character("A12425GABC1234002") == "M"
    # EPC Tag Data Standard 2.0, section 7.3.2: urn:epc:id:sscc:0614141.1234567890.
    assert sscc("0614141", 1234567890) == "106141412345678908"
    assert package_code("urn:epc:id:sscc:0614141.1234567890") == "106141412345678908"


@given(numbers, st.integers(0, 11), st.sampled_from(SYMBOLS))
def test_one_wrong_character_is_found(number: int, at: int, other: str) -> None:
    code = own_code(number)
    assert not refused(code)
    spoiled = code[:at] + other + code[at + 1 :]
    # What no longer begins with our letters is somebody else's code, which is free.
    assert refused(spoiled) == (spoiled != code and spoiled.startswith("AMN"))


def test_nearly_all_swapped_neighbours_are_found() -> None:
    # Mod 37,36 finds every single wrong character, and all but a few of the swaps (ISO/IEC 7064).
    swaps = found = 0
    for number in range(0, 36**4, 61):
        code = own_code(number)
        for at in range(3, 11):
            swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
            swaps += swapped != code
            found += refused(swapped)
    assert found > 0.96 * swaps


@given(st.from_regex(r"[0-9]{6,12}", fullmatch=True), st.data())
def test_an_sscc_has_eighteen_digits_and_one_wrong_is_found(prefix: str, data: st.DataObject) -> None:
    code = sscc(prefix, data.draw(st.integers(0, capacity(prefix) - 1)))
    assert len(code) == 18
    assert not refused(code)
    assert code[1 : 1 + len(prefix)] == prefix
    at, digit = data.draw(st.integers(0, 17)), data.draw(st.sampled_from("0123456789"))
    spoiled = code[:at] + digit + code[at + 1 :]
    assert refused(spoiled) == (spoiled != code)


@given(st.sets(numbers, min_size=2, max_size=20))
def test_no_two_numbers_share_a_code(found: set[int]) -> None:
    assert len({own_code(n) for n in found}) == len(found)


@pytest.mark.parametrize("code", ["PKT-1", "AMN-1", "12345", "AMNESTY"])
def test_other_codes_are_free(code: str) -> None:
    assert not refused(code)


@pytest.mark.parametrize("prefix", [None, "", "12345", "1234567890123", "12x4567"])
def test_a_company_prefix_has_six_to_twelve_digits(prefix: str | None) -> None:
    with pytest.raises(Refused, match="company prefix"):
        check_prefix(prefix)
