"""The deployment under test, and the foreign programs that check it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.waiting import eventually

PYPI = Path(__file__).parent / "pypi" / "installed"
"""Folder where `make test-foreign` installs aics-tlog and aics-witness, which nothing else imports."""


@dataclass(frozen=True)
class Foreign:
    """The Go program (`main.go`)."""

    program: Path

    def __call__(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Runs the program."""
        command = [str(self.program), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    def key(self, name: str) -> dict[str, str]:
        """Generates a key: private, public, cosigner."""
        made: dict[str, str] = json.loads(self("key", name).stdout)
        return made


@dataclass(frozen=True)
class Deployment:
    """Inputs of an auditor: addresses, verifier keys, earlier checkpoints, and proof files.

    The first witness is ours, at `witness_url`, and also cosigns for the log `tessera`; the second is the Go program's, the
    third aics-witness.
    """

    url: str
    key: str
    witnesses: tuple[str, str, str]
    witness_url: str
    tessera: dict[str, str]
    kept: Path
    proofs: Path
    data: Path


@dataclass(frozen=True)
class Pypi:
    """A program from PyPI: `aics_tlog`, or `aics_witness`."""

    name: str

    @property
    def command(self) -> tuple[str, ...]:
        """Command line of the program."""
        return (sys.executable, "-m", self.name)

    @property
    def environment(self) -> dict[str, str]:
        """Environment with the path of the program."""
        return {"PYTHONPATH": str(PYPI)}

    def __call__(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Runs the program."""
        return subprocess.run(
            [*self.command, *map(str, arguments)],
            env={**os.environ, **self.environment}, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip


def _without_kafka() -> dict[str, str]:
    """The environment without the broker: a deployment that is to use it names it, any other has a bus of its own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("KAFKA_")}


@contextmanager
def running_process(ready: str, *command: object, **environment: str) -> Iterator[None]:
    """Runs a process until the end of the context; it is ready when the address `ready` answers."""
    process = subprocess.Popen([*map(str, command)], env={**_without_kafka(), **environment})
    try:
        asyncio.run(eventually(lambda: process.poll() is not None or fetched(ready) is not None, 90, every=0.05))
        assert process.poll() is None, "it ended"
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def fetched(url: str) -> bytes | None:
    """The body at an address, or None."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            body: bytes = answer.read()
            return body
    except OSError:
        return None
