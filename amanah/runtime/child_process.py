"""Child processes with bounds on time, memory and output.

For work on files of strangers, and for libraries that keep what they allocate: neither may run in a service that answers
requests. The child is a new Python process that imports one module and calls its `answer(order: bytes) -> bytes`,
with the order as JSON from its standard input. What `answer` returns goes to standard output.
"""

import asyncio
import importlib
import math
import os
import resource
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import orjson
from pydantic import BaseModel

from amanah.contracts.errors import AmanahError, from_wire, to_wire

_ROOT = Path(__file__).parents[2]
# Address space grows with every thread, and so does the memory bound that honest work needs.
_THREADS = {"POLARS_MAX_THREADS": "2", "RAYON_NUM_THREADS": "2"}
_REFUSED = 70
_REASON = 500


@dataclass(frozen=True)
class Bounds:
    """The most that a child may take: seconds on the clock, bytes of address space, bytes of any file it writes."""

    seconds: float
    memory: int
    output: int


class ChildFailed(AmanahError):
    """A child that ended without an answer: it left its bounds, was killed, or had an error.

    `reason` is for logs alone, and not for those of a child that reads personal data: it may quote what was read.
    """

    def __init__(self, reason: str) -> None:
        super().__init__("internal")
        self.reason = reason


async def run(module: str, order: BaseModel, bounds: Bounds) -> bytes:
    """Answers with what `answer(order)` of `module` returns, called in a new process. Cancelling kills the process.

    Raises the AmanahError that `answer` raises; ChildFailed for everything else.
    """
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    # Files instead of pipes: the kernel bounds them, and no full pipe keeps a killed child from being waited for.
    with TemporaryFile() as given, TemporaryFile() as answer, TemporaryFile() as complaint:
        given.write(order.model_dump_json().encode())
        given.seek(0)
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", __name__, module, *_arguments(bounds),
            stdin=given, stdout=answer, stderr=complaint,
            env={**os.environ, **_THREADS, "PYTHONPATH": path},
        )  # fmt: skip
        try:
            async with asyncio.timeout(bounds.seconds):
                status = await child.wait()
        except TimeoutError:
            raise ChildFailed(f"no answer within {bounds.seconds:g} s") from None
        finally:
            if child.returncode is None:
                with suppress(ProcessLookupError):
                    child.kill()
                await child.wait()
        if status == 0:
            return await asyncio.to_thread(_content, answer)
        if status == _REFUSED and (refusal := _content(answer)):
            raise from_wire(orjson.loads(refusal))
        ended = f"ended with status {status}" if status > 0 else f"ended by signal {-status}"
        raise ChildFailed(": ".join(filter(None, (ended, _last_line(complaint)))))


def _arguments(bounds: Bounds) -> list[str]:
    # The child's own alarm comes after the parent's, for when there is no parent any more.
    return [str(number) for number in (math.ceil(bounds.seconds) + 1, bounds.memory, bounds.output)]


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _last_line(complaint: IO[bytes]) -> str:
    complaint.seek(max(0, complaint.seek(0, os.SEEK_END) - _REASON))
    return complaint.read().decode(errors="replace").strip().rpartition("\n")[2]


# ---------------------------------------------------------------- the child


def main() -> None:
    """Answers one order within the bounds; beyond them the kernel ends the process."""
    module, seconds, memory, output = sys.argv[1], *map(int, sys.argv[2:])
    signal.alarm(seconds)
    _bound(resource.RLIMIT_CORE, 0)  # a core file would hold what was read
    _bound(resource.RLIMIT_AS, memory)
    _bound(resource.RLIMIT_FSIZE, output)
    sys.stdout = sys.stderr  # what a library prints is no part of the answer
    status = 0
    try:
        answer = importlib.import_module(module).answer(sys.stdin.buffer.read())
    except AmanahError as error:
        answer, status = orjson.dumps(to_wire(error)), _REFUSED
    # Not sys.stdout.buffer: with PYTHONUNBUFFERED it writes as much as fits, and is content.
    with open(1, "wb", closefd=False) as out:
        out.write(answer)
    sys.exit(status)


def _bound(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    main()
