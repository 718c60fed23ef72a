"""The served log, and a witness, checked with Go programs of others (see `main.go`)."""

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol

import pytest
from typer.testing import CliRunner

from amanah.cli.main import app
from amanah.runtime import settings as settings_module
from amanah.tlog.checkpoint import Checkpoint, Note, Signer
from services.audit.log import keys as log_keys
from tests.foreign.programs import Deployment, Foreign

pytestmark = pytest.mark.foreign

PAGE = Path(__file__).parents[2] / "docs" / "operate" / "audit.md"

Outcome = tuple[int, dict[str, Any], str]


class Check(Protocol):
    def __call__(
        self,
        url: str | None = None,
        kept: Path | None = None,
        proofs: Path | None = None,
        witnesses: Sequence[str] | None = None,
    ) -> Outcome: ...


@pytest.fixture(scope="module")
def check(deployment: Deployment, foreign: Foreign) -> Check:
    """Checks a log with the foreign tools; returns exit code, counts, and errors."""

    def run(
        url: str | None = None,
        kept: Path | None = None,
        proofs: Path | None = None,
        witnesses: Sequence[str] | None = None,
    ) -> Outcome:
        done = foreign(
            "check",
            *("-url", url or deployment.url, "-key", deployment.key),
            *(
                word
                for each in (deployment.witnesses if witnesses is None else witnesses)
                for word in ("-witness", each)
            ),
            *("-kept", kept or deployment.kept, "-proofs", proofs or deployment.proofs),
        )
        return done.returncode, json.loads(done.stdout or "{}"), done.stderr

    return run


def test_the_whole_log_verifies(deployment: Deployment, check: Check) -> None:
    code, told, why = check()
    assert code == 0, why
    kept = len(list(deployment.kept.iterdir()))
    assert told["size"] >= 1047
    assert told["inclusions"] == told["size"]
    assert told["consistency"] >= kept * (kept - 1) / 2
    assert kept >= 8
    assert told["proofs"] == len(list(deployment.proofs.glob("*.proof"))) == 10
    assert told["cosignatures"] == 3
    assert told["fsck"] is True


def test_the_commands_of_the_page_work(deployment: Deployment, tmp_path: Path) -> None:
    page = PAGE.read_text().partition("## Verification with third-party tools")[2]
    (block,) = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    typed = block.replace("http://127.0.0.1:8000/log/", f"{deployment.url}/").replace(
        "amanah.local/log+....+....", deployment.key
    )
    shutil.copy(deployment.proofs / "p5.proof", tmp_path / "handover.proof")
    shutil.copy(deployment.proofs / "p5.leaf", tmp_path / "leaf.json")
    done = subprocess.run(["sh", "-euc", typed], cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert "Successfully fsck'd log with size 1" in done.stderr
    assert "verified!" in done.stderr
    _flip(tmp_path / "leaf.json", 10)
    last = typed.rstrip().splitlines()[-1]
    changed = subprocess.run(
        ["sh", "-euc", f"KEY='{deployment.key}'\n{last}"], cwd=tmp_path, capture_output=True, timeout=240, check=False
    )
    assert changed.returncode == 1


def test_a_log_of_tessera_is_cosigned_by_our_witness(deployment: Deployment, foreign: Foreign, tmp_path: Path) -> None:
    """After a restart Tessera does not know what the witness cosigned, and uses the size in the 409 response."""
    for size in (300, 600):
        done = foreign(
            "log",
            *("-dir", tmp_path / "log", "-key", deployment.tessera["private"]),
            *("-witness", deployment.witnesses[0], "-url", deployment.witness_url),
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == {"size": size, "checkpoints": 3}


def test_a_restored_older_log_of_tessera_is_not_cosigned(
    deployment: Deployment, foreign: Foreign, tmp_path: Path
) -> None:
    done = foreign(
        "log",
        *("-dir", tmp_path / "another", "-key", deployment.tessera["private"], "-entries", 30),
        *("-witness", deployment.witnesses[0], "-url", deployment.witness_url),
    )
    assert done.returncode == 1


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def exported(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "log"
    done = CliRunner().invoke(app, ["audit", "export", str(folder), "--url", deployment.url])
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture
def copy(exported: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(exported, tmp_path / "log"))


@pytest.fixture
def copy_url(copy: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(copy)))
    thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def _flip(file: Path, at: int) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)


def test_an_export_verifies(check: Check, copy_url: str) -> None:
    code, _, why = check(copy_url)
    assert code == 0, why


@pytest.mark.parametrize("path", ["tile/entries/001", "tile/0/002", "tile/1/000.p/*", "tile/entries/004.p/*"])
def test_one_changed_bit_is_found(check: Check, copy: Path, copy_url: str, path: str) -> None:
    (file,) = copy.glob(path)
    _flip(file, 200 if "entries" in path else 40)
    code, _, why = check(copy_url)
    assert code == 1, why


def test_a_checkpoint_of_another_key_is_found(check: Check, copy: Path, copy_url: str) -> None:
    head = Checkpoint.parse(Note.parse((copy / "checkpoint").read_text()).text)
    (copy / "checkpoint").write_text(head.signed(Signer(head.origin, bytes(32))))
    code, _, why = check(copy_url, witnesses=())
    assert code == 1
    assert "no verifiable signatures" in why


def test_another_history_that_the_log_signed_is_found(deployment: Deployment, check: Check, tmp_path: Path) -> None:
    (signer, *_) = log_keys.signers(settings_module.load(data=deployment.data))
    (tmp_path / "300").write_text(Checkpoint(signer.name, 300, bytes(32)).signed(signer))
    code, _, why = check(kept=tmp_path, witnesses=())
    assert code == 1
    assert why.startswith("300 to ")


def test_a_proof_of_another_entry_is_found(deployment: Deployment, check: Check, tmp_path: Path) -> None:
    proofs = Path(shutil.copytree(deployment.proofs, tmp_path / "proofs"))
    assert check(proofs=proofs)[0] == 0
    _flip(proofs / "p3.leaf", 10)
    code, _, why = check(proofs=proofs)
    assert code == 1
    assert "p3" in why
