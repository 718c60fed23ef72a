"""A whole program through the public API, on the bus that the environment gives: the local one, or Apache Kafka."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fastexcel
import pytest

from amanah.cli.embedded import free_port

PEOPLE = 60
AMANAH = (sys.executable, "-m", "amanah")

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


def _played(folder: Path) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    told = folder / "summary.json"
    told.unlink(missing_ok=True)
    asked = ["demo", "--recipients", str(PEOPLE), "--exit", "--json", str(told)]
    done = subprocess.run(
        [*AMANAH, *asked, "--data", str(folder / "data"), "--port", str(free_port())],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    summary: dict[str, Any] = json.loads(told.read_text())
    return done, summary


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("program")
    # Other stores than those of an earlier run on the same servers.
    os.environ["AMANAH_DATABASE_PREFIX"] = f"e2e{os.getpid()}"
    done, summary = _played(folder)
    yield folder, done.stdout, summary
    del os.environ["AMANAH_DATABASE_PREFIX"]


def test_it_ends_with_a_verified_log_and_reports(played: tuple[Path, str, dict[str, Any]]) -> None:
    _, _, summary = played
    assert summary["auditVerified"] is True
    assert summary["treeSize"] >= summary["auditEntries"] > summary["handovers"] > 0
    assert {(r["template"], r["format"]) for r in summary["reports"]} == {("FINAL", "PDF"), ("FINAL", "XLSX")}
    assert all(Path(r["path"]).stat().st_size > 1000 for r in summary["reports"])
    assert summary["handoversRefused"] > 5
    assert summary["rosterSize"] <= summary["recipients"] <= PEOPLE


def test_nothing_personal_is_in_what_was_kept_or_logged(played: tuple[Path, str, dict[str, Any]]) -> None:
    folder, _, _ = played
    numbers = _numbers(folder)
    assert len(numbers) > PEOPLE / 2
    looked_at = 0
    for path in (folder / "data").rglob("*"):
        kept = path.is_file() and "data/demo" not in str(path)
        if kept:
            looked_at += 1
            content = path.read_bytes()
            for number in numbers:
                assert number.encode() not in content, path
    assert looked_at > 10


def _numbers(folder: Path) -> list[str]:

    (made,) = (folder / "data" / "demo").glob("*.xlsx")
    sheet = fastexcel.read_excel(made).load_sheet(0, dtypes="string").to_polars()
    return [n for n in sheet["NIK"].to_list() if n and len(n) == 16 and n.isdigit()]


def test_played_again_it_says_so_and_changes_nothing(played: tuple[Path, str, dict[str, Any]]) -> None:
    folder, _, first = played
    done, second = _played(folder)
    assert "holds a finished demo" in done.stdout
    same = ("recipients", "rosterSize", "rosterHash", "packages", "shipmentEvents", "handovers", "handoversRefused")
    assert {key: second[key] for key in same} == {key: first[key] for key in same}
    assert second["auditVerified"] is True
