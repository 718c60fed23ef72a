"""Two gateways on one bus, before the real services whose events they follow, and clients of their subscriptions."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from amanah.cli.embedded import free_port
from amanah.cli.process import serving
from amanah.contracts.envelope import Envelope
from amanah.contracts.events import EVENTS
from amanah.contracts.ids import new_id
from amanah.contracts.message import Event, encode
from amanah.runtime.bus.bus import Outgoing
from amanah.runtime.bus.relay import Relay
from amanah.runtime.rpc import InProcessTransport
from amanah.runtime.service import Service
from gateway import app as gateway
from services.distribution import app as distribution
from services.reporting import app as reporting
from tests.integration.gateway.conftest import Street

EXAMPLES = Path(__file__).parents[4] / "amanah" / "contracts" / "examples"
PROTOCOL = "graphql-transport-ws"


def example(kind: str, **changes: Any) -> Event:
    """The example of an event, with changes."""
    fields = json.loads((EXAMPLES / f"{kind}.json").read_text())
    return EVENTS[kind].model_validate(fields | changes)


@dataclass
class Town:
    """Two gateways; what a person does at one is seen at both."""

    street: Street
    urls: tuple[str, str]
    session: aiohttp.ClientSession

    async def publish(self, *events: Event) -> None:
        """Publishes events as their owner's relay would."""
        now = datetime.now(UTC)
        await self.street.runtime.bus.publish([
            Outgoing(
                event.topic, event.key().encode(), encode(event),
                Envelope(new_id("evt"), "/amanah/test", event.type, event.key(), now).to_headers(),
            )
            for event in events
        ])  # fmt: skip

    @asynccontextmanager
    async def socket(self, token: str, gateway: int = 0, **more: Any) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """A connection that is signed in."""
        url = f"{self.urls[gateway]}/graphql"
        async with self.session.ws_connect(url, protocols=[PROTOCOL], **more) as socket:
            await socket.send_json({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}})
            assert await socket.receive_json() == {"type": "connection_ack"}
            yield socket

    @asynccontextmanager
    async def events(
        self, token: str, query: str, gateway: int = 0, **headers: str
    ) -> AsyncIterator[Callable[[], Awaitable[dict[str, str]]]]:
        """Reads an event stream: yields a function that returns the fields of the next event."""
        given = {"accept": "text/event-stream", "authorization": f"Bearer {token}"} | headers
        url = f"{self.urls[gateway]}/graphql"
        async with self.session.post(url, json={"query": query}, headers=given) as response:
            assert response.headers["content-type"].startswith("text/event-stream"), await response.text()

            async def following() -> dict[str, str]:
                fields: dict[str, str] = {}
                while line := (await response.content.readline()).decode():
                    name, colon, value = line.rstrip("\n").partition(":")
                    if name and colon:
                        fields[name] = value.strip()
                    elif not name and not colon and fields:
                        return fields
                raise EOFError

            yield following


def without(service: Service, *kinds: type) -> Service:
    """The service without workers of other kinds."""
    service.workers = [worker for worker in service.workers if isinstance(worker, kinds)]
    return service


@pytest.fixture
async def town(street: Street) -> AsyncIterator[Town]:
    """The gateways, whose owners' events travel."""
    runtime = street.runtime
    counting = reporting.build(runtime)
    street.transports["reporting"] = InProcessTransport(counting.mounted())
    second, port = gateway.build(runtime), free_port()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(counting.running())
        await stack.enter_async_context(without(distribution.build(runtime), Relay).running())
        await stack.enter_async_context(second.running())
        await stack.enter_async_context(serving(second, "127.0.0.1", port, runtime.settings.trusted_proxies))
        # As many connections as a test opens.
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        yield Town(street, (street.url, f"http://127.0.0.1:{port}"), session)
