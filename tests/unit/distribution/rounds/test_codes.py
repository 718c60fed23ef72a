"""Confirmation codes: their form, their check character, and how they are read."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from services.distribution.rounds.rules import codes

digests = st.binary(min_size=32, max_size=32).map(bytes.hex)
code_texts = digests.map(codes.from_digest)
characters = st.sampled_from(codes.ALPHABET)
spaces = st.sampled_from(["", " ", "  ", "-", " - "])


@given(digests)
def test_a_code_carries_its_fifty_bits_and_a_check_character(digest: str) -> None:
    code = codes.from_digest(digest)
    assert len(code) == codes.LENGTH == 11
    assert codes.is_code(code)
    body = 0
    for character in code[:-1]:
        body = body * 32 + codes.ALPHABET.index(character)
    assert body == int(digest, 16) % 2**codes.BITS


@given(code_texts, st.integers(0, 10), characters)
def test_any_one_wrong_character_is_found(code: str, place: int, wrong: str) -> None:
    changed = code[:place] + wrong + code[place + 1 :]
    assert codes.is_code(changed) == (changed == code)


@given(code_texts, st.integers(0, 9))
def test_two_neighbours_swapped_are_found(code: str, place: int) -> None:
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert codes.is_code(swapped) == (swapped == code)


@given(st.text(max_size=20))
def test_no_text_is_taken_for_a_code_but_a_code(text: str) -> None:
    if codes.is_code(text):
        assert codes.check_character(text[:-1]) == text[-1]


@given(code_texts, st.data())
def test_a_code_is_read_however_it_is_typed(code: str, data: st.DataObject) -> None:
    looks_alike = {"0": ["0", "O", "o"], "1": ["1", "I", "l", "i", "L"]}
    typed = "".join(data.draw(spaces) + data.draw(st.sampled_from(looks_alike.get(c, [c, c.lower()]))) for c in code)
    assert codes.take(typed) == (code, "")
    assert codes.take(codes.printed(code)) == (code, "")


def test_a_code_follows_from_its_digest_alone() -> None:
    digest = hmac.digest(b"k", b"ent_1", "sha256").hex()
    assert codes.from_digest(digest) == codes.from_digest(digest)
