import gzip
import hashlib
from random import Random

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.errors import Refused
from services.recipients.rosters.rules import (
    RosterBuilder,
    RosterContent,
    RosterRecipient,
    check_approval,
    content_hash,
    line,
    overlaps,
)


def recipient(
    i: int,
    village: int = 1001,
    version: int = 1,
    household: str = "",
    place: tuple[int, int] | None = None,
    person: str | None = None,
) -> RosterRecipient:
    latitude, longitude = place or (None, None)
    return {
        "_id": f"rcp_{i:026}", "area": f"32.75.03.{village}", "version": version, "householdBlind": household,
        "nikBlind": f"{i:064x}", "personBlind": person, "latitude_e6": latitude, "longitude_e6": longitude,
    }  # fmt: skip


RECIPIENTS = st.builds(
    recipient,
    st.integers(0, 10**6), st.integers(1001, 1006), st.integers(1, 99), st.text("0123456789abcdef", max_size=64),
    st.none() | st.tuples(st.integers(-11_500_000, 6_500_000), st.integers(94_500_000, 141_500_000)),
)  # fmt: skip


def built(recipients: list[RosterRecipient]) -> RosterContent:
    builder = RosterBuilder()
    for recipient in sorted(recipients, key=lambda r: r["_id"]):
        builder.add(recipient)
    return builder.build()


@given(RECIPIENTS)
def test_a_line_is_canonical_json(recipient: RosterRecipient) -> None:
    expected = {
        "area": recipient["area"], "household": recipient["householdBlind"], "latitude_e6": recipient["latitude_e6"],
        "longitude_e6": recipient["longitude_e6"], "nik": recipient["nikBlind"], "recipientId": recipient["_id"],
        "version": recipient["version"],
    }  # fmt: skip
    assert line(recipient) == rfc8785.dumps(expected) + b"\n"


@given(st.lists(RECIPIENTS, max_size=20, unique_by=lambda r: r["_id"]), st.randoms())
def test_the_hash_does_not_depend_on_the_order_of_input(recipients: list[RosterRecipient], random: Random) -> None:
    one = built(recipients)
    random.shuffle(recipients)
    two = built(recipients)
    assert one == two
    assert one.hash == content_hash(one.packed) == hashlib.sha256(gzip.decompress(one.packed)).hexdigest()
    assert sum(one.villages.values()) == one.size == len(recipients)


def test_out_of_order_is_an_error() -> None:
    builder = RosterBuilder()
    builder.add(recipient(2))
    for other in (2, 1):
        with pytest.raises(ValueError, match="ascending order"):
            builder.add(recipient(other))


def test_duplicates_count_each_further_record_of_a_person() -> None:
    persons = ["x", "y", "x", None, None, "x"]
    assert built([recipient(i, person=person) for i, person in enumerate(persons)]).duplicates == 2


@pytest.mark.parametrize(
    ("approver", "status", "duplicates", "code"),
    [
        ("b", "APPROVED", 0, "roster_not_proposed"),
        ("a", "PROPOSED", 0, "same_person"),
        ("b", "PROPOSED", 1, "roster_has_duplicates"),
        ("b", "PROPOSED", 0, None),
    ],
)
def test_conditions_of_approval(approver: str, status: str, duplicates: int, code: str | None) -> None:
    if code is None:
        check_approval(approver, "a", status, duplicates)
        return
    with pytest.raises(Refused) as refused:
        check_approval(approver, "a", status, duplicates)
    assert refused.value.code == code


def test_overlap() -> None:
    assert overlaps("32.75", ["32.75.03"])
    assert overlaps("32.75.03", ["32.75"])
    assert overlaps("32.75", ["ID"])
    assert not overlaps("32.75", ["32.76", "32.7"])
