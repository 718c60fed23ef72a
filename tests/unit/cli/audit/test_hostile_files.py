"""Hostile files in a folder, such as pipes and deep nesting: every command ends with a message."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from amanah.tlog.checkpoint import Checkpoint, Signer
from amanah.tlog.merkle import leaf_hash
from amanah.tlog.proofs import ProofFile
from tests.unit.cli.audit.commands import audit_entry, run
from tests.unit.tlog.logs import Serve, write_files

Alter = Callable[[Path], object]
NESTED = 100_000


def ended(result: Result) -> int:
    """Returns the exit code of a command that ended without an exception."""
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result.exit_code


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory, serve: Serve) -> Path:
    return write_files(tmp_path_factory.mktemp("log"), serve([audit_entry(i) for i in range(20)]))


@pytest.fixture
def selected(tmp_path: Path, log: Path) -> Path:
    assert run("export", tmp_path / "kept", "--url", log, "--actor", "usr_2").exit_code == 0
    return tmp_path / "kept"


def of(name: str, put: Callable[[Path], object]) -> Alter:
    """Replaces a file."""

    def alter(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        put(folder / name)

    return alter


def endless(file: Path) -> None:
    file.symlink_to("/dev/zero")


def one_line(file: Path) -> None:
    file.touch()
    os.truncate(file, 1 << 40)


def about(**fields: Any) -> Alter:
    def alter(folder: Path) -> None:
        file = folder / "export.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | fields))

    return alter


def nested(file: Path) -> None:
    file.write_text("[" * NESTED)


def nested_field(name: str) -> Alter:
    def alter(folder: Path) -> None:
        file = folder / "export.json"
        text = json.dumps(json.loads(file.read_text()) | {name: "here"})
        file.write_text(text.replace('"here"', "[" * 1000 + "]" * 1000))

    return alter


FILTERS: dict[str, Any] = {"from": None, "to": None, "subjects": [], "actor": None}
LONG_AGO = "0001-01-01T00:00:00+14:00"


@pytest.mark.parametrize(
    ("alter", "code", "said"),
    [
        (of("export.json", endless), 2, "it is a pipe or a device, not a file"),
        (of("export.json", os.mkfifo), 2, "it is a pipe or a device, not a file"),
        (of("export.json", nested), 2, "export.json cannot be read"),
        (of("export.json", lambda file: file.write_text("[1]")), 2, "it is not a JSON object"),
        (of("export.json", lambda file: file.write_bytes(b"\xff")), 2, "export.json cannot be read"),
        (nested_field("amanah"), 2, "a field has the wrong type"),
        (nested_field("entries"), 2, "a field has the wrong type"),
        (nested_field("announcement"), 2, "a field has the wrong type"),
        (nested_field("filters"), 2, "has the wrong type"),
        (about(filters=FILTERS | {"actor": [1]}), 2, "an id must be a text"),
        (about(filters=FILTERS | {"subjects": [1]}), 2, "an id must be a text"),
        (about(filters=FILTERS | {"from": LONG_AGO}), 2, "date value out of range"),
        (of("checkpoint", endless), 2, "has no checkpoint that can be read"),
        (of("checkpoint", os.mkfifo), 2, "has no checkpoint that can be read"),
        (of("checkpoint", one_line), 1, "a note has at most 1000000 bytes"),
        (of("entries/000000003.json", os.mkfifo), 2, "it is a pipe or a device, not a file"),
        (of("proofs/000000003.tlog-proof", endless), 2, "it is a pipe or a device, not a file"),
        (of("tile/0/000.p/20", os.mkfifo), 2, "it is a pipe or a device, not a file"),
        (of("entries.csv", os.mkfifo), 1, "the table cannot be read (it is a pipe or a device, not a file)"),
        (of("entries.csv", one_line), 1, "the table cannot be read (it has a line that is too long)"),
        (of("anchor/2026-11-02/checkpoint", os.mkfifo), 1, "it is a pipe or a device, not a file"),
    ],
)
def test_hostile_files_in_a_selection(alter: Alter, code: int, said: str, selected: Path, signer: Signer) -> None:
    assert ended(run("verify", selected, "--key", signer.verifier)) == 0
    alter(selected)
    result = run("verify", selected, "--key", signer.verifier)
    assert ended(result) == code, result.output
    assert said in " ".join(result.output.split())


@pytest.mark.parametrize(
    "name", ["checkpoint", "tile/0/000.p/20", "tile/entries/000.p/20", "tile/0/000.p/7", "tile/0/000"]
)
@pytest.mark.parametrize("put", [endless, os.mkfifo])
def test_hostile_files_in_a_copy(
    name: str, put: Callable[[Path], object], log: Path, tmp_path: Path, signer: Signer
) -> None:
    copy = Path(shutil.copytree(log, tmp_path / "copy"))
    of(name, put)(copy)
    result = run("verify", copy, "--key", signer.verifier)
    assert ended(result) == 2, result.output
    assert f"{name} cannot be read: it is a pipe or a device, not a file" in " ".join(result.output.split())


@pytest.mark.parametrize("option", ["--old", "--state", "--tsa-certificates"])
@pytest.mark.parametrize("put", [endless, os.mkfifo, nested, one_line])
def test_hostile_files_in_options(
    option: str, put: Callable[[Path], object], log: Path, tmp_path: Path, signer: Signer
) -> None:
    put(tmp_path / "kept")
    assert ended(run("verify", log, "--key", signer.verifier, option, tmp_path / "kept")) == 2


def test_hostile_files_in_a_folder_to_update(log: Path, tmp_path: Path, signer: Signer) -> None:
    for put in (nested, endless):
        of("export.json", put)(tmp_path / put.__name__)
        assert ended(run("export", tmp_path / put.__name__, "--url", log)) == 2
    for name in ("tile/0/000.p/20", "tile/entries/000.p/20"):
        of(name, os.mkfifo)(tmp_path / "kept")
    assert ended(run("export", tmp_path / "kept", "--url", log)) == 0
    assert ended(run("verify", tmp_path / "kept", "--key", signer.verifier)) == 0


def test_deeply_nested_entries_are_exported_and_verify(tmp_path: Path, serve: Serve, signer: Signer) -> None:
    deep = b"[" * 1000 + b"]" * 1000
    leaves = [b'{"concerns":[{"id":%s,"type":%s}],"subject":%s}' % (deep, deep, deep), b"[" * 60_000, audit_entry(2)]
    log, folder = write_files(tmp_path / "log", serve(leaves)), tmp_path / "kept"
    assert ended(run("export", folder, "--url", log)) == 0
    assert ended(run("verify", folder, "--key", signer.verifier)) == 0
    for leaf in (b'{"time":%s,"action":1,"subject":1,"outcome":1,"after":1}' % deep, *leaves[:2]):
        write_files(tmp_path, {"entry": leaf})
        head = Checkpoint(signer.name, 1, leaf_hash(leaf)).signed(signer)
        (tmp_path / "proof").write_text(str(ProofFile(0, (), head)))
        assert ended(run("check", tmp_path / "entry", tmp_path / "proof", "--key", signer.verifier)) == 0


def test_times_beyond_the_calendar_are_rejected(log: Path, tmp_path: Path) -> None:
    for given in (("--to", "9999-12-31"), ("--from", LONG_AGO)):
        assert ended(run("export", tmp_path / "kept", "--url", log, *given)) == 2
