"""Process of Amanah: opens the stores, the bus and the keys, and the services of one process on them."""

import asyncio
import fcntl
import importlib
import secrets
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import IO

import aiohttp
import structlog
import uvicorn
from pydantic import ValidationError

from amanah.cli import embedded
from amanah.cli.embedded import CannotStart
from amanah.cli.issuer import LocalIssuer
from amanah.contracts.actor import Grant
from amanah.contracts.buckets import BUCKETS
from amanah.contracts.errors import Unavailable
from amanah.contracts.topics import TOPICS
from amanah.runtime import mongo, telemetry
from amanah.runtime import settings as settings_module
from amanah.runtime.bus.bus import Bus
from amanah.runtime.bus.kafka import KafkaBus
from amanah.runtime.bus.local import LocalBus
from amanah.runtime.crypto import Keyring
from amanah.runtime.identity import PARTNER_TOKENS, CallSigner, PartnerIssuer, Verifier, written_once
from amanah.runtime.objects import Objects
from amanah.runtime.rpc import Client, HttpTransport, InProcessTransport, Transport
from amanah.runtime.service import Runtime, Service
from amanah.runtime.settings import BadSettings, Settings, describe

log = structlog.get_logger()

OWNERS = ("recipients", "distribution", "audit", "reporting")
ROLES = {owner: f"services.{owner}.app" for owner in OWNERS} | {"gateway": "gateway.app"}
_GRACE = 10
# Clients of WebSockets send documents; compression would keep some 100 kB for each of many connections.
_WS_MESSAGE_BYTES = 1_000_000
_REACHABLE_WITHIN = 60.0


def build(role: str, runtime: Runtime) -> Service:
    """The service of a role, loaded by its dotted name: an image may hold one service only. Raises BadSettings."""
    try:
        found: Service = importlib.import_module(ROLES[role]).build(runtime)
    except ValidationError as error:
        raise BadSettings(describe(error, f"AMANAH_{role.upper()}_")) from None
    return found


def issuer(settings: Settings) -> LocalIssuer:
    """The trial issuer of the data folder."""
    return LocalIssuer(settings.data / "keys", settings.issuer, settings.audience)


def token(data: Path, role: str, area: str, name: str, lifetime: timedelta | None = None) -> str:
    """A token of the trial issuer of `data`; the same name is the same person."""
    grant = Grant.model_validate({"role": role, "area": area})
    made = issuer(settings_module.load(data=data))
    return made.issue(name, [grant], lifetime) if lifetime else made.issue(name, [grant])


def keyring(settings: Settings) -> Keyring:
    """The keys of personal data, from the settings or the data folder."""
    return Keyring.parse(settings.master_keys or written_once(settings.data / "keys" / "master", Keyring.generate))


@asynccontextmanager
async def the_bus(settings: Settings) -> AsyncIterator[Bus]:
    """Opens the bus of the settings: Kafka, or else the local bus in the data folder."""
    settings.data.mkdir(parents=True, exist_ok=True)
    bus: Bus = (
        KafkaBus(settings.kafka, **kafka_options(settings))
        if settings.kafka
        else LocalBus(settings.data / "bus.sqlite")
    )
    try:
        yield bus
    finally:
        await bus.close()


def kafka_options(settings: Settings) -> dict[str, object]:
    """The options of every Kafka client, from the settings."""
    options: dict[str, object] = {"security_protocol": settings.kafka_security}
    if settings.kafka_security.endswith("SSL"):
        options["ssl_context"] = ssl.create_default_context()
    if settings.kafka_security.startswith("SASL"):
        options["sasl_mechanism"] = settings.kafka_mechanism
        options["sasl_plain_username"] = settings.kafka_username
        options["sasl_plain_password"] = settings.kafka_password
    return options


@asynccontextmanager
async def open_runtime(settings: Settings) -> AsyncIterator[Runtime]:
    """Opens a runtime on the stores of the settings. Raises CannotStart when one of them cannot be reached."""
    if settings.mongo_url is None or settings.s3_endpoint is None or settings.s3_secret_key is None:
        raise CannotStart(
            "MONGO_URL, S3_ENDPOINT or S3_SECRET_KEY is missing. Set all three, or use `amanah up`, which needs none of them."
        )
    secret = settings.service_key or written_once(settings.data / "keys" / "service", lambda: secrets.token_hex(32))
    async with AsyncExitStack() as stack:
        connected = await stack.enter_async_context(mongo.connect(settings.mongo_url))
        objects = Objects(
            settings.s3_endpoint,
            settings.s3_access_key,
            settings.s3_secret_key,
            public_endpoint=settings.s3_public_endpoint,
        )
        stack.callback(objects.close)
        bus = await stack.enter_async_context(the_bus(settings))
        await _until_reachable(connected("admin").ping, "The document store")
        await _until_reachable(objects.ping, "The object store")
        keys = keyring(settings)
        yield Runtime(
            settings=settings,
            database=lambda name: connected(f"{settings.database_prefix}_{name}"),
            objects=objects,
            bus=bus,
            keys=keys,
            signer=CallSigner(secret),
            verifier=Verifier(
                settings.issuer_jwks or issuer(settings).jwks(),
                settings.issuer,
                settings.audience,
                PartnerIssuer(keys.derive(PARTNER_TOKENS), settings.audience),
            ),
        )


