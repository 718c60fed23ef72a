"""The one that publishes is paused for so long that another takes over, and wakes up: the log that all see stays one log."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import aiohttp
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amanah.cli import embedded
from amanah.cli.embedded import free_port
from amanah.cli.process import create_topics_and_buckets, open_runtime, serving
from amanah.cli.witness.server import WitnessServer
from amanah.contracts.actor import SYSTEM, Actor
from amanah.contracts.audit.entry import AuditEntry, Origin, Subject, new_entry_id
from amanah.contracts.audit.proofs import GetCheckpoint
from amanah.contracts.errors import NotFound, Unavailable
from amanah.contracts.topics import AUDIT_ENTRIES
from amanah.runtime import settings as settings_module
from amanah.runtime.bus.bus import Outgoing
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.rpc import Client, HttpTransport
from amanah.runtime.service import Runtime, Service
from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, Signer, open_checkpoint
from amanah.tlog.verify import verify_log
from services.audit.log import keys as log_keys
from services.audit.log.files import LogFiles
from services.audit.log.heads import count_entries, read_head, read_published
from services.audit.search.lookup import read_leaves
from services.audit.settings import AuditSettings
from services.audit.store import Store
from tests.waiting import eventually

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

ANYBODY = Actor(id="anonymous", name="")
HOLDS = 'amanah_worker{figure="holds",service="audit",worker="publisher"} 1.0'


class Snare:
    """A witness at an address for each process. It can pause who asks it to cosign: who has moved the head, not published it."""

    def __init__(self, witness: WitnessServer) -> None:
        self._submit, self._show = witness.routes()
        self.pause: Callable[[int], Awaitable[bool]] | None = None

    def routes(self) -> list[Route]:
        return [route for number in range(2) for route in self._routes(number)]

    def _routes(self, number: int) -> Iterator[Route]:
        async def asked(http: Request) -> Response:
            if self.pause is not None and await self.pause(number):
                self.pause = None
            answer: Response = await self._submit.endpoint(http)
            return answer

        yield Route(f"/{number}{self._submit.path}", asked, methods=["POST"])
        yield Route(f"/{number}{self._show.path}", self._show.endpoint)


class Instances:
    """Two audit processes on the same stores and bus, and what they said was published, in the order of their answers."""

    def __init__(self, found: Runtime, session: aiohttp.ClientSession, snare: Snare) -> None:
        self.snare = snare
        self.runtime = found
        signers = log_keys.signers(found.settings)
        db = found.database("audit")
        self.store = Store(
            db=db, objects=found.objects, signers=signers, settings=AuditSettings(), outbox=Outbox(db, "audit")
        )
        self.session = session
        self.key = signers[0].verifier
        self.ports = [free_port(), free_port()]
        self.processes: list[subprocess.Popen[bytes]] = []
        self.seen: list[Checkpoint] = []
        self.published: list[bytes] = []
        self._clients = [
            Client({"audit": HttpTransport(f"http://127.0.0.1:{port}", session)}, found.signer) for port in self.ports
        ]

    def start(self, witness: str, environment: dict[str, str]) -> None:
        for number, port in enumerate(self.ports):
            command = [sys.executable, "-m", "amanah", "serve", "audit", "--port", str(port)]
            own = {"AMANAH_AUDIT_WITNESSES": f"{witness}/{number}"}
            self.processes.append(subprocess.Popen(command, env=environment | own))

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()

    async def publish(self, how_many: int) -> None:
        """Publishes entries as a service's relay would."""
        leaves = []
        for _ in range(how_many):
            entry = AuditEntry(
                id=new_entry_id(),
                time=datetime.now(UTC),
                actor=SYSTEM,
                action="test:thing:happen",
                subject=Subject(type="Thing", id="thing"),
                origin=Origin(service="test"),
            )
            leaves.append(entry.canonical())
        await self.runtime.bus.publish([Outgoing(AUDIT_ENTRIES.name, b"thing", leaf) for leaf in leaves])
        self.published += leaves

    async def pause_amid_a_step(self) -> int:
        """Pauses the process that publishes when it has moved the head and not published it, and returns its number.

        No entry is being entered then: what a paused transaction holds, the store keeps for a minute, and nobody could take
        over meanwhile.
        """
        paused: list[int] = []

        async def pause(asking: int) -> bool:
            if (await self.waiting())[0] == 0:
                os.kill(self.processes[asking].pid, signal.SIGSTOP)
                paused.append(asking)
            return bool(paused)

        async def paused_or_published() -> bool:
            return bool(paused) or await self.waiting() == (0, 0)

        self.snare.pause = pause
        while not paused:
            await self.publish(20)
            await self.until(paused_or_published)
        published = await read_published(self.store)
        shown = published.checkpoint.size if published else 0  # the very first head may be the one
        assert shown < (await read_head(self.store)).size
        return paused[0]

    async def feed(self) -> None:
        """Publishes a few entries again and again."""
        while True:
            await self.publish(7)
            await asyncio.sleep(0.03)  # the pace of the load, which is no wait

    async def watch(self) -> None:
        """Asks one after the other, so that the answers are in the order of time."""
        for turn in count():
            try:
                answer = await self._clients[turn % 2].call(GetCheckpoint(), ANYBODY, timeout=0.5)
            except (NotFound, Unavailable):
                await asyncio.sleep(0.05)  # the pace of one who asks again, which is no wait
                continue
            self.seen.append(open_checkpoint(answer.text, self.key)[0])

    async def waiting(self) -> tuple[int, int]:
        """Numbers of messages not yet in the log, and of log entries not yet published."""
        position = await self.store.db["positions"].get({"_id": f"audit/{AUDIT_ENTRIES.name}/0"})
        (end,) = (await self.runtime.bus.ends([AUDIT_ENTRIES.name])).values()
        published = await read_published(self.store)
        reached = position["next"] if position else 0
        return end - reached, await count_entries(self.store) - (published.checkpoint.size if published else 0)

    async def holders(self) -> list[int]:
        """Numbers of the answering processes that publish."""
        return [number for number, port in enumerate(self.ports) if HOLDS in await self._metrics(port)]

    async def _metrics(self, port: int) -> str:
        try:
            timeout = aiohttp.ClientTimeout(total=0.5)
            async with self.session.get(f"http://127.0.0.1:{port}/metrics", timeout=timeout) as answer:
                return await answer.text()
        except (TimeoutError, aiohttp.ClientError):
            return ""

    async def until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        async def holds_alive() -> bool:
            assert [process.poll() for process in self.processes] == [None, None], "a process ended"
            return await holds()

        await eventually(holds_alive, 40, every=0.05)

    def size(self) -> int:
        return self.seen[-1].size if self.seen else 0


