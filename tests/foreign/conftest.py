"""A running deployment with three witnesses and over 1,000 entries in its log, and the foreign programs that check it.

All processes that start here are stopped here.
"""

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from amanah.cli.embedded import free_port
from amanah.cli.main import app
from amanah.cli.process import token
from amanah.contracts.actor import Acting
from amanah.contracts.audit.entry import AuditEntry, Origin, Subject
from amanah.contracts.ids import derived_id
from amanah.contracts.topics import AUDIT_ENTRIES
from amanah.runtime import settings as settings_module
from amanah.runtime.bus.bus import Outgoing
from amanah.runtime.bus.local import LocalBus
from services.audit.log import keys as log_keys
from tests.foreign.programs import Deployment, Foreign, Pypi, fetched, running_process
from tests.waiting import eventually

HERE = Path(__file__).parent
AMANAH = (sys.executable, "-m", "amanah")

WAVES = (1, 2, 61, 192, 1, 300, 400, 90)
"""Numbers of entries between one saved checkpoint and the next: around the edges of tiles, and over several tiles."""

PROVEN = (0, 1, 2, 63, 255, 256, 257, 555, 600, 1046)


@pytest.fixture(scope="session")
def aics_tlog() -> Pypi:
    """The verifier from PyPI."""
    return Pypi("aics_tlog")


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Foreign:
    """The Go program, built once."""
    program = tmp_path_factory.mktemp("foreign") / "foreign"
    built = subprocess.run(["go", "build", "-o", program, "."], cwd=HERE, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return Foreign(program)


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory, foreign: Foreign) -> Iterator[Deployment]:
    """The deployment and its witnesses, as processes."""
    folder = tmp_path_factory.mktemp("deployment")
    data, kept, proofs = folder / "data", folder / "kept", folder / "proofs"
    kept.mkdir()
    proofs.mkdir()
    log_keys.signers(settings_module.load(data=data))
    key = _printed("audit", "key", "--data", data)
    ours = _printed("witness", "key", "--data", folder / "witness", "--name", "witness.example")
    theirs, tessera = foreign.key("witness.go.example"), foreign.key("tessera.example/log")
    our_url, their_url, aics_url, url = (f"http://127.0.0.1:{free_port()}" for _ in range(4))
    aics, aics_witness, aics_key = _aics_witness(folder / "aics", key)
    with ExitStack() as stack:
        logs = ("--log", key, "--log", tessera["public"], "--port", _port(our_url))
        stack.enter_context(
            running_process(f"{our_url}/readyz", *AMANAH, "witness", "serve", "--data", folder / "witness", *logs)
        )
        go = ("-key", theirs["private"], "-log", key, "-listen", f"127.0.0.1:{_port(their_url)}")
        stack.enter_context(running_process(f"{their_url}/readyz", foreign.program, "witness", *go))
        serve = (*aics_witness.command, "serve", "--config", aics, "--listen", aics_url.removeprefix("http://"))
        stack.enter_context(running_process(f"{aics_url}/healthz", *serve, **aics_witness.environment))
        witnesses = f"{ours} {our_url}, {theirs['cosigner']} {their_url}, {aics_key} {aics_url}"
        up = (*AMANAH, "up", "--quiet", "--data", data, "--port", _port(url))
        stack.enter_context(running_process(f"{url}/readyz", *up, AMANAH_AUDIT_WITNESSES=witnesses))
        ids = asyncio.run(_fill(url, data, kept))
        _keep_proofs(url, data, [ids[at] for at in PROVEN], proofs)
        yield Deployment(f"{url}/log", key, (ours, theirs["cosigner"], aics_key), our_url, tessera, kept, proofs, data)


def _aics_witness(folder: Path, log: str) -> tuple[Path, Pypi, str]:
    """Configures the witness from PyPI for our log; returns its configuration, its program, and its cosigner key."""
    program, config = Pypi("aics_witness"), folder / "witness.json"
    folder.mkdir()
    made = program("init", "--config", config, "--name", "witness.aics.example")
    assert made.returncode == 0, made.stderr
    told = program("add-log", "--config", config, "--origin", log.partition("+")[0], "--vkey", log)
    assert told.returncode == 0, told.stderr
    return config, program, made.stdout.split()[-1]


def _port(url: str) -> str:
    return url.rpartition(":")[2]


def _printed(*arguments: object) -> str:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return done.stdout.strip()


async def _fill(url: str, data: Path, kept: Path) -> list[str]:
    """Publishes entries in waves, and saves the checkpoint that covers each wave; returns the entries' ids."""
    ids: list[str] = []
    bus = LocalBus(data / "bus.sqlite")
    try:
        for wave in WAVES:
            entries = [_entry(len(ids) + i) for i in range(wave)]
            ids += [entry.id for entry in entries]
            await bus.publish([Outgoing(AUDIT_ENTRIES.name, e.subject.id.encode(), e.canonical()) for e in entries])
            covering = partial(asyncio.to_thread, _covering, f"{url}/log/checkpoint", len(ids))
            checkpoint = await eventually(covering, 60, every=0.05)
            (kept / f"{len(ids):05}").write_bytes(checkpoint)
    finally:
        await bus.close()
    return ids


def _covering(url: str, size: int) -> bytes | None:
    checkpoint = fetched(url)
    return checkpoint if checkpoint and int(checkpoint.split(b"\n")[1]) >= size else None


def _entry(i: int) -> AuditEntry:
    return AuditEntry(
        id=derived_id("aud", "foreign", str(i)),
        time=datetime.now(UTC),
        actor=Acting(id="usr_1", name="Sari", role="OFFICER", area="32.04"),
        action="distribution:handover:record",
        subject=Subject(type="Handover", id=f"hov_{i}"),
        area="32.04.05",
        reason="x" * (i % 300),
        origin=Origin(service="distribution", trace=f"{i:032x}"),
    )


def _keep_proofs(url: str, data: Path, ids: list[str], folder: Path) -> None:
    """Saves the proof files of these entries, as GraphQL returns them to an auditor."""
    asked = " ".join(f'p{n}: auditProof(entryId: "{each}") {{ leaf proof }}' for n, each in enumerate(ids))
    request = urllib.request.Request(
        f"{url}/graphql",
        json.dumps({"query": f"{{ {asked} }}"}).encode(),
        {"authorization": f"Bearer {token(data, 'AUDITOR', 'ID', 'Agus')}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        told = json.load(answer)
    assert "errors" not in told, told
    for name, proof in told["data"].items():
        (folder / f"{name}.leaf").write_text(proof["leaf"])
        (folder / f"{name}.proof").write_text(proof["proof"])
