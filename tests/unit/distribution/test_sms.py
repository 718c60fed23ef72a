"""Confirmation codes, and what recipients write."""

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.cases import CaseKind
from services.distribution.rounds.rules import codes
from services.distribution.sms import rules as sms
from services.distribution.sms.rules import Answer, Command

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


@st.composite
def spelled(draw: st.DrawFn, word: str) -> str:
    """A word in any case, with spaces before and within."""
    return "".join(
        draw(st.sampled_from(["", " ", "\t"])) + draw(st.sampled_from([letter, letter.lower()])) for letter in word
    )


@given(spelled("TERIMA"), spaces, code_texts)
def test_terima_is_understood_whatever_case_and_spaces(word: str, gap: str, code: str) -> None:
    assert sms.read(word + gap + code) == sms.Said(Command.TERIMA, code)


@given(spelled("LAPOR"), code_texts, st.text("abcdefgh ijk.", max_size=40))
def test_lapor_keeps_the_complaint(word: str, code: str, text: str) -> None:
    said = sms.read(f"{word} {code} {text}")
    assert (said.command, said.code) == (Command.LAPOR, code)
    assert said.text == text.strip(" .")


@pytest.mark.parametrize("word", ["BANTUAN", "BERHENTI", "MULAI"])
@given(data=st.data())
def test_words_alone(word: str, data: st.DataObject) -> None:
    assert sms.read(data.draw(spelled(word)) + data.draw(st.sampled_from(["", " ", ".", "!"]))) == sms.Said(
        Command(word)
    )


@given(st.text(max_size=200))
def test_every_text_is_read(text: str) -> None:
    said = sms.read(text)
    assert said.command in Command
    if said.code is not None:
        assert len(said.code) == codes.LENGTH


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", Command.UNKNOWN),
        ("apa kabar", Command.UNKNOWN),
        ("BERHENTI dulu ya", Command.UNKNOWN),
        ("stop", Command.BERHENTI),
        ("TERIMA KASIH", Command.TERIMA),
        ("lapor", Command.LAPOR),
    ],
)
def test_what_has_no_code(text: str, command: Command) -> None:
    said = sms.read(text)
    assert said.command is command
    assert said.code is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("saya belum terima beras", CaseKind.NOT_RECEIVED),
        ("bantuan tidak pernah datang", CaseKind.NOT_RECEIVED),
        ("beras kurang 2 kg", CaseKind.SHORT),
        ("berasnya busuk", CaseKind.DAMAGED),
        ("petugas minta uang", CaseKind.CONDUCT),
        ("tolong dicek", CaseKind.NOT_RECEIVED),
        ("belum terima, petugas minta uang", CaseKind.NOT_RECEIVED),
    ],
)
def test_what_a_complaint_is_about(text: str, kind: CaseKind) -> None:
    assert sms.kind_of(text) is kind


def test_every_answer_fits_one_message() -> None:
    filled = {"reference": "ADU-2611-7K3M9Q", "due": "26-11-2026 10:00", "command": "TERIMA"}
    for answer in Answer:
        text = answer.format_map(filled)
        assert text.isascii()
        assert len(text) <= 160, answer.name


@given(st.from_regex(r"\+?[0-9]{8,15}", fullmatch=True))
def test_a_masked_number_keeps_seven_characters_at_most(number: str) -> None:
    masked = sms.masked_number(number)
    assert len(masked) == len(number)
    assert sum(c != "*" for c in masked) <= 7


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("NIK 3275011203850001 saya", "NIK **************** saya"),
        ("3275 0112 0385 0001", "*******************"),
        ("hp 0812-3456-7890", "hp **************"),
        ("kurang 2 kg dari 10", "kurang 2 kg dari 10"),
    ],
)
def test_long_runs_of_digits_are_masked(text: str, masked: str) -> None:
    assert sms.masked_text(text) == masked


def test_a_code_follows_from_its_digest_alone() -> None:
    digest = hmac.digest(b"k", b"ent_1", "sha256").hex()
    assert codes.from_digest(digest) == codes.from_digest(digest)
