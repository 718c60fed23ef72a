"""The sandbox: each mistake of docs/partners/start.md gets the code that the page names."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from amanah.contracts.logistics import Rejection, Reported, read
from services.distribution.partner_events.rules import Accepted, Duplicate, Sender, judge
from services.distribution.partner_events.sandbox import sandbox_facts

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
EVENT: dict[str, Any] = {
    "type": "ObjectEvent", "eventID": "urn:uuid:0c1e8a6e-52f7-4b0e-9f0c-3d0a8f5f1d11",
    "eventTime": "2026-11-24T09:30:00+07:00", "eventTimeZoneOffset": "+07:00", "action": "OBSERVE", "bizStep": "arriving",
    "epcList": ["urn:amanah:package:SANDBOX-001"], "bizLocation": {"id": "urn:amanah:place:SANDBOX-POS"},
    "quantityList": [{"epcClass": "urn:amanah:item:BERAS", "quantity": 740, "uom": "KGM"}],
}  # fmt: skip
SENDER = Sender("ptn_1", ("ptn_1",), sandbox=True)


def event(**changes: Any) -> Reported:
    """The page's event, changed."""
    (found,) = read(json.dumps(EVENT | changes).encode(), now=NOW)
    assert isinstance(found, Reported)
    return found


def test_the_event_is_accepted_and_its_repeat_is_a_duplicate() -> None:
    facts = sandbox_facts(SENDER, {})
    first = judge(event(), facts)
    assert isinstance(first, Accepted)
    assert first.counted == {"BERAS": 740_000}
    assert isinstance(judge(event(), facts), Duplicate)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"epcList": ["urn:amanah:package:SANDBOX-OTHER"]}, "not_your_package"),
        ({"epcList": ["urn:amanah:package:NONE"]}, "unknown_package"),
        ({"bizLocation": {"id": "urn:amanah:place:NOWHERE"}}, "unknown_place"),
        ({"quantityList": [{"epcClass": "urn:amanah:item:BERAS", "quantity": 740, "uom": "LTR"}]}, "unit_mismatch"),
        ({"quantityList": [{"epcClass": "urn:amanah:item:BATU", "quantity": 1}]}, "unknown_item"),
    ],
)
def test_a_mistake_gets_its_code(changes: dict[str, Any], code: str) -> None:
    verdict = judge(event(**changes), sandbox_facts(SENDER, {}))
    assert isinstance(verdict, Rejection)
    assert verdict.code == code


def test_other_content_under_a_known_id_is_refused() -> None:
    facts = sandbox_facts(SENDER, {})
    judge(event(), facts)
    verdict = judge(event(quantityList=[{"epcClass": "urn:amanah:item:BERAS", "quantity": 741, "uom": "KGM"}]), facts)
    assert isinstance(verdict, Rejection)
    assert (verdict.code, verdict.field) == ("event_id_reused", "/eventID")


def test_tonnes_are_kilograms() -> None:
    verdict = judge(
        event(quantityList=[{"epcClass": "urn:amanah:item:BERAS", "quantity": 0.1, "uom": "TNE"}]),
        sandbox_facts(SENDER, {}),
    )
    assert isinstance(verdict, Accepted)
    assert verdict.counted == {"BERAS": 100_000}


def test_what_a_record_allows_does_not_hold_in_the_sandbox() -> None:
    bound = Sender("ptn_1", ("ptn_1",), packages=("AB",), places=("POS",), area="32.01", sandbox=True)
    assert isinstance(judge(event(), sandbox_facts(bound, {})), Accepted)
