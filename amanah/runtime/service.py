"""A service's life, the same for all: prepare, serve, work in the background, say how it is, stop in order.

A service is built from its parts by its `app.py` (`def build(runtime: Runtime) -> Service`, found by its dotted name) and runs
alone behind a server, or beside the others in one process.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Gauge, generate_latest
from pydantic_settings import BaseSettings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Lifespan

from amanah.contracts.errors import AmanahError
from amanah.runtime.bus.bus import Bus
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.bus.trail import Rates
from amanah.runtime.crypto import Keyring
from amanah.runtime.identity import CallSigner, Verifier
from amanah.runtime.mongo import Database
from amanah.runtime.objects import Objects
from amanah.runtime.rpc import Client, Endpoint, Handlers, Trail
from amanah.runtime.settings import Settings
from amanah.runtime.settings_audit import SettingsAudit

log = structlog.get_logger()

_CLOSE_WITHIN = 15.0
_ANSWER_WITHIN = 3.0


class Worker(Protocol):
    """Something that runs in the background as long as its service does."""

    name: str

    async def run(self) -> None:
        """Works until cancelled, then ends soon: what was in hand is finished, or is safe to begin again."""
        ...

    def trouble(self) -> str | None:
        """What a person must look at; None when all is well. Requests are answered meanwhile."""
        ...

    def figures(self) -> dict[str, float]:
        """What it counts, for metrics: `{"lag": 3}`. Whether it has a trouble is counted for it."""
        ...


@dataclass(frozen=True)
class Runtime:
    """What every service is given: the stores, the bus and the keys. The same objects serve all of one process."""

    settings: Settings
    database: Callable[[str], Database]
    objects: Objects
    bus: Bus
    keys: Keyring
    signer: CallSigner
    verifier: Verifier
    client: Client | None = None

    @property
    def rates(self) -> Rates:
        """How many refusals are entries of their own."""
        return Rates(self.settings.refusals_recorded, self.settings.strangers_recorded)

    def settings_audit(
        self, outbox: Outbox, settings: BaseSettings, key_sets: Mapping[str, Iterable[str]] | None = None
    ) -> SettingsAudit:
        """What the service with this outbox runs on, besides what all do."""
        shared = {
            "master": self.keys.fingerprints,
            "service": (self.keys.blind(self.signer.fingerprint, "fingerprint")[:16],),
            "issuer": self.verifier.fingerprints,
        }
        return SettingsAudit(outbox, self.keys, (self.settings, settings), shared | dict(key_sets or {}))


@dataclass
class Service:
    """One service. `prepare` creates what is missing in its stores; workers run beside the requests.

    Its settings, `settings_audit`, are on the audit trail before it takes a request. It tells how the services `beside` it in
    its process are, too: nobody outside reaches those.
    """

    name: str
    prepare: Callable[[], Awaitable[None]]
    settings_audit: SettingsAudit | None = None
    pings: Sequence[Callable[[], Awaitable[None]]] = ()
    workers: Sequence[Worker] = ()
    routes: Sequence[BaseRoute] = ()
    beside: Sequence["Service"] = ()
    ready: bool = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Prepares, starts the workers, and stops them in order on leaving."""
        await self.prepare()
        if self.settings_audit is not None:
            await self.settings_audit.note()
        tasks = [asyncio.create_task(w.run(), name=f"{self.name}: {w.name}") for w in self.workers]
        self.ready = True
        try:
            yield
        finally:
            self.ready = False
            for task in tasks:
                task.cancel()
            if tasks:
                _, late = await asyncio.wait(tasks, timeout=_CLOSE_WITHIN)
                for task in late:
                    log.warning("worker did not stop in time", worker=task.get_name())
            for task in tasks:
                if task.done() and not task.cancelled() and (error := task.exception()):
                    log.error("worker failed", worker=task.get_name(), error=repr(error))

    async def readiness_failures(self) -> list[str]:
        """Why it should take no traffic; empty when it may. Only what requests need counts."""
        own, *others = await asyncio.gather(
            self._own_readiness_failures(), *(service.readiness_failures() for service in self.beside)
        )
        return own + _of(self.beside, others)

    def troubles(self) -> list[str]:
        """What a person must look at in the work behind the requests, which go on meanwhile; empty when all is well."""
        own = [f"{worker.name}: {trouble}" for worker in self.workers if (trouble := worker.trouble())]
        return own + _of(self.beside, [service.troubles() for service in self.beside])

    async def _own_readiness_failures(self) -> list[str]:
        if not self.ready:
            return ["starting or stopping"]
        answers = await asyncio.gather(*map(_unanswered, self.pings))
        return [why for why in answers if why is not None]

    def app(self) -> Starlette:
        """The service as an ASGI app with health, metrics and its routes; its lifespan is `running`."""

        def lifespan(_: Starlette) -> Any:
            return self.running()

        return self.mounted(lifespan)

    def mounted(self, lifespan: Lifespan[Starlette] | None = None) -> Starlette:
        """The ASGI app without a life of its own, for a process that runs several services."""
        return Starlette(routes=[*self.health(), *self.routes], lifespan=lifespan)

    def health(self) -> list[BaseRoute]:
        """`/healthz`, `/readyz` and `/metrics`."""

        async def healthz(_: Request) -> Response:
            return JSONResponse({"service": self.name, "alive": True})

        async def readyz(_: Request) -> Response:
            readiness_failures = await self.readiness_failures()
            body = {
                "service": self.name,
                "ready": not readiness_failures,
                "troubles": readiness_failures + self.troubles(),
            }
            return JSONResponse(body, 503 if readiness_failures else 200)

        async def metrics(_: Request) -> Response:
            # Ours, then what the whole process counts: calls, memory, CPU.
            text = generate_latest(_figures((self, *self.beside))) + generate_latest(REGISTRY)
            return Response(text, media_type=CONTENT_TYPE_LATEST)

        return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


