"""Names of partners, and what a partner may speak of."""

from datetime import UTC, datetime, timedelta

import pytest

from services.distribution.partners.rules import is_valid, may_carry, may_name, name_key


def test_names_are_compared_without_case_and_blanks() -> None:
    assert name_key("  PT   Angkut\tJaya ") == name_key("pt angkut JAYA")
    assert name_key("Straße") == name_key("STRASSE")
    assert name_key("PT Angkut") != name_key("PT Angkutan")


@pytest.mark.parametrize(
    ("area", "prefixes", "package_area", "code", "may"),
    [
        ("32.01", (), "32.01.05", "A-1", True),
        ("32.01", (), "32", "A-1", True),
        ("32.01", (), "32.02", "A-1", False),
        ("32.01", (), "32.010", "A-1", False),
        ("ID", ("B-", "A-"), "33", "A-1", True),
        ("ID", ("B-",), "33", "A-1", False),
        ("32.01", ("A-",), "33", "A-1", False),
    ],
)
def test_packages_of_a_partner(area: str, prefixes: tuple[str, ...], package_area: str, code: str, may: bool) -> None:
    assert may_carry(area, prefixes, package_area, code) is may


def test_places_of_a_partner() -> None:
    assert may_name("32.01", (), "32.01.05", "POS")
    assert not may_name("32.01", (), "33", "POS")
    # A named place may lie elsewhere: where a way of the partner begins.
    assert may_name("32.01", ("PORT",), "33", "PORT")
    assert not may_name("32.01", ("PORT",), "32.01.05", "POS")


def test_a_credential_ends() -> None:
    now = datetime.now(UTC)
    assert is_valid(None, now)
    assert is_valid(now + timedelta(seconds=1), now)
    assert not is_valid(now, now)
