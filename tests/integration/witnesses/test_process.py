"""`amanah witness` as a process: its key, its folder, signals, and a kill at the worst moments."""

import asyncio
import base64
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import aiohttp
import pytest
from typer.testing import CliRunner, Result

from amanah.cli.embedded import free_port
from amanah.cli.main import app
from amanah.cli.witness import server
from amanah.tlog.checkpoint import Note, Signer, Verifier
from amanah.tlog.witness import AddCheckpoint, CheckpointRefused, checkpoint_path
from services.audit.settings import Witness
from tests.integration.witnesses.logs import Ask, Log
from tests.waiting import eventually

NAME = "witness.example.ac.id"

# Kills the process as a power cut would: before the state is renamed into place, or after that and before the answer.
DYING = {
    "before": "pathlib.Path.replace = lambda self, to: os.kill(os.getpid(), signal.SIGKILL)",
    "after": "keep = w._write; w._write = lambda f, t: (keep(f, t), os.kill(os.getpid(), signal.SIGKILL))",
}
DRIVER = "import os, pathlib, signal, amanah.cli.witness.server as w; from amanah.cli.main import main\n{}\nmain()"


class Start(Protocol):
    """Starts the command as a process; returns it with its address."""

    def __call__(
        self, program: tuple[str, ...] = ("-m", "amanah"), also: tuple[Verifier, ...] = ()
    ) -> tuple[subprocess.Popen[bytes], str]: ...


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["witness", *map(str, arguments)])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "witness"


@pytest.fixture
def vkey(data: Path) -> Verifier:
    return Verifier.parse(run("key", "--data", data, "--name", NAME).stdout.strip())


@pytest.fixture
def start(data: Path, log: Log) -> Iterator[Start]:
    running: list[subprocess.Popen[bytes]] = []

    def serve(
        program: tuple[str, ...] = ("-m", "amanah"), also: tuple[Verifier, ...] = ()
    ) -> tuple[subprocess.Popen[bytes], str]:
        port = free_port()
        keys = [word for key in (log.signer.verifier, *also) for word in ("--log", str(key))]
        arguments = ["--data", str(data), *keys, "--port", str(port)]
        running.append(subprocess.Popen([sys.executable, *program, "witness", "serve", *arguments]))
        return running[-1], f"http://127.0.0.1:{port}"

    yield serve
    for process in running:
        if process.poll() is None:
            process.kill()
        process.wait()


async def _ready(process: subprocess.Popen[bytes], url: str) -> None:
    async def answers() -> bool:
        assert process.poll() is None, "the witness ended"
        try:
            async with session.get(f"{url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async with aiohttp.ClientSession() as session:
        await eventually(answers, 60)


def test_the_key_is_created_once_and_readable_by_its_owner_only(data: Path, vkey: Verifier) -> None:
    assert vkey.name == NAME
    file = data / "witness.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = run("key", "--data", data)
    assert (again.exit_code, again.stdout.strip()) == (0, str(vkey))
    seed = file.read_text().split()[1]
    assert seed not in again.output


@pytest.mark.parametrize("name", ["other.example", "a b", "a+b"])
def test_a_key_keeps_its_name(data: Path, vkey: Verifier, name: str) -> None:
    refused = run("key", "--data", data, "--name", name)
    assert refused.exit_code == 2
    assert "Traceback" not in refused.output
    assert run("key", "--data", data).stdout.strip() == str(vkey)


def test_without_a_valid_name_no_key_is_created(data: Path) -> None:
    for name in ((), ("--name", "a b")):
        told = run("key", "--data", data, *name)
        assert told.exit_code == 2
        assert "--name" in told.stderr
    assert not (data / "witness.key").exists()


def test_an_unusable_folder_is_reported(data: Path, log: Log) -> None:
    data.write_text("a file")
    told = run("serve", "--data", data, "--name", NAME, "--log", log.signer.verifier)
    assert told.exit_code == 2
    assert "cannot be used" in told.stderr


def test_an_invalid_key_file_is_reported(data: Path, vkey: Verifier) -> None:
    (data / "witness.key").write_text("rubbish")
    told = run("key", "--data", data)
    assert told.exit_code == 2
    assert "has no valid key of a witness" in told.stderr


def test_only_keys_of_logs_are_accepted(data: Path, vkey: Verifier, log: Log) -> None:
    for wrong, why in ((vkey, "is a witness's"), ("rubbish", "verifier key")):
        told = run("serve", "--data", data, "--log", wrong)
        assert told.exit_code == 2
        assert why in told.stderr
    assert run("serve", "--data", data).exit_code == 2


def test_a_damaged_state_exits_with_1(data: Path, vkey: Verifier, log: Log) -> None:
    file = data / "logs" / checkpoint_path(log.signer.name)
    file.parent.mkdir(parents=True)
    file.write_text(log.note(100))
    told = run("serve", "--data", data, "--log", log.signer.verifier, "--port", free_port())
    assert told.exit_code == 1
    assert "must not cosign again" in told.stderr


async def test_it_locks_its_folder_and_shuts_down_on_sigterm(
    data: Path, vkey: Verifier, log: Log, start: Start, ask: Ask
) -> None:
    process, url = start()
    await _ready(process, url)
    answer = await ask(Witness(vkey, url)).cosign(*log.ask(100))
    assert len(answer.lines) == 1
    second = await asyncio.to_thread(run, "serve", "--data", data, "--log", log.signer.verifier, "--port", free_port())
    assert second.exit_code == 2
    assert "Stop it first" in second.stderr
    process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(process.wait, 20) == 0


async def test_during_a_key_rotation_either_key_may_sign(vkey: Verifier, log: Log, start: Start) -> None:
    new = Signer(log.signer.name, bytes([5] * 32))
    process, url = start(also=(new.verifier,))
    await _ready(process, url)
    async with aiohttp.ClientSession() as session:
        for old, size, using in ((0, 100, [log.signer]), (100, 200, [new, log.signer]), (200, 300, [new])):
            asked = AddCheckpoint(old, log.proof(old, size), log.head(size).signed(*using))
            async with session.post(f"{url}/add-checkpoint", data=str(asked).encode()) as answer:
                assert answer.status == 200
                line = await answer.text()
            assert Note.parse(f"{log.head(size).text}\n{line}").verify([vkey]) == [vkey]


@pytest.mark.parametrize(("moment", "remembered"), [("before", 100), ("after", 200)])
async def test_after_a_kill_it_never_cosigns_a_fork(
    data: Path, vkey: Verifier, log: Log, fork: Log, start: Start, moment: str, remembered: int
) -> None:
    """After a restart it has forgotten the checkpoint that it never answered, or it continues from it."""
    held, seed = (data / "witness.key").read_text().split()
    signer = Signer(held, base64.b64decode(seed))
    server.WitnessServer(data / "logs", signer, [log.signer.verifier]).cosign(log.request(0, 100))
    process, url = start(("-c", DRIVER.format(DYING[moment])))
    await _ready(process, url)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientError):
            await session.post(f"{url}/add-checkpoint", data=str(log.request(100, 200)).encode())
    assert await asyncio.to_thread(process.wait, 20) == -signal.SIGKILL

    again = server.WitnessServer(data / "logs", signer, [log.signer.verifier])
    assert again.known(log.signer.name) == log.head(remembered)
    if remembered == 200:
        for refused in (fork.request(100, 200), fork.request(200, 300)):
            with pytest.raises(CheckpointRefused):
                again.cosign(refused)
    assert again.cosign(log.request(remembered, 200)).startswith(f"— {NAME} ")