async def _unanswered(ping: Callable[[], Awaitable[None]]) -> str | None:
    """Why a store that requests need does not answer."""
    try:
        async with asyncio.timeout(_ANSWER_WITHIN):
            await ping()
    except AmanahError as error:
        return error.message
    except TimeoutError:
        return f"a store does not answer within {_ANSWER_WITHIN:.0f} s"
    return None


def _of(services: Iterable[Service], told: Iterable[list[str]]) -> list[str]:
    """What each of the services told, with its name before it."""
    return [f"{service.name}: {line}" for service, lines in zip(services, told, strict=True) for line in lines]


def _figures(services: Iterable[Service]) -> CollectorRegistry:
    """What the workers of the services count, and whether each of them has a trouble."""
    registry = CollectorRegistry()
    gauge = Gauge("amanah_worker", "What background workers count", ["service", "worker", "figure"], registry=registry)
    for service in services:
        for worker in service.workers:
            for figure, value in {**worker.figures(), "trouble": bool(worker.trouble())}.items():
                gauge.labels(service.name, worker.name, figure).set(value)
    return registry


def rpc_route(service: str, handlers: Handlers, store: Any, signer: CallSigner, trail: Trail) -> Route:
    """`POST /rpc/<method>` for the requests of `handlers`."""
    endpoint = Endpoint(service, handlers, store, signer, trail)
    return Route("/rpc/{method}", endpoint.__call__, methods=["POST"])


@dataclass
class Periodic:
    """A worker that does one thing every so often, and once more at once when it is nudged."""

    name: str
    work: Callable[[], Awaitable[bool]]
    every: float = 1.0
    done: int = 0
    failure: str | None = None

    def __post_init__(self) -> None:
        self._nudged = asyncio.Event()

    def nudge(self) -> None:
        """Work now."""
        self._nudged.set()

    async def run(self) -> None:
        """Works until cancelled; `work` answers whether there is more to do at once."""
        while True:
            self._nudged.clear()
            more = False
            try:
                more = await self.work()
                self.done += 1
                self.failure = None
            except AmanahError as error:
                self.failure = error.message
            except Exception:
                log.exception("worker stumbles", worker=self.name)
                self.failure = "an unexpected error; see the logs"
            if not more:
                try:
                    async with asyncio.timeout(self.every):
                        await self._nudged.wait()
                except TimeoutError:
                    continue

    def trouble(self) -> str | None:
        """Why it does not get on."""
        return self.failure

    def figures(self) -> dict[str, float]:
        """How often it worked."""
        return {"rounds": self.done}
