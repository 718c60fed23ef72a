"""The gateway on real stores and a real bus, before the real services, reached over HTTP as anybody would."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from amanah.cli.embedded import free_port
from amanah.cli.issuer import LocalIssuer
from amanah.cli.process import serving
from amanah.contracts.actor import Grant, Role
from amanah.contracts.topics import AUDIT_ENTRIES, TOPICS
from amanah.runtime import settings as settings_module
from amanah.runtime.bus.local import LocalBus
from amanah.runtime.crypto import Keyring
from amanah.runtime.identity import PARTNER_TOKENS, CallSigner, PartnerIssuer, Verifier
from amanah.runtime.mongo import Database
from amanah.runtime.objects import Objects
from amanah.runtime.rpc import Client, InProcessTransport, Transport
from amanah.runtime.service import Runtime
from gateway import app as gateway
from services.distribution import app as distribution
from services.recipients import app as recipients


class Street:
    """The outside of the gateway: people with tokens, and the audit topic it publishes to."""

    def __init__(self, url: str, session: aiohttp.ClientSession, issuer: LocalIssuer, runtime: Runtime) -> None:
        self.url = url
        self.session = session
        self.issuer = issuer
        self.runtime = runtime
        self.transports: dict[str, Transport] = {}

    def token(self, name: str, role: str, area: str, hours: int = 1) -> str:
        """A token of the trusted issuer."""
        return self.issuer.issue(name, [Grant(role=Role(role), area=area)], timedelta(hours=hours))

    async def graphql(self, token: str | None, query: str, **variables: Any) -> tuple[int, Any]:
        """Status and body of one GraphQL request."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {"query": query, "variables": variables}
        async with self.session.post(f"{self.url}/graphql", json=body, headers=headers) as response:
            return response.status, await response.json(content_type=None)

    async def request(self, method: str, path: str, **more: Any) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of any request."""
        async with self.session.request(method, self.url + path, **more) as response:
            return response.status, {k.lower(): v for k, v in response.headers.items()}, await response.read()

    async def entries(self, count: int, action: str = "") -> list[dict[str, Any]]:
        """The first `count` audit entries of people, or of an action, once there are so many; fails when there are more."""
        found: list[dict[str, Any]] = []
        reader = await self.runtime.bus.subscribe([AUDIT_ENTRIES.name], group=None)
        async with asyncio.timeout(20):
            while len(found) < count:
                read = [json.loads(message.value) for message in await reader.poll(timeout=0.2)]
                found += [e for e in read if (e["action"] == action if action else e["actor"]["role"] != "SYSTEM")]
        await reader.close()
        assert len(found) == count
        return found


@pytest.fixture
async def street(
    tmp_path: Path, database: Callable[[str], Database], objects: Objects, keys: Keyring
) -> AsyncIterator[Street]:
    """A gateway that is open."""
    settings = settings_module.load(data=tmp_path)
    issuer = LocalIssuer(tmp_path / "keys", settings.issuer, settings.audience)
    bus = LocalBus(tmp_path / "bus.sqlite")
    await bus.ensure_topics(TOPICS.values())
    signer = CallSigner("s" * 32)
    transports: dict[str, Transport] = {}
    runtime = Runtime(
        settings=settings,
        database=database,
        objects=objects,
        bus=bus,
        keys=keys,
        signer=signer,
        verifier=Verifier(
            issuer.jwks(),
            settings.issuer,
            settings.audience,
            PartnerIssuer(keys.derive(PARTNER_TOKENS), settings.audience),
        ),
        client=Client(transports, signer),
    )
    # Their workers do not run: what travels by the bus is each service's own matter.
    for name, owner in (("recipients", recipients), ("distribution", distribution)):
        service = owner.build(runtime)
        await service.prepare()
        transports[name] = InProcessTransport(service.mounted())
    port = free_port()
    built = gateway.build(runtime)
    async with (
        aiohttp.ClientSession() as session,
        built.running(),
        serving(built, "127.0.0.1", port, settings.trusted_proxies),
    ):
        found = Street(f"http://127.0.0.1:{port}", session, issuer, runtime)
        found.transports = transports
        yield found
    await bus.close()
