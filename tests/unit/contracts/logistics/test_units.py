"""Quantities are converted exactly between units of one dimension, and not otherwise."""

from decimal import Decimal

import pytest

from amanah.contracts.logistics.units import code_of, convert


@pytest.mark.parametrize(
    ("quantity", "uom", "unit", "converted"),
    [
        ("0.1", "TNE", "kg", "100"),
        ("2500", "GRM", "kg", "2.5"),
        ("1", "LBR", "kg", "0.45359237"),
        ("1", "LBR", "g", "453.59237"),
        ("3", "KGM", "kg", "3"),
        ("3", "KGM", "kuintal", "0.03"),
        ("1", "MTQ", "liter", "1000"),
        ("750", "MLT", "liter", "0.75"),
        ("2", "LTR", "ml", "2000"),
        ("5", "EA", "pcs", "5"),
        ("5", "H87", "buah", "5"),
        ("5", "C62", "pcs", "5"),
        ("2", "DZN", "pcs", "24"),
        ("5", "", "sak", "5"),
        ("5", "sak", "Sak", "5"),
        ("5", "kg", "KG", "5"),
        ("1", "KGM", "LBR", "2.204622622"),
    ],
)
def test_units_of_one_dimension(quantity: str, uom: str, unit: str, converted: str) -> None:
    assert convert(Decimal(quantity), uom, unit) == Decimal(converted)


@pytest.mark.parametrize(
    ("uom", "unit"), [("KGM", "liter"), ("LTR", "kg"), ("EA", "kg"), ("KGM", "sak"), ("XYZ", "kg"), ("KGM", "IDR")]
)
def test_others_cannot_be_converted(uom: str, unit: str) -> None:
    assert convert(Decimal(1), uom, unit) is None


def test_a_code_is_found_by_its_words() -> None:
    assert [code_of(w) for w in ("kg", "Liter", "pcs", "kgm", "karung")] == ["KGM", "LTR", "H87", "KGM", None]
