from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.actor import Acting
from amanah.contracts.audit.actions import ACTIONS, AuditAction
from amanah.contracts.audit.entry import AuditEntry, Origin, Subject, canonical, new_entry_id
from services.audit.search.rules.entry import NotAnEntry, admit, read

TYPED = st.text() | st.text("0123456789 +-.@_/ab\0", max_size=40) | st.just("The card\0 is blurred")


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


def test_an_action_is_stored_as_its_string(entry: AuditEntry) -> None:
    made = AuditEntry(**{**dict(entry), "action": AuditAction.ROSTER_APPROVE, "id": "aud_1"})
    assert type(made.action) is str
    assert made.canonical() == (
        b'{"action":"recipients:roster:approve","actor":{"area":"32.01","id":"usr_1","role":"APPROVER"},"after":"",'
        b'"area":"32.01.05","authority":"SK/12","before":"","concerns":[],"event":{"id":"","topic":"","type":""},'
        b'"id":"aud_1","origin":{"device":"","ip":"","service":"recipients","trace":"abc"},"outcome":"done","reason":"",'
        b'"subject":{"id":"ros_1","type":"Roster"},"time":"2025-03-01T08:30:00.123Z","v":1}'
    )


def test_an_action_of_another_version_is_read(entry: AuditEntry) -> None:
    assert "recipients:roster:weigh" not in ACTIONS
    assert (
        read(entry.model_copy(update={"action": "recipients:roster:weigh"}).canonical()).action
        == "recipients:roster:weigh"
    )


@given(TYPED, TYPED, TYPED)
def test_whatever_people_type_is_no_way_past_the_log(reason: str, authority: str, device: str) -> None:
    written = AuditEntry(
        id=new_entry_id(), time=datetime(2025, 3, 1, tzinfo=UTC), actor=Acting(id="usr_1", name="", role="ADMIN", area="ID"),
        action="test:thing:change", subject=Subject(type="Thing", id="thing"), reason=reason, authority=authority,
        origin=Origin(service="test", device=device),
    )  # fmt: skip
    assert admit(written.canonical()).reason == written.reason


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
            admit(leaf)


def test_what_no_service_writes_is_not_admitted_and_stays_readable_where_the_log_has_it(entry: AuditEntry) -> None:
    body = orjson.loads(entry.canonical())
    for told, message in [
        ({"action": "approve"}, "action"),
        ({"name": "Siti"}, "no such field"),
        ({"reason": "NIK 3275010101900001"}, "reason"),
        ({"authority": "siti@example.id"}, "authority"),
    ]:
        leaf = canonical(body | told)
        with pytest.raises(NotAnEntry, match=message) as refused:
            admit(leaf)
        assert not set(told.values()) & {*str(refused.value).split()}
        assert read(leaf).id == entry.id
