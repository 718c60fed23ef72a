"""Local copy of a transparency log, and a pool of processes that hash it in parallel.

`python -m amanah.cli.log_copy` is one process of the pool: it runs the tasks on its standard input until that ends. It imports
only this module and `amanah.tlog`; a process of multiprocessing would import the whole command.
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

MAX_FILE_BYTES = layout.WIDTH * (layout.MAX_ENTRY_BYTES + 2)


class Unreachable(Exception):
    """The log cannot be read. This is no evidence for or against it."""


def open_file(path: str | Path) -> BinaryIO:
    """Opens an untrusted file to read. Raises OSError, also on a pipe or a device, which might block or never end."""
    file = open(path, "rb", opener=_open_without_blocking)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a file", str(path))
    return file


def _open_without_blocking(path: str, flags: int) -> int:
    """Opens a file; opening a pipe would otherwise wait for a writer."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def read_file(path: str | Path) -> bytes:
    """Reads an untrusted file, at most one byte more than the size limit. Raises OSError as open_file."""
    with open_file(path) as file:
        # read() allocates what it is asked for: asking for the limit each time costs more than reading.
        return file.read(min(os.fstat(file.fileno()).st_size, MAX_FILE_BYTES) + 1)


@dataclass(frozen=True)
class LogFolder:
    """Reads a log from a folder. It can be pickled and sent to another process."""

    folder: str

    def __call__(self, path: str) -> bytes:
        """Returns the file at `path`. Raises Missing, or Unreachable when the disk cannot be read."""
        try:
            return read_file(f"{self.folder}/{path}")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise Missing(path) from None
        except OSError as error:
            raise Unreachable(f"{self.folder}/{path} cannot be read: {error.strerror}") from error


@contextmanager
def hash_processes(number: int | None = None) -> Iterator[Hashers | None]:
    """Provides a process for each core, started on first use; None on one core. They do not receive Ctrl-C."""
    number = number or (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    if number < 2:
        yield None
        return
    with ProcessPool(number) as pool:
        yield Hashers(pool, number)


class ProcessPool(ThreadPoolExecutor):
    """An executor each of whose threads waits for a process of its own."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self._local = threading.local()
        self.processes: list[subprocess.Popen[bytes]] = []

    def submit(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
        """Submits a task, which must be picklable."""
        return super().submit(self._run, work, args, named)

    def _run(self, *task: object) -> Any:
        if not hasattr(self._local, "process"):
            self._local.process = self._start()
        process = self._local.process
        pickle.dump(task, process.stdin)
        process.stdin.flush()
        return pickle.load(process.stdout)  # noqa: S301 (our own process wrote it)

    def _start(self) -> subprocess.Popen[bytes]:
        # -P: the auditor may stand in the folder of the copy, and no code must be loaded from there.
        command = [sys.executable, "-P", "-m", "amanah.cli.log_copy"]
        process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self.processes.append(process)
        return process

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Kills the processes at once; pending tasks fail."""
        super().shutdown(wait=False, cancel_futures=True)
        for process in self.processes:
            process.kill()
        super().shutdown(wait)
        for process in self.processes:
            process.communicate()


def _serve() -> None:
    while True:
        try:
            work, args, named = pickle.load(sys.stdin.buffer)  # noqa: S301 (the process that started this one wrote it)
        except EOFError:
            return
        pickle.dump(work(*args, **named), sys.stdout.buffer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _serve()
