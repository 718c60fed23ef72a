"""The directions of imports hold, and a contract that is broken fails."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _lint(folder: Path, python_path: Path) -> subprocess.CompletedProcess[str]:
    # S603: the command is ours.
    return subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--config", str(folder / ".importlinter"), "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(python_path)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_contract_holds() -> None:
    done = _lint(ROOT, ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("path", "line", "contract"),
    [
        (
            "services/reporting/store.py",
            "import services.recipients.store",
            "Services know each other only through",
        ),
        ("services/recipients/register/rules/nik.py", "import motor", "are pure"),
        ("amanah/runtime/bus/outbox.py", "import amanah.runtime.service", "Inside the runtime"),
        (
            "services/distribution/rounds/documents.py",
            "import services.distribution.cases.documents",
            "Inside distribution",
        ),
        ("services/recipients/register/views.py", "import services.recipients.imports.views", "Inside recipients"),
        ("services/reporting/figures/lookup.py", "import services.reporting.reports.lookup", "Inside reporting"),
        ("services/audit/store.py", "import services.audit.log.files", "Inside audit"),
        (
            "services/reporting/map/queries.py",
            "import services.reporting.reports.commands",
            "Queries import no commands",
        ),
        ("gateway/app.py", "import pymongo", "Only amanah.runtime.mongo knows motor"),
        ("amanah/contracts/ids.py", "import amanah.runtime.rpc", "Imports point down"),
    ],
)
def test_a_broken_contract_fails(tmp_path: Path, path: str, line: str, contract: str) -> None:
    for package in ("amanah", "services", "gateway"):
        for source in (ROOT / package).rglob("*.py"):
            copy = tmp_path / source.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
    (tmp_path / ".importlinter").write_bytes((ROOT / ".importlinter").read_bytes())
    broken = tmp_path / path
    broken.write_text(f"{broken.read_text()}\n{line}\n")
    done = _lint(tmp_path, tmp_path)
    assert done.returncode != 0
    # Long names are wrapped; without line ends each name is followed by its verdict.
    told = " ".join(done.stdout.split())
    assert re.search(rf"{re.escape(contract)}[^.]*? BROKEN", told), done.stdout
