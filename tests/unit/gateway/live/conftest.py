"""A gateway whose owners answer by the viewer's areas, changes passed to its feed by hand, and its connections."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from amanah.contracts.actor import Actor
from amanah.contracts.alerts import AlertRaised
from amanah.contracts.message import Event, encode
from amanah.runtime.bus.bus import Message
from gateway.changes import context as live_context
from tests.unit.gateway.conftest import House, Owners
from tests.waiting import eventually

VILLAGE = "32.01.05.2001"


class ScopedOwners(Owners):
    """Answers by a function of the request and the actor."""

    def __init__(self) -> None:
        super().__init__()
        self.callers: list[tuple[str, str]] = []

    async def call(self, ask: Any, actor: Actor) -> Any:
        self.callers.append((type(ask).__name__, actor.name))
        answer = self.answers[type(ask)](ask, actor)
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, BaseModel)
        return answer


class Socket:
    """A WebSocket as the server sees it. `open` is cleared while the client does not read."""

    def __init__(self, house: "LiveHouse", *, origin: str = "", protocols: tuple[str, ...], token: str = "") -> None:
        headers = [(b"host", b"amanah.test")]
        headers += [(b"origin", origin.encode())] if origin else []
        headers += [(b"authorization", f"Bearer {token}".encode())] if token else []
        self._scope = {
            "type": "websocket", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "ws", "path": "/graphql",
            "raw_path": b"/graphql", "query_string": b"", "root_path": "", "headers": headers, "subprotocols": [*protocols],
            "client": ("10.0.0.7", 5000), "server": ("127.0.0.1", 80),
        }  # fmt: skip
        self._house = house
        self._incoming: asyncio.Queue[Any] = asyncio.Queue()
        self._incoming.put_nowait({"type": "websocket.connect"})
        self._outgoing: asyncio.Queue[Any] = asyncio.Queue()
        self.open = asyncio.Event()
        self.open.set()

    async def run(self) -> None:
        async def send(message: Any) -> None:
            await self.open.wait()
            self._outgoing.put_nowait(message)

        await self._house.app(self._scope, self._incoming.get, send)

    def say(self, message: Any) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        self._incoming.put_nowait({"type": "websocket.receive", "text": text})

    def leave(self) -> None:
        self._incoming.put_nowait({"type": "websocket.disconnect", "code": 1001})

    async def next(self) -> Any:
        """The next message as the client reads it; a close as its code and reason."""
        async with asyncio.timeout(5):
            while True:
                message = await self._outgoing.get()
                if message["type"] == "websocket.close":
                    return message["code"], message.get("reason") or ""
                if message["type"] == "websocket.send":
                    return json.loads(message["text"])

    async def nothing(self) -> bool:
        """True when there is no message, after every subscription has sent what it has."""
        await eventually(lambda: self._house.idle)
        self.say({"type": "ping"})
        return bool((await self.next())["type"] == "pong")

    async def init(self, token: str) -> None:
        self.say({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}})
        assert await self.next() == {"type": "connection_ack"}

    def subscribe(self, query: str, identifier: str = "1") -> None:
        self.say({"type": "subscribe", "id": identifier, "payload": {"query": query}})

    async def follow(self, query: str, identifier: str = "1") -> None:
        """Subscribes, and waits until no change can be missed."""
        before = self._house.listeners
        self.subscribe(query, identifier)
        await eventually(lambda: self._house.listeners > before and self._house.idle)


class EventStream:
    """An event stream as the client reads it."""

    def __init__(self, house: "LiveHouse", query: str, token: str, headers: dict[str, str]) -> None:
        given = {"accept": "text/event-stream", "authorization": f"Bearer {token}", "content-type": "application/json"}
        self._scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": "/graphql", "raw_path": b"/graphql", "query_string": b"", "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in (given | headers).items()],
            "client": ("10.0.0.7", 5000), "server": ("127.0.0.1", 80),
        }  # fmt: skip
        self._house = house
        self._incoming: asyncio.Queue[Any] = asyncio.Queue()
        self._incoming.put_nowait({"type": "http.request", "body": json.dumps({"query": query}).encode()})
        self._parts: asyncio.Queue[str | None] = asyncio.Queue()
        self._rest = ""
        self.status: int | None = None
        self.started = asyncio.Event()

    async def run(self) -> None:
        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                self.started.set()
            else:
                self._parts.put_nowait(message.get("body", b"").decode())
                if not message.get("more_body"):
                    self._parts.put_nowait(None)

        await self._house.app(self._scope, self._incoming.get, send)

    def leave(self) -> None:
        self._incoming.put_nowait({"type": "http.disconnect"})

    async def next(self) -> dict[str, str] | None:
        """The fields of the next event, without comments; None at the end."""
        async with asyncio.timeout(5):
            while True:
                while "\n\n" not in self._rest:
                    if (part := await self._parts.get()) is None:
                        return None
                    self._rest += part
                block, self._rest = self._rest.split("\n\n", 1)
                fields = dict(line.split(":", 1) for line in block.split("\n") if not line.startswith(":"))
                if fields:
                    return {name: value.strip() for name, value in fields.items()}

    async def text(self) -> str:
        """The whole body."""
        parts = []
        async with asyncio.timeout(5):
            while (part := await self._parts.get()) is not None:
                parts.append(part)
        return "".join(parts)


class LiveHouse(House):
    """The endpoints, whose feed is fed by hand."""

    owners: ScopedOwners

    def __init__(self, folder: Path, **settings: Any) -> None:
        super().__init__(folder, ScopedOwners(), **settings)
        self._offsets = itertools.count()
        self.tasks: set[asyncio.Task[None]] = set()

    def happens(self, event: Event, identifier: str = "", at_ms: int = 0) -> str:
        """Passes an event to the feed as the bus would; returns its id."""
        offset = next(self._offsets)
        identifier = identifier or f"evt_{offset}"
        headers = (("ce_type", event.type.encode()), ("ce_id", identifier.encode()))
        at = at_ms or time.time_ns() // 1_000_000
        self.feed.pass_on(Message(event.topic, 0, offset, at, event.key().encode(), encode(event), headers))
        return identifier

    @property
    def listeners(self) -> int:
        return int(self.feed.figures()["listeners"])

    @property
    def idle(self) -> bool:
        """All that happened was sent."""
        return all(listener.idle for found in self.feed._listeners.values() for listener in found)

    @asynccontextmanager
    async def socket(
        self, *, origin: str = "", protocols: tuple[str, ...] = ("graphql-transport-ws",), token: str = ""
    ) -> AsyncIterator[Socket]:
        """A connection, gone at the end of the block."""
        found = Socket(self, origin=origin, protocols=protocols, token=token)
        task = asyncio.create_task(found.run())
        try:
            yield found
        finally:
            found.open.set()
            found.leave()
            async with asyncio.timeout(5):
                await task

    @asynccontextmanager
    async def events(self, query: str, *, token: str = "", **headers: str) -> AsyncIterator[EventStream]:
        """An event stream, gone at the end of the block."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        found = EventStream(self, query, token or self.token(), given)
        task = asyncio.create_task(found.run())
        try:
            yield found
        finally:
            found.leave()
            async with asyncio.timeout(5):
                await task


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Subscriptions query again at once."""
    monkeypatch.setattr(live_context, "SECONDS", 0.01)


@pytest.fixture
def live(tmp_path: Path) -> Callable[..., LiveHouse]:
    """Builds the endpoints with the given settings."""
    return lambda **settings: LiveHouse(tmp_path, **settings)


def alert_raised(number: int, area: str = VILLAGE) -> AlertRaised:
    return AlertRaised(
        alert_id=f"alr_{number}", rule="silent_round", severity="HIGH", at="2026-11-24T03:00:00Z", area=area,
        round_id="rnd_1", detail="x", subject_type="Round", subject_id="rnd_1",
    )  # fmt: skip