@asynccontextmanager
async def working(*jobs: Awaitable[None]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ended), ended


async def _nothing() -> None:
    pass


@pytest.fixture
async def instances(tmp_path: Path) -> AsyncIterator[Instances]:
    # Stores of its own: the log of other tests has another key.
    async with (
        embedded.stores(settings_module.load(data=tmp_path)) as settings,
        open_runtime(settings) as found,
        aiohttp.ClientSession() as session,
        AsyncExitStack() as stack,
    ):
        await create_topics_and_buckets(found)
        signer, port = Signer("witness.example/w", bytes(32)), free_port()
        snare = Snare(WitnessServer(tmp_path / "witness", signer, [key.verifier for key in log_keys.signers(settings)]))
        service = Service("witness", prepare=_nothing, routes=snare.routes())
        await stack.enter_async_context(serving(service, "127.0.0.1", port))
        two = Instances(found, session, snare)
        known = {
            "MONGO_URL": str(settings.mongo_url),
            "S3_ENDPOINT": str(settings.s3_endpoint),
            "S3_SECRET_KEY": str(settings.s3_secret_key),
            "AMANAH_DATA": str(tmp_path),
            "AMANAH_LOG_LEVEL": "warning",
            "AMANAH_AUDIT_PUBLISH_EVERY_S": "0.02",
            # Whoever wakes up finds that its question took too long; it is to try and publish nevertheless.
            "AMANAH_AUDIT_WITNESS_QUORUM": "0",
        }
        try:
            two.start(f"{signer.cosigner} http://127.0.0.1:{port}", {**os.environ, **known})
            yield two
        finally:
            two.stop()


async def test_a_paused_publisher_that_wakes_up_publishes_nothing(instances: Instances) -> None:
    async def one_holds() -> bool:
        return len(await instances.holders()) == 1

    async def other_took_over() -> bool:
        return await instances.holders() == [1 - holder] and instances.size() > before + 200

    async def goes_on() -> bool:
        return instances.size() > before + 400 and await one_holds()

    async def all_is_published() -> bool:
        return await instances.waiting() == (0, 0)

    async with working(instances.watch()):
        await instances.until(one_holds)
        holder = await instances.pause_amid_a_step()
        before = instances.size()
        async with working(instances.feed()):
            await instances.until(other_took_over)
            os.kill(instances.processes[holder].pid, signal.SIGCONT)
            await instances.until(goes_on)
        await instances.until(all_is_published)

    instances.stop()  # they still clear partial tiles away, and a file that is listed should be there
    sizes = [checkpoint.size for checkpoint in instances.seen]
    assert sizes == sorted(sizes), "what is served never shrinks"
    log = LogFiles(instances.store)
    files = {path: await log.read(path) for path in await log.paths() if layout.is_path(path)}
    for kept in dict.fromkeys(instances.seen):
        report = verify_log(files.__getitem__, instances.key, earlier=kept if kept.size else None)
        assert report.verified, (kept, report.findings)
    ours = set(instances.published)
    entered = await read_leaves(instances.store, 0, await count_entries(instances.store))
    assert [leaf for leaf in entered if leaf in ours] == instances.published, "each once, in the order of the topic"
