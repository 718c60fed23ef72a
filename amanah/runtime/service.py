"""Lifecycle of a service: prepare, serve, work in the background, report health, stop in order.

A service is built from its parts by its `app.py` (`def build(runtime: Runtime) -> Service`, found by its dotted name) and runs
alone behind a server, or beside the others in one process.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
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
from amanah.runtime.bus.trail import Rates, Trail
from amanah.runtime.crypto import Keyring
from amanah.runtime.identity import CallSigner, Verifier
from amanah.runtime.mongo import Database
from amanah.runtime.objects import Objects
from amanah.runtime.rpc import Client, Endpoint, Handlers
from amanah.runtime.settings import Settings
from amanah.runtime.settings_audit import SettingsAudit

log = structlog.get_logger()

_CLOSE_WITHIN = 15.0
_ANSWER_WITHIN = 3.0


class Worker(Protocol):
    """Task that runs in the background as long as its service does."""

    name: str

    async def run(self) -> None:
        """Works until cancelled, then ends soon: the current work is finished, or is safe to repeat."""
        ...

    def trouble(self) -> str | None:
        """Returns a fault that a person must look at, or None. Requests are answered meanwhile."""
        ...

    def figures(self) -> dict[str, float]:
        """Returns figures for metrics: `{"lag": 3}`. The figure `trouble` is added by the service."""
        ...


@dataclass(frozen=True)
class Runtime:
    """Stores, bus and keys that a service is built on. The services of one process share them."""

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
        """Rates up to which refusals have an audit entry each."""
        return Rates(self.settings.refusals_recorded, self.settings.strangers_recorded)

    def settings_audit(
        self, outbox: Outbox, settings: BaseSettings, key_sets: Mapping[str, Iterable[str]] | None = None
    ) -> SettingsAudit:
        """Returns the audit of the settings that this service and all services use."""
        shared = {
            "master": self.keys.fingerprints,
            "service": (self.keys.blind(self.signer.fingerprint, "fingerprint")[:16],),
            "issuer": self.verifier.fingerprints,
        }
        return SettingsAudit(outbox, self.keys, (self.settings, settings), shared | dict(key_sets or {}))


@dataclass
class Service:
    """Service. `prepare` creates what is missing in its stores; workers run beside the requests.

    Its settings, `settings_audit`, are on the audit trail before it takes a request. It reports for the services `beside` it in
    its process, too, which cannot be reached from outside.
    """

    name: str
    prepare: Callable[[], Awaitable[None]]
    settings_audit: SettingsAudit | None = None
    pings: Sequence[Callable[[], Awaitable[None]]] = ()
    workers: Sequence[Worker] = ()
    routes: Sequence[BaseRoute] = ()
    beside: Sequence["Service"] = ()
    ready: bool = False
    _tasks: Mapping[str, asyncio.Task[None]] = field(default_factory=dict)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Prepares, starts the workers, and stops them in order on leaving."""
        await self.prepare()
        if self.settings_audit is not None:
            await self.settings_audit.note()
        tasks = [asyncio.create_task(w.run(), name=f"{self.name}: {w.name}") for w in self.workers]
        self._tasks = {w.name: task for w, task in zip(self.workers, tasks, strict=True)}
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
        """Returns the reasons for taking no traffic, if any. Only stores that requests need count."""
        own, *others = await asyncio.gather(
            self._own_readiness_failures(), *(service.readiness_failures() for service in self.beside)
        )
        return own + _prefixed(self.beside, others)

    def troubles(self) -> list[str]:
        """Returns faults of background work that a person must look at. Requests are answered meanwhile."""
        own = [f"{worker.name}: {trouble}" for worker in self.workers if (trouble := self.trouble_of(worker))]
        return own + _prefixed(self.beside, [service.troubles() for service in self.beside])

    def trouble_of(self, worker: Worker) -> str | None:
        """Returns the worker's trouble, which is also that it has ended while the service runs."""
        if (trouble := worker.trouble()) is not None:
            return trouble
        task = self._tasks.get(worker.name)
        if self.ready and task is not None and task.done():
            return "It has ended. Restart the service, and report this with the service's log."
        return None

    async def _own_readiness_failures(self) -> list[str]:
        if not self.ready:
            return ["starting or stopping"]
        answers = await asyncio.gather(*map(_unanswered, self.pings))
        return [why for why in answers if why is not None]

    def app(self) -> Starlette:
        """Returns the service as an ASGI app with health, metrics and its routes; its lifespan is `running`."""

        def lifespan(_: Starlette) -> Any:
            return self.running()

        return self.mounted(lifespan)

    def mounted(self, lifespan: Lifespan[Starlette] | None = None) -> Starlette:
        """Returns the ASGI app without a lifespan, for a process that runs several services."""
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
    """Returns the reason if a store that requests need does not answer."""
    try:
        async with asyncio.timeout(_ANSWER_WITHIN):
            await ping()
    except AmanahError as error:
        return error.message
    except TimeoutError:
        return f"a store does not answer within {_ANSWER_WITHIN:.0f} s"
    return None


def _prefixed(services: Iterable[Service], reports: Iterable[list[str]]) -> list[str]:
    """Puts the name of each service before the lines of its report."""
    return [f"{service.name}: {line}" for service, lines in zip(services, reports, strict=True) for line in lines]


def _figures(services: Iterable[Service]) -> CollectorRegistry:
    """Collects the figures of the workers, with `trouble` as 1 or 0."""
    registry = CollectorRegistry()
    gauge = Gauge("amanah_worker", "What background workers count", ["service", "worker", "figure"], registry=registry)
    for service in services:
        for worker in service.workers:
            for figure, value in {**worker.figures(), "trouble": bool(service.trouble_of(worker))}.items():
                gauge.labels(service.name, worker.name, figure).set(value)
    return registry


def rpc_route(service: str, handlers: Handlers, store: Any, signer: CallSigner, trail: Trail) -> Route:
    """`POST /rpc/<method>` for the requests of `handlers`."""
    endpoint = Endpoint(service, handlers, store, signer, trail)
    return Route("/rpc/{method}", endpoint.__call__, methods=["POST"])


@dataclass
class Periodic:
    """Worker that calls `work` at an interval, and at once when it is nudged."""

    name: str
    work: Callable[[], Awaitable[bool]]
    every: float = 1.0
    done: int = 0
    failure: str | None = None

    def __post_init__(self) -> None:
        self._nudged = asyncio.Event()

    def nudge(self) -> None:
        """Ends the wait between two runs."""
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
                log.exception("worker failed", worker=self.name)
                self.failure = "an unexpected error; see the logs"
            if not more:
                try:
                    async with asyncio.timeout(self.every):
                        await self._nudged.wait()
                except TimeoutError:
                    continue

    def trouble(self) -> str | None:
        """Returns the last failure, if the last run failed."""
        return self.failure

    def figures(self) -> dict[str, float]:
        """Returns the number of runs."""
        return {"rounds": self.done}
