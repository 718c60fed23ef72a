"""Every example of GS1 and OpenEPCIS is read, in JSON and in XML, with the hash that the reference computes."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from amanah.contracts.logistics import Read, Rejection, Reported, read, xml
from amanah.contracts.logistics.hashing import event_hash, pre_hash

EXAMPLES = Path(__file__).parent / "gs1"
NOW = datetime(2026, 11, 24, tzinfo=UTC)

# A field `extension` without a prefix, which GS1's JSON schema refuses too.
NO_JSON = {"AggregationEvent_with_userExtensions", "AssociationEvent_with_userExtensions"}
# The JSON file lacks an extension that the XML file has.
NOT_THE_SAME = NO_JSON | {"SensorData_with_combined_events", "TransformationEvent_with_userExtensions"}
WITHOUT_EFFECT = {"AssociationEvent", "TransformationEvent"}


def files(folder: str) -> list[Path]:
    found = sorted((EXAMPLES / folder).iterdir())
    assert len(found) > 15
    return found


def prefixes(*contexts: Any) -> dict[str, str]:
    entries = [e for c in contexts for e in (c if isinstance(c, list) else [c]) if isinstance(e, dict)]
    return {k: v for e in entries for k, v in e.items() if isinstance(v, str)}


def events(document: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, str]]]:
    return [
        (event, prefixes(document.get("@context"), event.get("@context")))
        for event in document["epcisBody"]["eventList"]
    ]


def accepted(results: list[Read]) -> list[Reported]:
    assert not [r for r in results if isinstance(r, Rejection)]
    return [r for r in results if isinstance(r, Reported)]


@pytest.mark.parametrize("file", [f for f in files("json") if f.stem not in NO_JSON], ids=lambda f: f.stem)
def test_a_json_example_is_accepted(file: Path) -> None:
    document = json.loads(file.read_text())
    read_events = accepted(read(file.read_bytes(), now=NOW))
    assert len(read_events) == len(document["epcisBody"]["eventList"])
    for got, (sent, names) in zip(read_events, events(document), strict=True):
        sensor_only = got.kind == "ObjectEvent" and not (sent.get("epcList") or sent.get("quantityList"))
        assert got.effect == (got.kind not in WITHOUT_EFFECT and not sensor_only)
        if not got.effect:
            assert (got.packages, got.parent, got.goods) == ((), None, ())
        assert set(sent.get("epcList", [])) <= set(got.epcs)
        assert got.content == event_hash(sent, names)


@pytest.mark.parametrize("stem", sorted(NO_JSON))
def test_a_field_without_prefix_is_refused(stem: str) -> None:
    (only,) = read((EXAMPLES / "json" / f"{stem}.json").read_bytes(), now=NOW)
    assert isinstance(only, Rejection)
    assert only.code == "schema"


@pytest.mark.parametrize("file", files("xml") + files("xml-1.2"), ids=lambda f: f"{f.parent.name} {f.stem}")
def test_an_xml_example_is_accepted(file: Path) -> None:
    assert accepted(read(file.read_bytes(), now=NOW, media_type="application/xml"))


@pytest.mark.parametrize(
    "file",
    [f for f in files("xml") if (EXAMPLES / "json" / f"{f.stem}.json").exists() and f.stem not in NOT_THE_SAME],
    ids=lambda f: f.stem,
)
def test_an_event_has_one_hash_in_xml_and_json(file: Path) -> None:
    in_json = events(json.loads((EXAMPLES / "json" / f"{file.stem}.json").read_text()))
    in_xml = events(xml.document(file.read_bytes()))
    assert [pre_hash(*e) for e in in_xml] == [pre_hash(*e) for e in in_json]


REFERENCE = json.loads((EXAMPLES / "reference.json").read_text())


@pytest.mark.parametrize("case", REFERENCE, ids=lambda c: f"{c['file']} {c['event']}")
def test_the_hash_is_that_of_the_reference_implementation(case: dict[str, Any]) -> None:
    document = json.loads((EXAMPLES / "json" / case["file"]).read_text())
    event = document["epcisBody"]["eventList"][case["event"]]
    kept = {k: v for k, v in event.items() if k not in case["without"]}
    assert event_hash(kept, prefixes(document["@context"], kept.get("@context"))) == case["hash"]


def test_the_reference_covers_what_shipments_are_made_of() -> None:
    assert len(REFERENCE) >= 60
    assert sum(not case["without"] for case in REFERENCE) > 20


def test_the_answer_to_a_query_is_read_as_any_document() -> None:
    document = json.loads((EXAMPLES / "json" / "ObjectEvent.json").read_text())
    body = {"queryResults": {"queryName": "SimpleEventQuery", "resultsBody": document["epcisBody"]}}
    passed_on = document | {"type": "EPCISQueryDocument", "epcisBody": body}
    first, second = accepted(read(json.dumps(passed_on).encode(), now=NOW))
    assert [r.content for r in (first, second)] == [
        r.content for r in accepted(read(json.dumps(document).encode(), now=NOW))
    ]
    assert second.pointer == "/epcisBody/queryResults/resultsBody/eventList/1"
