"""Entries, filters and times of exports, and the words for actions."""

from datetime import UTC, datetime, timedelta

import pytest

from amanah.cli.audit.export import words
from amanah.cli.audit.export.entries import Filters, LogEntry, parse_time
from amanah.contracts.actor import Acting
from amanah.contracts.audit.entry import Subject
from tests.unit.cli.audit.commands import audit_entry

WANTED = "rcp_wanted"


def parsed(i: int) -> LogEntry:
    """Entry `i`, 10 minutes after the one before, by one of 7 people; number 3 has a related recipient."""
    leaf = audit_entry(
        i,
        time=datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=10 * i),
        actor=Acting(id=f"usr_{i % 7}", name="Sari", role="OFFICER", area="32"),
        concerns=(Subject(type="Recipient", id=WANTED if i == 3 else f"rcp_{i}"),),
    )
    return LogEntry.parse(i, leaf)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(actor="usr_3"), [3, 10, 17]),
        (Filters(subjects=("usr_3",)), [3, 10, 17]),
        (Filters(subjects=("hov_4", WANTED)), [3, 4]),
        (Filters(subjects=(WANTED,), actor="usr_4"), []),
        (Filters(since=parse_time("2026-11-01T00:20"), until=parse_time("2026-11-01T00:40")), [2, 3]),
        (Filters(since=parse_time("2026-11-01T10:00+07:00")), [18, 19]),
    ],
)
def test_all_filters_must_match(filters: Filters, expected: list[int]) -> None:
    assert [i for i in range(20) if filters.match(parsed(i))] == expected


def test_a_time_without_a_zone_is_utc_and_a_day_includes_its_end() -> None:
    assert parse_time("2026-11-24") == datetime(2026, 11, 24, tzinfo=UTC)
    assert parse_time("2026-11-24", end=True) == datetime(2026, 11, 25, tzinfo=UTC)
    assert parse_time("2026-11-24T07:00+07:00", end=True) == datetime(2026, 11, 24, tzinfo=UTC)
    assert parse_time("2026-11-24T08:00Z") == parse_time("2026-11-24T08:00")


def test_entries_of_any_content_can_be_exported() -> None:
    for leaf in (b"\xff", b"[]", b'{"actor":3,"concerns":[1,{"id":2}],"time":"2026"}'):
        entry = LogEntry.parse(0, leaf)
        assert (entry.text("actor", "id"), entry.time, entry.anchor) == ("", None, None)
        assert not Filters(since=parse_time("2026-11-24")).match(entry)


def test_an_action_has_words_and_an_unknown_one_keeps_its_own() -> None:
    assert words.describe_action("distribution:handover:accept") == "menerima serah terima"
    assert words.describe_action("distribution:handover:weigh") == "weigh handover"
