"""Ids carry the time at which they were made."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts import ids
from amanah.contracts.ids import KINDS, derived_id, just_made, kind_of, made_at, new_id

PREFIXES = st.sampled_from(sorted(KINDS))
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))


def id_made(prefix: str, moment: datetime) -> str:
    """An id as `new_id` makes it at that moment."""
    millis = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return f"{prefix}_{ids._base32(millis, 10)}{'0' * 16}"


@given(PREFIXES)
def test_a_new_id_says_when_it_was_made(prefix: str) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    made = made_at(new_id(prefix))
    assert made is not None
    assert before <= made <= datetime.now(UTC)


@given(PREFIXES, MOMENTS)
def test_every_moment_comes_back_to_the_millisecond(prefix: str, moment: datetime) -> None:
    made = made_at(id_made(prefix, moment))
    assert made is not None
    assert timedelta(0) <= moment - made < timedelta(milliseconds=1)


@given(st.text())
def test_any_text_has_a_time_or_none(text: str) -> None:
    made = made_at(text)
    assert made is None or kind_of(text) is not None


@given(PREFIXES, st.text(alphabet="0123456789abcdefghjkmnpqrstvwxyz", min_size=26, max_size=26))
def test_any_tail_has_a_time_or_none(prefix: str, tail: str) -> None:
    made = made_at(f"{prefix}_{tail}")
    assert made is None or made.tzinfo is UTC


@pytest.mark.parametrize(
    "identifier",
    [
        "", "_", "rnd", "rnd_", "rnd_1", "xyz_01m85y3ts20002kjfbcja7cea8", "rnd_01M85Y3TS20002KJFBCJA7CEA8",
        "rnd_01m85y3ts20002kjfbcja7cea", "rnd_01m85y3ts20002kjfbcja7cea88", "rnd_01m85y3ts20002kjfbcja7cea8\n",
        "rnd_zzzzzzzzzz0000000000000000",
    ],
)  # fmt: skip
def test_what_is_no_id_has_no_time(identifier: str) -> None:
    assert made_at(identifier) is None
    assert not just_made(identifier, datetime.now(UTC))


@given(st.integers(-60_000, 60_000))
def test_within_a_minute_it_may_be_on_its_way(millis: int) -> None:
    now = datetime(2026, 11, 24, 4, tzinfo=UTC)
    assert just_made(id_made("rnd", now + timedelta(milliseconds=millis)), now)


@given(st.integers(60_001, 10**12), st.sampled_from([-1, 1]))
def test_beyond_a_minute_it_is_not(millis: int, sign: int) -> None:
    now = datetime(2026, 11, 24, 4, tzinfo=UTC)
    assert not just_made(id_made("rnd", now + sign * timedelta(milliseconds=millis)), now)


def test_a_derived_id_is_not_taken_for_a_new_one() -> None:
    now = datetime.now(UTC)
    assert not any(just_made(derived_id("ent", "rnd_1", str(n)), now) for n in range(1000))
