from datetime import UTC, datetime

import orjson
import pytest

from amanah.contracts.actor import Acting
from amanah.contracts.audit import AuditEntry, Origin, Subject, canonical, new_entry_id
from services.audit.domain.entry import NotAnEntry, read


@pytest.fixture
def entry() -> AuditEntry:
    return AuditEntry(
        id=new_entry_id(),
        time=datetime(2025, 3, 1, 8, 30, 0, 123000, tzinfo=UTC),
        actor=Acting(id="usr_1", name="Sari", role="APPROVER", area="32.01"),
        action="recipients:roster:approve",
        subject=Subject(type="Roster", id="ros_1"),
        area="32.01.05",
        authority="SK/12",
        origin=Origin(service="recipients", trace="abc"),
    )


def test_an_entry_is_read_as_it_was_written(entry: AuditEntry) -> None:
    found = read(entry.canonical())
    assert (found.id, found.time, found.action, found.area) == (entry.id, entry.time, entry.action, entry.area)
    assert (found.actor_id, found.actor_role, found.actor_area) == ("usr_1", "APPROVER", "32.01")
    assert (found.subject_type, found.subject_id) == ("Roster", "ros_1")
    assert (found.service, found.trace, found.authority, found.outcome) == ("recipients", "abc", "SK/12", "done")


def test_what_is_no_entry(entry: AuditEntry) -> None:
    body = orjson.loads(entry.canonical())
    without_subject = {k: v for k, v in body.items() if k != "subject"}
    for leaf, message in [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (entry.canonical() + b" ", "canonical"),
        (b'{"b":1,"a":2}', "canonical"),
        (b"[]", "lacks"),
        (canonical(without_subject), "subject"),
        (canonical(body | {"time": "yesterday"}), "time"),
        (canonical(body | {"id": ""}), "id"),
        (canonical(body | {"reason": "x" * 65_535}), "65535"),
    ]:
        with pytest.raises(NotAnEntry, match=message):
            read(leaf)
