"""Claims of an export besides its entries: the days of its anchors, and the manifest."""

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.tlog import anchors
from amanah.tlog.checkpoint import Signer
from tests.unit.cli.audit.commands import audit_entry, run
from tests.unit.tlog.logs import Serve, write_files

DAY, EARLIER = "2026-11-01", "2025-01-01"


@pytest.fixture
def log(tmp_path: Path, serve: Serve) -> Path:
    """A log of 12 entries. Entry 6 lists the first checkpoint of the day."""
    entries = [audit_entry(i) for i in range(6)]
    note = serve(entries)["checkpoint"]
    told = {"action": AuditAction.CHECKPOINT_DATE, "subject": Subject(type="Checkpoint", id=DAY)}
    entries += [
        audit_entry(6, **told, after=f"sha256:{hashlib.sha256(note).hexdigest()}"),
        *(audit_entry(i) for i in range(7, 12)),
    ]
    return write_files(tmp_path / "log", {**serve(entries), anchors.path(DAY, anchors.CHECKPOINT): note})


@pytest.fixture
def export(log: Path, tmp_path: Path, signer: Signer) -> Callable[..., Path]:
    def taken(*filters: str) -> Path:
        done = run("export", tmp_path / "taken", "--url", log, "--key", signer.verifier, *filters)
        assert done.exit_code == 0, done.output
        return tmp_path / "taken"

    return taken


def backdated(folder: Path) -> Path:
    """Adds the newest checkpoint as the anchor of a much earlier day."""
    (folder / f"anchor/{EARLIER}").mkdir()
    (folder / anchors.path(EARLIER, anchors.CHECKPOINT)).write_bytes((folder / "checkpoint").read_bytes())
    return folder


@pytest.mark.parametrize(
    ("filters", "days"), [(("--subject", DAY), EARLIER), (("--actor", "usr_1"), f"{EARLIER}, {DAY}")]
)
def test_unlisted_days_are_reported_as_unchecked(
    filters: Sequence[str], days: str, export: Callable[..., Path], signer: Signer
) -> None:
    result = run("verify", backdated(export(*filters)), "--key", signer.verifier)
    assert result.exit_code == 0, result.output
    assert f"NOT CHECKED: the days of dated checkpoints ({len(days.split())}: {days}), since" in result.output


def test_listed_days_are_checked(export: Callable[..., Path], signer: Signer) -> None:
    folder = export("--subject", DAY)
    assert "the days of dated checkpoints" not in run("verify", folder, "--key", signer.verifier).output
    (folder / anchors.path(DAY, anchors.CHECKPOINT)).write_bytes((folder / "checkpoint").read_bytes())
    result = run("verify", folder, "--key", signer.verifier)
    assert (result.exit_code, "the log does not list this file" in result.output) == (1, True)


@pytest.mark.parametrize("name", ["entries.csv", "anchor/"])
def test_files_of_an_export_without_a_manifest_are_named(
    name: str, export: Callable[..., Path], signer: Signer
) -> None:
    folder = export()
    (folder / "export.json").unlink()
    other = {"entries.csv": folder / "anchor", "anchor/": folder / "entries.csv"}[name]
    shutil.rmtree(other) if other.is_dir() else other.unlink()
    result = run("verify", folder, "--key", signer.verifier)
    assert result.exit_code == 0, result.output
    assert f"NOT CHECKED: {name}: checked in an export only, and export.json is missing" in result.output


def test_a_copy_of_a_log_is_not_reported_as_an_export(export: Callable[..., Path], signer: Signer) -> None:
    folder = export()
    (folder / "export.json").unlink()
    (folder / "entries.csv").unlink()
    shutil.rmtree(folder / "anchor")
    assert "export" not in run("verify", folder, "--key", signer.verifier).output


@pytest.mark.parametrize("filters", [(), ("--actor", "usr_1")])
@pytest.mark.parametrize(
    ("name", "value"), [("origin", "log.example/other"), ("size", 11), ("root", "AAAA"), ("root", None), ("entries", 9)]
)
def test_the_manifest_must_match_the_checkpoint(
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
def test_unproven_claims_are_named(filters: Sequence[str], export: Callable[..., Path], signer: Signer) -> None:
    folder = export(*filters)
    result = run("verify", folder, "--key", signer.verifier)
    assert "NOT CHECKED: when, from which address and by which version this was made" in result.output
    readme = (folder / "README.md").read_text()
    assert "nothing proves what they say" in readme
    assert "tidak ada bukti untuk isinya" in readme
