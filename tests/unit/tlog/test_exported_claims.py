"""What an export says besides its entries: the days of its anchors, and what `export.json` tells of the log."""

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from amanah.cli.audit import app
from amanah.contracts.actor import Acting
from amanah.contracts.audit.entry import AuditEntry, Origin, Subject
from amanah.tlog import anchors
from amanah.tlog.checkpoint import Signer

Serve = Callable[[Sequence[bytes]], dict[str, bytes]]
DAY, EARLIER = "2026-11-01", "2025-01-01"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments])


def made(i: int, **more: Any) -> bytes:
    fields: dict[str, Any] = {
        "id": f"aud_{i}",
        "time": datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=i),
        "actor": Acting(id=f"usr_{i % 3}", name="Sari", role="OFFICER", area="32"),
        "action": "distribution:handover:accept",
        "subject": Subject(type="Handover", id=f"hov_{i}"),
        "origin": Origin(service="distribution"),
    }
    return AuditEntry(**{**fields, **more}).canonical()


@pytest.fixture
def log(tmp_path: Path, serve: Serve) -> Path:
    """A log of 12 entries. Entry 6 says which checkpoint was the first of the day."""
    entries = [made(i) for i in range(6)]
    note = serve(entries)["checkpoint"]
    told = {"action": anchors.DATE_ACTION, "subject": Subject(type="Checkpoint", id=DAY)}
    entries += [made(6, **told, after=f"sha256:{hashlib.sha256(note).hexdigest()}"), *(made(i) for i in range(7, 12))]
    for path, data in {**serve(entries), anchors.path(DAY, anchors.CHECKPOINT): note}.items():
        (tmp_path / "log" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "log" / path).write_bytes(data)
    return tmp_path / "log"


@pytest.fixture
def export(log: Path, tmp_path: Path, signer: Signer) -> Callable[..., Path]:
    def taken(*filters: str) -> Path:
        done = run("export", tmp_path / "taken", "--url", log, "--key", signer.verifier, *filters)
        assert done.exit_code == 0, done.output
        return tmp_path / "taken"

    return taken


def backdated(folder: Path) -> Path:
    """The newest checkpoint, as if it had stood long before."""
    (folder / f"anchor/{EARLIER}").mkdir()
    (folder / anchors.path(EARLIER, anchors.CHECKPOINT)).write_bytes((folder / "checkpoint").read_bytes())
    return folder


@pytest.mark.parametrize(
    ("filters", "days"), [(("--subject", DAY), EARLIER), (("--actor", "usr_1"), f"{EARLIER}, {DAY}")]
)
def test_a_day_that_no_entry_here_names_is_told(
    filters: Sequence[str], days: str, export: Callable[..., Path], signer: Signer
) -> None:
    result = run("verify", backdated(export(*filters)), "--key", signer.verifier)
    assert result.exit_code == 0, result.output
    assert f"NOT CHECKED: the days of dated checkpoints ({len(days.split())}: {days}), since" in result.output


def test_a_day_that_its_entry_names_is_checked(export: Callable[..., Path], signer: Signer) -> None:
    folder = export("--subject", DAY)
    assert "the days of dated checkpoints" not in run("verify", folder, "--key", signer.verifier).output
    (folder / anchors.path(DAY, anchors.CHECKPOINT)).write_bytes((folder / "checkpoint").read_bytes())
    result = run("verify", folder, "--key", signer.verifier)
    assert (result.exit_code, "the log does not list this file" in result.output) == (1, True)


@pytest.mark.parametrize("name", ["entries.csv", "anchor/"])
def test_what_is_checked_in_an_export_alone_is_named_where_it_is_none(
    name: str, export: Callable[..., Path], signer: Signer
) -> None:
    folder = export()
    (folder / "export.json").unlink()
    other = {"entries.csv": folder / "anchor", "anchor/": folder / "entries.csv"}[name]
    shutil.rmtree(other) if other.is_dir() else other.unlink()
    result = run("verify", folder, "--key", signer.verifier)
    assert result.exit_code == 0, result.output
    assert f"NOT CHECKED: {name}: checked in an export only, and export.json is missing" in result.output


def test_a_copy_of_a_log_alone_has_nothing_of_an_export(export: Callable[..., Path], signer: Signer) -> None:
    folder = export()
    (folder / "export.json").unlink()
    (folder / "entries.csv").unlink()
    shutil.rmtree(folder / "anchor")
    assert "export" not in run("verify", folder, "--key", signer.verifier).output


@pytest.mark.parametrize("filters", [(), ("--actor", "usr_1")])
@pytest.mark.parametrize(
    ("name", "value"), [("origin", "log.example/other"), ("size", 11), ("root", "AAAA"), ("root", None), ("entries", 9)]
)
def test_what_an_export_says_of_the_log_is_what_the_checkpoint_says(
    name: str, value: object, filters: Sequence[str], export: Callable[..., Path], signer: Signer
) -> None:
    folder = export(*filters)
    about = json.loads((folder / "export.json").read_text())
    (folder / "export.json").write_text(json.dumps(about | {name: value}))
    result = run("verify", folder, "--key", signer.verifier)
    assert result.exit_code == 1, result.output
    said = (
        "the export had 9 entries" if name == "entries" else f"it is of another checkpoint than the one here ({name})"
    )
    assert f"export.json: {said}" in result.output


@pytest.mark.parametrize("filters", [(), ("--actor", "usr_1")])
def test_what_nothing_proves_of_an_export_is_told(
    filters: Sequence[str], export: Callable[..., Path], signer: Signer
) -> None:
    folder = export(*filters)
    result = run("verify", folder, "--key", signer.verifier)
    assert "NOT CHECKED: when, from which address and by which version this was made" in result.output
    readme = (folder / "README.md").read_text()
    assert "nothing proves what they say" in readme
    assert "tidak ada bukti untuk isinya" in readme
