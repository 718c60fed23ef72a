"""Personal data is read with its key and for its place only; blind indexes and commitments tell nothing else."""

import base64
import os

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.audit.entry import canonical
from amanah.runtime.crypto import CannotDecrypt, Keyring, commitment

ONE = {1: b"a" * 32}
BOTH = {1: b"a" * 32, 2: b"b" * 32}


@given(st.text(max_size=200), st.text(max_size=50))
def test_what_is_encrypted_is_read_back(text: str, context: str) -> None:
    ring = Keyring(ONE)
    assert ring.decrypt(ring.encrypt(text, context), context) == text


def test_another_context_cannot_read_it() -> None:
    ring = Keyring(ONE)
    with pytest.raises(CannotDecrypt):
        ring.decrypt(ring.encrypt("3201", "rcp_1/nik"), "rcp_2/nik")


def test_a_changed_text_is_noticed() -> None:
    ring = Keyring(ONE)
    version, _, encoded = ring.encrypt("3201", "x").partition(".")
    raw = bytearray(base64.urlsafe_b64decode(encoded))
    raw[-1] ^= 1
    with pytest.raises(CannotDecrypt):
        ring.decrypt(f"{version}.{base64.urlsafe_b64encode(bytes(raw)).decode()}", "x")


def test_after_rotation_old_texts_are_read_and_new_ones_use_the_new_key() -> None:
    old, both = Keyring(ONE), Keyring(BOTH)
    assert both.decrypt(old.encrypt("3201", "x"), "x") == "3201"
    assert both.encrypt("3201", "x").startswith("2.")
    with pytest.raises(CannotDecrypt):
        old.decrypt(both.encrypt("3201", "x"), "x")


def test_the_blind_index_outlives_rotation_and_keeps_purposes_apart() -> None:
    assert Keyring(ONE).blind("3201", "nik") == Keyring(BOTH).blind("3201", "nik")
    assert Keyring(ONE).blind("3201", "nik") != Keyring(ONE).blind("3201", "kk")


def test_a_ring_reads_the_form_it_generates() -> None:
    ring = Keyring.parse(Keyring.generate())
    assert ring.decrypt(ring.encrypt("x", ""), "") == "x"


@given(st.dictionaries(st.text("abc", min_size=1), st.integers(-(2**53) + 1, 2**53 - 1) | st.text() | st.booleans()))
def test_a_commitment_depends_on_state_and_key_alone(state: dict[str, object]) -> None:
    key = os.urandom(32)
    assert commitment(key, state) == commitment(key, dict(reversed(state.items())))
    assert commitment(key, state) != commitment(os.urandom(32), state)
    assert commitment(key, None) == ""


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(min_codepoint=32, max_codepoint=126)), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(JSON)
def test_canonical_json_is_that_of_rfc_8785(value: object) -> None:

    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type] # hypothesis knows no JSON type