async def _until_reachable(ping: Callable[[], Awaitable[None]], name: str) -> None:
    """Returns once `ping` succeeds. Raises CannotStart when it does not in a minute."""
    deadline = asyncio.get_running_loop().time() + _REACHABLE_WITHIN
    while True:
        try:
            return await ping()
        except Unavailable as error:
            if asyncio.get_running_loop().time() > deadline:
                raise CannotStart(f"{name} cannot be reached: {error.message}") from error
            await asyncio.sleep(0.5)


async def create_topics_and_buckets(runtime: Runtime) -> None:
    """Creates the topics and buckets that are missing; indexes are each service's own."""
    await runtime.bus.ensure_topics(TOPICS.values())
    await runtime.objects.ensure_buckets(*BUCKETS)


@asynccontextmanager
async def with_http_client(runtime: Runtime) -> AsyncIterator[Runtime]:
    """Adds a client that calls the services over HTTP at the addresses of the settings."""
    urls = {owner: getattr(runtime.settings, f"{owner}_url") for owner in OWNERS}
    if missing := [f"AMANAH_{owner.upper()}_URL" for owner, url in urls.items() if url is None]:
        raise CannotStart(f"The gateway has no address of some services. Set {', '.join(missing)}.")
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200, keepalive_timeout=60)) as session:
        transports: dict[str, Transport] = {owner: HttpTransport(url, session) for owner, url in urls.items()}
        yield replace(runtime, client=Client(transports, runtime.signer))


@asynccontextmanager
async def all_services(runtime: Runtime) -> AsyncIterator[Service]:
    """Runs the four services and the gateway in this process; yields the gateway, which reports the state of all."""
    services = {owner: build(owner, runtime) for owner in OWNERS}
    transports: dict[str, Transport] = {
        owner: InProcessTransport(service.mounted()) for owner, service in services.items()
    }
    gateway = build("gateway", replace(runtime, client=Client(transports, runtime.signer)))
    gateway.beside = tuple(services.values())
    async with AsyncExitStack() as stack:
        for service in services.values():
            await stack.enter_async_context(service.running())
        await stack.enter_async_context(gateway.running())
        yield gateway


class _Server(uvicorn.Server):
    """A server that leaves signals to us."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(service: Service, host: str, port: int, proxies: str = "") -> AsyncIterator[None]:
    """Serves a running service over HTTP; on exit, it accepts no more requests and finishes the present ones.

    `X-Forwarded-For` is trusted from `proxies` only: addresses or networks, separated by commas.
    """
    config = uvicorn.Config(
        service.mounted(), host=host, port=port, lifespan="off", log_config=None, access_log=False,
        timeout_graceful_shutdown=_GRACE, server_header=False, ws="websockets-sansio", ws_max_size=_WS_MESSAGE_BYTES, ws_per_message_deflate=False,
        proxy_headers=bool(proxies), forwarded_allow_ips=proxies,
    )  # fmt: skip
    server = _Server(config)
    task = asyncio.create_task(server.serve(), name="http server")
    while not server.started:
        if task.done():
            raise CannotStart(f"Port {port} of {host} is in use or not allowed. Choose another with --port.")
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        service.ready = False
        server.should_exit = True
        await task


@contextmanager
def lock_data(data: Path) -> Iterator[None]:
    """Locks the data folder for this process alone. Raises CannotStart when another process holds it."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("a+") as file:
        _lock(file, data)
        yield


def _lock(file: IO[str], data: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CannotStart(f"Another Amanah process uses {data}. Stop it first, or give another --data.") from None


@dataclass(frozen=True)
class Running:
    """Running installation: its URL, its data folder, and its settings."""

    url: str
    data: Path
    settings: Settings


@asynccontextmanager
async def running(data: Path, port: int, *, quiet: bool = False) -> AsyncIterator[Running]:
    """Starts everything on one machine, ready for requests. Raises CannotStart and BadSettings."""
    url = f"http://127.0.0.1:{port}"
    level = {"log_level": "error"} if quiet else {}
    settings = settings_module.load(data=data, public_url=url, **level)
    telemetry.configure(settings, "up")
    async with AsyncExitStack() as stack:
        stack.enter_context(lock_data(data))
        settings = await stack.enter_async_context(embedded.stores(settings))
        found = await stack.enter_async_context(open_runtime(settings))
        await create_topics_and_buckets(found)
        gateway = await stack.enter_async_context(all_services(found))
        await stack.enter_async_context(serving(gateway, "127.0.0.1", port, settings.trusted_proxies))
        yield Running(url, data, settings)


async def until_stopped() -> None:
    """Returns on SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


def or_exit(work: Callable[[], None]) -> None:
    """Runs `work`; if it cannot start, prints the reason and exits with code 2."""
    try:
        work()
    except (CannotStart, BadSettings) as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
