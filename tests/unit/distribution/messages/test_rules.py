"""Telephone numbers."""

from hypothesis import given
from hypothesis import strategies as st

from services.distribution.messages.rules import masked_number


@given(st.from_regex(r"\+?[0-9]{8,15}", fullmatch=True))
def test_a_masked_number_keeps_seven_characters_at_most(number: str) -> None:
    masked = masked_number(number)
    assert len(masked) == len(number)
    assert sum(c != "*" for c in masked) <= 7
