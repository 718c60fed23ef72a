from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.tlog.checkpoint import NotSigned, Signer
from amanah.tlog.key_rotation import KeyRotation
from amanah.tlog.layout import Malformed

OLD, NEW, OTHER = (Signer("log.example/audit", bytes([i] * 32)) for i in (1, 2, 3))
HANDED = KeyRotation("log.example/audit", OLD.verifier, NEW.verifier, date(2026, 11, 24))


def test_whoever_trusts_the_old_key_gets_the_new_one() -> None:
    assert KeyRotation.open(HANDED.signed(OLD, NEW).encode(), OLD.verifier) == HANDED


def test_a_note_of_another_key_is_rejected() -> None:
    with pytest.raises(NotSigned, match="not the one you trust"):
        KeyRotation.open(HANDED.signed(OLD, NEW).encode(), OTHER.verifier)


@pytest.mark.parametrize("pair", [(OLD, OLD), (NEW, NEW), (OLD, OTHER), (OTHER, NEW)])
def test_both_keys_must_have_signed(pair: tuple[Signer, Signer]) -> None:
    with pytest.raises(NotSigned):
        KeyRotation.open(HANDED.signed(*pair).encode(), OLD.verifier)


def test_both_keys_must_have_the_same_name() -> None:
    thief = Signer("log.example/other", bytes(32))
    note = KeyRotation("log.example/audit", OLD.verifier, thief.verifier, date(2026, 11, 24)).signed(OLD, thief)
    with pytest.raises(NotSigned, match="must have the same name"):
        KeyRotation.open(note.encode(), OLD.verifier)


@given(st.integers(0, len(HANDED.signed(OLD, NEW).encode()) * 8 - 1))
def test_any_flipped_bit_is_noticed(bit: int) -> None:
    data = bytearray(HANDED.signed(OLD, NEW).encode())
    data[bit // 8] ^= 1 << bit % 8
    with pytest.raises((Malformed, NotSigned)):
        KeyRotation.open(bytes(data), OLD.verifier)


@pytest.mark.parametrize("text", ["hello\n", HANDED.text + "more\n", HANDED.text.replace("2026-11-24", "yesterday")])
def test_invalid_notes_are_rejected(text: str) -> None:
    with pytest.raises(Malformed):
        KeyRotation.open(f"{text}\n{OLD.sign(text)}{NEW.sign(text)}".encode(), OLD.verifier)
