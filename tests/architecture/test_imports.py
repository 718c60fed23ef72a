"""The directions of imports hold, and a contract that is broken fails."""

import os
import re
import shutil
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


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of all packages, to break contracts in."""
    folder = tmp_path_factory.mktemp("copied")
    for package in ("amanah", "services", "gateway"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", folder)
    return folder


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
        ("gateway/access/rules.py", "import services.recipients.app", "are pure"),
        ("services/distribution/rounds/rules/codes.py", "import random", "Rules import no clock"),
        ("amanah/runtime/bus/outbox.py", "import amanah.runtime.service", "Inside the runtime"),
        (
            "services/distribution/rounds/documents.py",
            "import services.distribution.cases.documents",
            "Inside distribution",
        ),
        ("services/recipients/register/views.py", "import services.recipients.imports.views", "Inside recipients"),
        *(
            (f"services/{noun}.py", f"import services.{above}", "Inside a noun")
            for noun, above in (
                ("recipients/imports/jobs", "recipients.imports.staging"),
                ("recipients/rosters/documents", "recipients.rosters.views"),
                ("distribution/custody/histories", "distribution.custody.commands.packages"),
                ("distribution/partner_events/views", "distribution.partner_events.queries"),
                ("distribution/alerts/commands", "distribution.alerts.raising"),
                ("reporting/figures/rules/balances", "reporting.figures.documents"),
                ("reporting/reports/data/cases", "reporting.reports.builder"),
            )
        ),
        ("services/distribution/payments/helpers.py", "import re", "Inside a noun"),
        ("gateway/schema/cases.py", "import gateway.verify.page", "Inside the gateway:"),
        ("gateway/permissions.py", "import gateway.schema.errors", "Inside the gateway:"),
        ("gateway/doors.py", "import re", "Inside the gateway:"),
        ("gateway/access/commands.py", "import gateway.access.users", "Inside the gateway's access"),
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
def test_a_broken_contract_fails(copied: Path, path: str, line: str, contract: str) -> None:
    broken = copied / path
    whole = broken.read_bytes() if broken.exists() else None
    broken.write_bytes((whole or b"") + f"\n{line}\n".encode())
    done = _lint(copied, copied)
    if whole is None:
        broken.unlink()
    else:
        broken.write_bytes(whole)
    assert done.returncode != 0
    # Long names are wrapped; without line ends each name is followed by its verdict.
    told = " ".join(done.stdout.split())
    assert re.search(rf"{re.escape(contract)}((?! KEPT ).)*? BROKEN", told), done.stdout
