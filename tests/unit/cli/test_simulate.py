"""The plan of a simulation: which event is sent when, and as what."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from amanah.cli.simulate import plan
from amanah.contracts.logistics import Reported, read

FIRST = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
START = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)


def event(minute: int, name: str, **more: Any) -> dict[str, Any]:
    at = FIRST + timedelta(minutes=minute)
    return {
        "type": "ObjectEvent", "eventID": f"urn:x:{name}", "action": "OBSERVE", "bizStep": "shipping",
        "eventTime": at.isoformat(), "eventTimeZoneOffset": "+07:00", "recordTime": at.isoformat(),
        "epcList": ["urn:amanah:package:SANDBOX-001"],
    } | more  # fmt: skip


def reported(*events: dict[str, Any]) -> list[Reported]:
    document = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"], "type": "EPCISDocument",
        "schemaVersion": "2.0", "creationDate": FIRST.isoformat(), "epcisBody": {"eventList": events},
    }  # fmt: skip
    found = [each for each in read(json.dumps(document).encode(), now=START) if isinstance(each, Reported)]
    assert len(found) == len(events)
    return found


def test_events_are_sent_in_the_order_and_pace_of_their_times() -> None:
    found = reported(event(30, "c"), event(0, "a"), event(10, "b"))
    planned = plan(found, speed=60)
    assert [(each.after, each.event["eventID"]) for each in planned] == [
        (0, "urn:x:a"),
        (10, "urn:x:b"),
        (30, "urn:x:c"),
    ]
    assert [each.event for each in planned] == [event(0, "a"), event(10, "b"), event(30, "c")]
    assert [each.after for each in plan(found, speed=0)] == [0, 0, 0]
    assert plan([], speed=1) == []


def test_events_may_happen_when_they_are_sent() -> None:
    declared = {"declarationTime": (FIRST + timedelta(minutes=12)).isoformat(), "reason": "incorrect_data"}
    found = reported(event(0, "a"), event(10, "b"), event(10, "b", errorDeclaration=declared))
    planned = [each.event for each in plan(found, speed=60, start=START)]
    assert [each["eventTime"] for each in planned] == [
        "2026-11-25T01:00:00.000Z", "2026-11-25T01:00:10.000Z", "2026-11-25T01:00:10.000Z",
    ]  # fmt: skip
    assert planned[2]["errorDeclaration"]["declarationTime"] == "2026-11-25T01:02:10.000Z"
    # A declaration has the id of its event, and a second simulation has other ids.
    assert planned[1]["eventID"] == planned[2]["eventID"] != planned[0]["eventID"]
    again = [each.event for each in plan(found, speed=60, start=START)]
    assert not {each["eventID"] for each in planned} & {each["eventID"] for each in again}
    assert all("recordTime" not in each and each["eventTimeZoneOffset"] == "+07:00" for each in planned)
    # At once: none lies in the future, and their distances stay.
    at_once = [each.event["eventTime"] for each in plan(found, speed=0, start=START)]
    assert at_once == ["2026-11-25T00:50:00.000Z", "2026-11-25T01:00:00.000Z", "2026-11-25T01:00:00.000Z"]
