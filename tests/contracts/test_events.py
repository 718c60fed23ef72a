"""Every event version has an example that decodes, and change within a version is additive."""

import json
from pathlib import Path

import pytest

from amanah.contracts.events import EVENTS
from amanah.contracts.message import Event
from amanah.contracts.topics import PARTNER_OUTCOMES, TOPICS

EXAMPLES = Path(__file__).parents[2] / "amanah" / "contracts" / "examples"


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS.keys())
def test_its_example_decodes_and_encodes_to_itself(event: type[Event]) -> None:
    example = json.loads((EXAMPLES / f"{event.type}.json").read_text())
    decoded = event.model_validate(example)
    assert json.loads(decoded.model_dump_json()) == example
    assert decoded.key()


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS.keys())
def test_a_field_that_is_unknown_is_ignored(event: type[Event]) -> None:
    example = json.loads((EXAMPLES / f"{event.type}.json").read_text())
    event.model_validate(example | {"added_later": 1})


def test_every_example_is_of_an_event() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.json")} == set(EVENTS)


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS.keys())
def test_its_name_and_topic_are_in_order(event: type[Event]) -> None:
    owner = event.type.split(".")[2]
    assert event.type.startswith("id.amanah.")
    assert owner in (TOPICS | {PARTNER_OUTCOMES.name: PARTNER_OUTCOMES})[event.topic].producers
    assert event.type.endswith(".v1")
