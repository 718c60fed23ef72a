"""Text fit for the public log: nobody's number, and every decree."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.actor import SYSTEM
from amanah.contracts.audit.entry import AuditEntry, Origin, Subject, new_entry_id, related_subjects
from amanah.contracts.errors import Refused
from amanah.contracts.ids import derived_id, new_id
from amanah.contracts.public_text import fit_for_log, is_opaque, masked

NUMBERS = [
    "3201050101850001", "3201 0501 0185 0001", "3201-0501-0185-0001", "081234567890", "0812 3456 7890", "+62 812-3456-7890",
    "+6281234567890", "NIK3201050101850001", "KK 3201050101100001", "0021234567",
    "NIK_3201050101850001", "+62 812 34 56 78 90", "3201/0501/0185/0001", "3201_0501_0185_0001",
]  # fmt: skip
FINE = [
    "", "SPK/2024/0012/0034/0056", "SK 12/2026", "Kepmendagri 300.2.2-2430/2025", "460.12.08.2026.001", "SPM 7/2026", "2026-11-24 09:20", "10 kg, 497 people",
    "paid=1000000, rejected=12", "about 150000 rupiah", derived_id("rnd", "1"), f"{derived_id('pay', '1')}-0001.xml", "32.01.05.2001",
]  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("text", ["{}", "She says it is {}.", "({})", "NIK: {}, and nothing else", "x\n{}\ny"])
def test_a_number_of_somebody_is_refused_and_masked(number: str, text: str) -> None:
    said = text.format(number)
    with pytest.raises(Refused) as caught:
        fit_for_log(said, "note")
    assert (caught.value.code, caught.value.field) == ("reason_unfit", "note")
    assert number not in caught.value.message
    shown = masked(said)
    assert sum(map(str.isdigit, shown)) <= 2
    assert masked(shown) == shown


@pytest.mark.parametrize("text", FINE)
def test_decrees_days_amounts_and_ids_stay_as_they_are(text: str) -> None:
    assert fit_for_log(text, "authority") == text


@pytest.mark.parametrize(
    "text", ["budi@example.id", "ask <budi.s@mail.example.co.id>.", "mailto:budi+bansos@example.id"]
)
def test_an_e_mail_address_is_refused_and_masked(text: str) -> None:
    with pytest.raises(Refused) as caught:
        fit_for_log(text, "note")
    assert caught.value.code == "reason_unfit"
    assert "@" not in masked(text)


@given(st.text("ab0123456789 @.-+_/<>[]", max_size=60))
def test_what_is_masked_stays_as_it_is(text: str) -> None:
    assert masked(masked(text)) == masked(text)


@pytest.mark.parametrize(
    "identifier",
    [
        derived_id("usr", "1"), "12345678-1234-1234-1234-123456789012", "auth0|507f1f77bcf86cd799439020", "x" * 200,
        "f:12345678-1234-1234-1234-123456789012:k7Q",
    ],
)  # fmt: skip
def test_ids_that_show_nobody_are_opaque(identifier: str) -> None:
    assert is_opaque(identifier)


@pytest.mark.parametrize(
    "identifier",
    [
        *NUMBERS, "budi@example.id", "budi@kemensos", "Budi Santoso", "budi\u00a0s", "a\nb", "a\0b", "x" * 201,
        "f:12345678-1234-1234-1234-123456789012:3201050101850001", "budi.3201050101850001",
    ],
)  # fmt: skip
def test_ids_that_show_somebody_are_not(identifier: str) -> None:
    assert not is_opaque(identifier)


@given(st.text(), st.integers(min_value=10**15, max_value=10**16 - 1), st.text())
def test_sixteen_digits_in_a_row_never_stand_alone(before: str, nik: int, after: str) -> None:
    assert f" {nik} " not in f" {masked(f'{before} {nik} {after}')} "


def test_an_entry_masks_what_came_by_another_way() -> None:
    entry = AuditEntry(
        id=new_entry_id(), time=datetime(2026, 11, 24, tzinfo=UTC), actor=SYSTEM, action="test:thing:change",
        subject=Subject(type="Thing", id="thing"), origin=Origin(service="test", device="HP 356938035643809"),
        reason="for 3201050101850001", authority="her letter of 0812 3456 7890",
    )  # fmt: skip
    assert (entry.reason, entry.authority) == ("for [number]", "her letter of [number]")
    assert entry.origin.device == "HP [number]"
    assert b"3201050101850001" not in entry.canonical()


def test_concerns_are_named_once_and_only_what_is_a_thing() -> None:
    recipient, officer = new_id("rcp"), new_id("usr")
    named = related_subjects(
        recipient, None, officer, recipient, "PT Angkut", "system", packages=["P-1", None], places=["POS"]
    )
    assert [(each.type, each.id) for each in named] == [
        ("Recipient", recipient), ("User", officer), ("Package", "P-1"), ("Place", "POS"),
    ]  # fmt: skip
