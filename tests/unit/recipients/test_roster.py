import gzip
import hashlib
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.errors import Refused
from services.recipients.rosters.rules import Freezer, Frozen, hash_of, line, may_approve, overlaps

RECIPIENTS = st.builds(
    lambda i, village, version, household, place: {
        "_id": f"rcp_{i:026}", "area": f"32.75.03.{village}", "version": version, "householdBlind": household,
        "nikBlind": f"{i:064x}", "personBlind": None, "latitude_e6": place and place[0], "longitude_e6": place and place[1],
    },
    st.integers(0, 10**6), st.integers(1001, 1006), st.integers(1, 99), st.text("0123456789abcdef", max_size=64),
    st.none() | st.tuples(st.integers(-11_500_000, 6_500_000), st.integers(94_500_000, 141_500_000)),
)  # fmt: skip


def frozen(recipients: list[dict[str, Any]]) -> Frozen:
    freezer = Freezer()
    for recipient in sorted(recipients, key=lambda r: r["_id"]):
        freezer.add(recipient)
    return freezer.frozen()


@given(RECIPIENTS)
def test_a_line_is_canonical_json(recipient: dict[str, Any]) -> None:
    expected = {
        "area": recipient["area"], "household": recipient["householdBlind"], "latitude_e6": recipient["latitude_e6"],
        "longitude_e6": recipient["longitude_e6"], "nik": recipient["nikBlind"], "recipientId": recipient["_id"],
        "version": recipient["version"],
    }  # fmt: skip
    assert line(recipient) == rfc8785.dumps(expected) + b"\n"


@given(st.lists(RECIPIENTS, max_size=20, unique_by=lambda r: r["_id"]), st.randoms())
def test_the_hash_does_not_depend_on_how_they_came(recipients: list[dict[str, Any]], random: Any) -> None:
    one = frozen(recipients)
    random.shuffle(recipients)
    two = frozen(recipients)
    assert one == two
    assert one.hash == hash_of(one.packed) == hashlib.sha256(gzip.decompress(one.packed)).hexdigest()
    assert sum(one.villages.values()) == one.size == len(recipients)


def test_out_of_order_is_an_error() -> None:
    freezer = Freezer()
    recipient = {"_id": "rcp_2", "area": "a", "version": 1, "householdBlind": "", "nikBlind": "", "personBlind": None}
    freezer.add(recipient | {"latitude_e6": None, "longitude_e6": None})
    with pytest.raises(ValueError, match="sorted"):
        freezer.add(recipient | {"latitude_e6": None, "longitude_e6": None})


def test_duplicates_are_those_who_are_on_it_once_more() -> None:
    base = {"area": "a", "version": 1, "householdBlind": "", "nikBlind": "", "latitude_e6": None, "longitude_e6": None}
    persons = ["x", "y", "x", None, None, "x"]
    assert frozen([base | {"_id": f"rcp_{i}", "personBlind": p} for i, p in enumerate(persons)]).duplicates == 2


@pytest.mark.parametrize(
    ("approver", "status", "duplicates", "code"),
    [
        ("b", "APPROVED", 0, "roster_not_proposed"),
        ("a", "PROPOSED", 0, "same_person"),
        ("b", "PROPOSED", 1, "roster_has_duplicates"),
        ("b", "PROPOSED", 0, None),
    ],
)
def test_who_may_approve(approver: str, status: str, duplicates: int, code: str | None) -> None:
    if code is None:
        may_approve(approver, "a", status, duplicates)
        return
    with pytest.raises(Refused) as refused:
        may_approve(approver, "a", status, duplicates)
    assert refused.value.code == code


def test_overlap() -> None:
    assert overlaps("32.75", ["32.75.03"])
    assert overlaps("32.75.03", ["32.75"])
    assert overlaps("32.75", ["ID"])
    assert not overlaps("32.75", ["32.76", "32.7"])
