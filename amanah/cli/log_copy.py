"""A copy of a transparency log in a folder, and processes beside this one that help to verify it.

`python -m amanah.cli.log_copy` is such a process: it does what it is asked on its standard input until that ends. It loads
nothing but this and `amanah.tlog`, where one of multiprocessing would load the whole command again.
"""

import errno
import os
import pickle
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from amanah.tlog import layout
from amanah.tlog.verify import Hashers, Missing

LARGEST = layout.WIDTH * (layout.MAX_ENTRY_BYTES + 2)


class Unreachable(Exception):
    """The log could not be read; this says nothing about whether it is honest."""


def open_file(path: str | Path) -> BinaryIO:
    """Opens a file that others put there, to read. Raises OSError, also on a pipe or a device: they may never end, or never begin."""
    file = open(path, "rb", opener=_at_once)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "it is a pipe or a device, and no file", str(path))
    return file


def _at_once(path: str, flags: int) -> int:
    """Opening a pipe would wait for who writes into it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def read_file(path: str | Path) -> bytes:
    """What is in such a file; of one that is larger than any that we read, no more than shows it. Raises OSError as open_file."""
    with open_file(path) as file:
        # Room is made for as much as is asked for: asking for the largest bundle each time costs more than reading.
        return file.read(min(os.fstat(file.fileno()).st_size, LARGEST) + 1)


@dataclass(frozen=True)
class Folder:
    """Reads a copy of a log. It can be sent to another process."""

    folder: str

    def __call__(self, path: str) -> bytes:
        """What the copy has at `path`. Raises Missing, or Unreachable when the disk does not give it."""
        try:
            return read_file(f"{self.folder}/{path}")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise Missing(path) from None
        except OSError as error:
            raise Unreachable(f"{self.folder}/{path} cannot be read: {error.strerror}") from error


@contextmanager
def processes(number: int | None = None) -> Iterator[Hashers | None]:
    """A process for each core, begun when there is something to do; None on one core. Ctrl-C is left to this process."""
    number = number or (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    if number < 2:
        yield None
        return
    with _Processes(number) as pool:
        yield Hashers(pool, number)


class _Processes(ThreadPoolExecutor):
    """An executor of which each thread only waits for a process of its own."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self._own = threading.local()
        self._begun: list[subprocess.Popen[bytes]] = []

    def submit(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
        return super().submit(self._ask, work, args, named)

    def _ask(self, *question: object) -> Any:
        if not hasattr(self._own, "process"):
            self._own.process = self._begin()
        process = self._own.process
        pickle.dump(question, process.stdin)
        process.stdin.flush()
        return pickle.load(process.stdout)  # noqa: S301 (our own process wrote it)

    def _begin(self) -> subprocess.Popen[bytes]:
        # -P, since an auditor may stand in the folder of the copy: no code is loaded from there.
        command = [sys.executable, "-P", "-m", "amanah.cli.log_copy"]
        process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self._begun.append(process)
        return process

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends the processes, whatever they are at; who still waits for an answer is told that there is none."""
        super().shutdown(wait=False, cancel_futures=True)
        for process in self._begun:
            process.kill()
        super().shutdown(wait)
        for process in self._begun:
            process.communicate()


def _answer() -> None:
    while True:
        try:
            work, args, named = pickle.load(sys.stdin.buffer)  # noqa: S301 (who began this process wrote it)
        except EOFError:
            return
        pickle.dump(work(*args, **named), sys.stdout.buffer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _answer()
