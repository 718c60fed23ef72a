import pytest

from services.recipients.register.rules.records import PARTS, address, content_text, differences, words

RECORD = {
    "nik": "1.token", "nikBlind": "n1", "householdNumber": "1.kk", "householdBlind": "k1", "name": "SITI AMINAH",
    "birthDate": "1980-03-12", "sex": "FEMALE", "address": "JL. MELATI", "rt": "003", "rw": "012",
    "area": "32.75.03.1006", "phone": "+6281234567890", "latitude_e6": -6201200, "longitude_e6": 107003400,
    "householdSize": 4, "status": "ACTIVE",
}  # fmt: skip


def changed(**values: object) -> list[tuple[str, str | None, str | None]]:
    return [(c.field, c.before, c.after) for c in differences(RECORD, RECORD | values)]


def test_the_first_version_sets_all_that_is_known() -> None:
    fields = {c.field: c.after for c in differences(None, RECORD | {"phone": None})}
    assert fields["address"] == "JL. MELATI RT 003/RW 012"
    assert fields["location"] == "-6.201200, 107.003400"
    assert fields["householdSize"] == "4"
    assert "phone" not in fields


def test_nothing_changed_nothing_told() -> None:
    assert changed() == []


def test_an_encryption_is_no_change() -> None:
    assert changed(nik="1.other token") == []
    assert changed(householdNumber="1.new", householdBlind="k2") == [("householdNumber", "1.kk", "1.new")]


@pytest.mark.parametrize(
    ("values", "field", "before", "after"),
    [
        ({"name": "SITI"}, "name", "SITI AMINAH", "SITI"),
        ({"rt": None}, "address", "JL. MELATI RT 003/RW 012", "JL. MELATI RW 012"),
        ({"phone": None}, "phone", "+6281234567890", None),
        ({"latitude_e6": -6201300}, "location", "-6.201200, 107.003400", "-6.201300, 107.003400"),
        ({"latitude_e6": None, "longitude_e6": None}, "location", "-6.201200, 107.003400", None),
        ({"status": "REMOVED"}, "status", "ACTIVE", "REMOVED"),
    ],
)
def test_what_changed_is_told_as_people_know_it(
    values: dict[str, object], field: str, before: str | None, after: str | None
) -> None:
    assert changed(**values) == [(field, before, after)]


def test_content_is_all_that_a_list_can_say() -> None:
    assert content_text(RECORD) == content_text(RECORD | {"status": "SUSPENDED"})
    for part in PARTS:
        assert content_text(RECORD) != content_text(RECORD | {part: "else"})


def test_an_address_without_its_block() -> None:
    assert address({"address": "", "rt": None, "rw": None}) == ""
    assert address({"address": "JL. MELATI"}) == "JL. MELATI"


def test_names_are_found_by_their_words() -> None:
    assert words("H. Siti  Aminah, S.Pd siti") == ["H", "SITI", "AMINAH", "S", "PD"]
