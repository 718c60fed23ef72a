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
