"""Parsing of SMS, and the replies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.cases import CaseKind
from services.distribution.cases.rules.notices import Notice
from services.distribution.rounds.rules import codes
from services.distribution.sms import rules as sms
from services.distribution.sms.rules import Command, Reply

code_texts = st.binary(min_size=32, max_size=32).map(bytes.hex).map(codes.from_digest)
spaces = st.sampled_from(["", " ", "  ", "-", " - "])


@st.composite
def spelled(draw: st.DrawFn, word: str) -> str:
    """A word in any case, with spaces before and within."""
    return "".join(
        draw(st.sampled_from(["", " ", "\t"])) + draw(st.sampled_from([letter, letter.lower()])) for letter in word
    )


@given(spelled("TERIMA"), spaces, code_texts)
def test_terima_is_understood_whatever_case_and_spaces(word: str, gap: str, code: str) -> None:
    assert sms.parse(word + gap + code) == sms.ParsedSms(Command.TERIMA, code)


@given(spelled("LAPOR"), code_texts, st.text("abcdefgh ijk.", max_size=40))
def test_lapor_keeps_the_complaint(word: str, code: str, text: str) -> None:
    parsed = sms.parse(f"{word} {code} {text}")
    assert (parsed.command, parsed.code) == (Command.LAPOR, code)
    assert parsed.text == text.strip(" .")


@pytest.mark.parametrize("word", ["BANTUAN", "BERHENTI", "MULAI"])
@given(data=st.data())
def test_words_alone(word: str, data: st.DataObject) -> None:
    assert sms.parse(data.draw(spelled(word)) + data.draw(st.sampled_from(["", " ", ".", "!"]))) == sms.ParsedSms(
        Command(word)
    )


@given(st.text(max_size=200))
def test_every_text_is_read(text: str) -> None:
    parsed = sms.parse(text)
    assert parsed.command in Command
    if parsed.code is not None:
        assert len(parsed.code) == codes.LENGTH


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
    parsed = sms.parse(text)
    assert parsed.command is command
    assert parsed.code is None


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


def test_every_reply_fits_one_message() -> None:
    filled = {"reference": "ADU-2611-7K3M9Q", "due": "26-11-2026 10:00", "command": "TERIMA"}
    for reply in (*Reply, *Notice):
        text = reply.format_map(filled)
        assert text.isascii()
        assert len(text) <= 160, reply.name


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
