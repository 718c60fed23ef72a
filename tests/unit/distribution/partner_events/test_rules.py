"""Rules on partner events: the places that a partner may name, and events from before their content was stored."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from amanah.contracts.logistics import Rejection, Reported, read
from services.distribution.partner_events.rules import (
    Accepted,
    Duplicate,
    Facts,
    KnownPackage,
    Sender,
    event_key,
    judge,
)

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
PLACES = {"POS": "32.01.05", "FAR": "33.02"}


def event(place: str = "POS") -> Reported:
    """A package of the partner at a place."""
    sent: dict[str, Any] = {
        "type": "ObjectEvent", "eventID": "urn:x:1", "eventTime": "2026-11-24T09:30:00+07:00",
        "eventTimeZoneOffset": "+07:00", "action": "OBSERVE", "bizStep": "arriving",
        "epcList": ["urn:amanah:package:P-1"], "bizLocation": {"id": f"urn:amanah:place:{place}"},
    }  # fmt: skip
    (found,) = read(json.dumps(sent).encode(), now=NOW)
    assert isinstance(found, Reported)
    return found


def facts(sender: Sender, contents: dict[str, str] | None = None) -> Facts:
    """One package of the partner, and two places."""
    return Facts(sender, {"P-1": KnownPackage("pkg_1", "P-1", "ptn_1", {})}, PLACES, contents or {})


@pytest.mark.parametrize(
    ("sender", "place", "allowed"),
    [
        (Sender("ptn_1", ("ptn_1",)), "FAR", True),
        (Sender("ptn_1", ("ptn_1",), area="32.01"), "POS", True),
        (Sender("ptn_1", ("ptn_1",), area="32.01"), "FAR", False),
        (Sender("ptn_1", ("ptn_1",), area="32.01", places=("FAR",)), "FAR", True),
        (Sender("ptn_1", ("ptn_1",), area="32.01", places=("FAR",)), "POS", False),
    ],
)
def test_a_partner_names_the_places_of_its_record_or_else_of_its_area(
    sender: Sender, place: str, allowed: bool
) -> None:
    verdict = judge(event(place), facts(sender))
    assert isinstance(verdict, Accepted) is allowed
    if isinstance(verdict, Rejection):
        assert (verdict.code, verdict.field) == ("unknown_place", "/bizLocation/id")


def test_an_event_from_before_contents_were_stored_is_a_duplicate() -> None:
    sender = Sender("ptn_1", ("ptn_1",))
    known = {event_key("ptn_1", "urn:x:1"): ""}
    assert isinstance(judge(event(), facts(sender, known)), Duplicate)
