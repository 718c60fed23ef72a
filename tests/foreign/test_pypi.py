"""The served log, looked at with `aics-tlog` from PyPI; its checkpoints are cosigned by `aics-witness` besides."""

import json
import shutil
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from amanah.cli.main import app

pytestmark = pytest.mark.foreign

PAGE = Path(__file__).parents[2] / "docs" / "operate" / "audit.md"

Ask = Callable[..., "tuple[int, dict[str, Any], str]"]


@pytest.fixture(scope="module")
def ask(house: Any, aics_tlog: Any) -> Ask:
    """What `aics-tlog` says, given the log's key and that all three witnesses must have cosigned."""
    trust = [
        "--log-key",
        house.key,
        "--quorum",
        3,
        *(word for key in house.witnesses for word in ("--witness-key", key)),
    ]

    def run(command: str, *arguments: object) -> tuple[int, dict[str, Any], str]:
        done = aics_tlog(command, *trust, *arguments)
        return done.returncode, json.loads(done.stdout or "{}"), done.stderr

    return run


def index_of(leaf: Path) -> str:
    """Where the entry stands, as its proof file says."""
    return leaf.with_suffix(".proof").read_text().split("\n")[1].removeprefix("index ")


def test_the_checkpoint_holds_with_all_witnesses(house: Any, ask: Ask) -> None:
    code, told, why = ask("verify-checkpoint", "--tiles", house.url, "--origin", house.key.partition("+")[0])
    assert code == 0, why
    assert told["size"] >= 1047
    assert sorted(told["witnesses"]) == ["witness.aics.example", "witness.example", "witness.go.example"]


def test_entries_are_included(house: Any, ask: Ask) -> None:
    leaves = list(house.proofs.glob("*.leaf"))
    assert len(leaves) == 10
    for leaf in leaves:
        code, told, why = ask("verify-inclusion", "--leaf", leaf, "--index", index_of(leaf), "--tiles", house.url)
        assert code == 0, why
        assert told["ok"] is True


def test_the_log_only_grew(house: Any, ask: Ask) -> None:
    kept = sorted(house.kept.iterdir())
    for old, new in combinations(kept, 2):
        code, _, why = ask("verify-consistency", "--old-checkpoint", old, "--checkpoint", new, "--tiles", house.url)
        assert code == 0, why
    assert len(kept) >= 8


@pytest.fixture
def copy(house: Any, tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "log"
    done = CliRunner().invoke(app, ["audit", "export", str(folder), "--url", house.url])
    assert done.exit_code == 0, done.output
    yield folder
    shutil.rmtree(folder)


def test_an_export_holds_and_a_changed_entry_does_not(house: Any, ask: Ask, copy: Path) -> None:
    leaf = house.proofs / "p3.leaf"
    included = ("verify-inclusion", "--index", index_of(leaf), "--tiles", copy)
    code, told, _ = ask(*included)
    assert (code, told) == (0, told | {"ok": True})
    bundle, entry = copy / "tile" / "entries" / "000", leaf.read_bytes()
    bundle.write_bytes(bundle.read_bytes().replace(entry, entry.replace(b"hov_63", b"hov_64")))
    code, told, _ = ask(*included)
    assert (code, told["ok"]) == (1, False)


def test_what_the_page_says_can_be_typed(house: Any, aics_tlog: Any, tmp_path: Path) -> None:
    files = {"leaf.json": house.proofs / "p3.leaf", "kept": min(house.kept.iterdir())}
    here = {
        "http://127.0.0.1:8000/log": house.url,
        '--log-key "..."': f"--log-key {house.key}",
        '--witness-key "..."': f"--witness-key {house.witnesses[0]}",
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
