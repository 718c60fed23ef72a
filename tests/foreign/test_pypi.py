"""The served log, checked with `aics-tlog` from PyPI; `aics-witness` is one of its witnesses."""

import json
import shutil
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from amanah.cli.main import app
from tests.foreign.programs import Deployment, Pypi

pytestmark = pytest.mark.foreign

PAGE = Path(__file__).parents[2] / "docs" / "operate" / "audit.md"

Ask = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture(scope="module")
def ask(deployment: Deployment, aics_tlog: Pypi) -> Ask:
    """Runs `aics-tlog` with the log's key and a quorum of all three witnesses."""
    trust = [
        "--log-key",
        deployment.key,
        "--quorum",
        3,
        *(word for key in deployment.witnesses for word in ("--witness-key", key)),
    ]

    def run(command: str, *arguments: object) -> tuple[int, dict[str, Any], str]:
        done = aics_tlog(command, *trust, *arguments)
        return done.returncode, json.loads(done.stdout or "{}"), done.stderr

    return run


def index_of(leaf: Path) -> str:
    """Returns the index of the entry, from its proof file."""
    return leaf.with_suffix(".proof").read_text().split("\n")[1].removeprefix("index ")


def test_the_checkpoint_verifies_with_all_witnesses(deployment: Deployment, ask: Ask) -> None:
    code, told, why = ask("verify-checkpoint", "--tiles", deployment.url, "--origin", deployment.key.partition("+")[0])
    assert code == 0, why
    assert told["size"] >= 1047
    assert sorted(told["witnesses"]) == ["witness.aics.example", "witness.example", "witness.go.example"]


def test_entries_are_included(deployment: Deployment, ask: Ask) -> None:
    leaves = list(deployment.proofs.glob("*.leaf"))
    assert len(leaves) == 10
    for leaf in leaves:
        code, told, why = ask("verify-inclusion", "--leaf", leaf, "--index", index_of(leaf), "--tiles", deployment.url)
        assert code == 0, why
        assert told["ok"] is True


def test_the_log_is_append_only(deployment: Deployment, ask: Ask) -> None:
    kept = sorted(deployment.kept.iterdir())
    for old, new in combinations(kept, 2):
        code, _, why = ask(
            "verify-consistency", "--old-checkpoint", old, "--checkpoint", new, "--tiles", deployment.url
        )
        assert code == 0, why
    assert len(kept) >= 8


@pytest.fixture
def copy(deployment: Deployment, tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "log"
    done = CliRunner().invoke(app, ["audit", "export", str(folder), "--url", deployment.url])
    assert done.exit_code == 0, done.output
    yield folder
    shutil.rmtree(folder)


def test_an_export_verifies_and_a_changed_entry_does_not(deployment: Deployment, ask: Ask, copy: Path) -> None:
    leaf = deployment.proofs / "p3.leaf"
    included = ("verify-inclusion", "--index", index_of(leaf), "--tiles", copy)
    code, told, _ = ask(*included)
    assert (code, told) == (0, told | {"ok": True})
    bundle, entry = copy / "tile" / "entries" / "000", leaf.read_bytes()
    bundle.write_bytes(bundle.read_bytes().replace(entry, entry.replace(b"hov_63", b"hov_64")))
    code, told, _ = ask(*included)
    assert (code, told["ok"]) == (1, False)


def test_the_commands_of_the_page_work(deployment: Deployment, aics_tlog: Pypi, tmp_path: Path) -> None:
    files = {"leaf.json": deployment.proofs / "p3.leaf", "kept": min(deployment.kept.iterdir())}
    here = {
        "http://127.0.0.1:8000/log": deployment.url,
        '--log-key "..."': f"--log-key {deployment.key}",
        '--witness-key "..."': f"--witness-key {deployment.witnesses[0]}",
        "--index 63": f"--index {index_of(files['leaf.json'])}",
        "leaf.json": str(files["leaf.json"]),
        "kept": str(files["kept"]),
    }
    typed = [line.strip() for line in PAGE.read_text().splitlines() if line.startswith("    aics-tlog ")]
    assert len(typed) == 3
    for line in typed:
        for word, meant in here.items():
            line = line.replace(word, meant)
        done = aics_tlog(*line.split()[1:])
        assert done.returncode == 0, done.stdout
