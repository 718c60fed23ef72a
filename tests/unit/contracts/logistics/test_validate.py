"""`amanah validate` tells a partner beforehand what the service would say."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from amanah.cli.validate import validate

app = typer.Typer()
app.command()(validate)

GOOD: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2026-11-24T09:30:00+07:00",
    "eventTimeZoneOffset": "+07:00",
    "action": "OBSERVE",
    "bizStep": "shipping",
    "epcList": ["urn:epc:id:sscc:4012345.1112223334"],
    "readPoint": {"id": "urn:amanah:place:GUDANG"},
}


def document(*events: Any) -> str:
    return json.dumps(
        {
            "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-11-24T09:30:00+07:00",
            "epcisBody": {"eventList": events},
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (json.dumps(GOOD | {"eventTime": "2025-11-24T09:30:00+07:00"}), 0, "shipping of 140123451122233341 at GUDANG, 2025-11-24 02:30 UTC"),
        (document(GOOD | {"eventTime": "2025-11-24T09:30:00+07:00"}, {"type": "x"}), 1, "rejected  event 1: schema at /epcisBody/eventList/1/type"),
        ("no json", 1, "rejected  document: not_json"),
        (json.dumps(GOOD | {"eventTime": "2999-11-24T09:30:00+07:00"}), 1, "time_in_future at /eventTime"),
        (" " * 5_000_001, 1, "too_large"),
    ],
)  # fmt: skip
def test_it_says_what_would_happen(tmp_path: Path, content: str, code: int, said: str) -> None:
    file = tmp_path / "events.json"
    file.write_text(content)
    result = CliRunner().invoke(app, [str(file)])
    assert result.exit_code == code
    assert said in result.output


def test_standard_input_and_a_missing_file() -> None:
    assert CliRunner().invoke(app, ["-"], input=json.dumps(GOOD | {"eventTime": "2025-01-01T00:00:00Z"})).exit_code == 0
    missing = CliRunner().invoke(app, ["/nowhere/events.json"])
    assert missing.exit_code == 2
    assert "cannot be read" in missing.output


CSV = "time;zone;step;package;place\n24/11/2025 09.30;WIB;dikirim;SKM-1;GUDANG\n"
XML = """<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0" creationDate="2025-11-24T09:30:00Z"><EPCISBody>
<EventList><ObjectEvent><eventTime>2025-11-24T09:30:00+07:00</eventTime><eventTimeZoneOffset>+07:00</eventTimeZoneOffset>
<epcList><epc>urn:amanah:package:SKM-1</epc></epcList><action>OBSERVE</action>
<bizStep>urn:epcglobal:cbv:bizstep:shipping</bizStep><readPoint><id>urn:amanah:place:GUDANG</id></readPoint></ObjectEvent>
</EventList></EPCISBody></e:EPCISDocument>"""


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        ("events.csv", CSV, []),
        ("events.txt", CSV, ["--format", "csv"]),
        ("events.xml", XML, []),
        ("events", "\ufeff" + XML, []),
    ],
)
def test_it_reads_csv_and_xml(tmp_path: Path, name: str, content: str, options: list[str]) -> None:
    file = tmp_path / name
    file.write_text(content)
    result = CliRunner().invoke(app, [str(file), *options])
    assert result.exit_code == 0, result.output
    assert "shipping of SKM-1 at GUDANG, 2025-11-24 02:30 UTC" in result.output


def test_it_names_the_row_of_a_csv_file(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text(CSV + "24/11/2025 09.30;;dikirim;SKM-1;GUDANG\n")
    result = CliRunner().invoke(app, [str(file)])
    assert result.exit_code == 1
    assert "event 1: schema at /rows/3/zone: The time has no zone." in result.output
