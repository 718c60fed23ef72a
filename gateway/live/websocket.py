"""Subscriptions over WebSocket: the protocol graphql-transport-ws.

Only subscriptions: queries and mutations have their limits, deadlines and caches at POST. Strawberry's own handler is not used:
it sends the text of internal errors and binary frames, closes every refused connection with the same words, and knows neither
an end of the session nor a reader that is slow.

| Code | Reason | Meaning |
|---|---|---|
| 1012 | Service restart | The gateway stops: connect again at once |
| 1013 | `slow_reader`, `subscription_limit`, `throttled`, `unavailable` | Connect again later |
| 4400 | | The message has not the form that the protocol demands |
| 4401 | `token_missing`, `token_invalid`, `token_expired`, ... | The token is not accepted, or access was revoked: sign in |
| 4403 | `token_expired` | The token was accepted and has expired since: connect again with a new one |
| 4406, 4408, 4409, 4429 | | As the protocol says |
"""

import asyncio
from collections.abc import Coroutine
from contextlib import ExitStack, aclosing, suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from amanah.contracts.errors import AmanahError, BadInput, Unauthenticated
from amanah.runtime.telemetry import origin
from gateway.access.authenticator import Authenticator, Session
from gateway.changes.feed import SlowReader
from gateway.live.sessions import OpenStreams, until_it_ends
from gateway.live.streams import SEND_SECONDS, Operation, Streams, error_result
from gateway.schema.errors import log_fault
from gateway.settings import GatewaySettings

PROTOCOL = "graphql-transport-ws"

_INIT_SECONDS = 10.0
_CLOSE_SECONDS = 5.0
_ID_LENGTH = 128


class Close(NamedTuple):
    """Close code with its reason."""

    code: int
    reason: str


_GONE = Close(1006, "")
_INVALID = Close(4400, "Invalid message")


class WebSocketEndpoint:
    """Accepts connections."""

    def __init__(
        self, streams: Streams, authenticator: Authenticator, settings: GatewaySettings, open_streams: OpenStreams
    ) -> None:
        self._streams = streams
        self._authenticator = authenticator
        self._settings = settings
        self._open = open_streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one connection until it ends."""
        socket = WebSocket(scope, receive, send)
        if not allows_origin(socket.headers.get("origin"), socket.headers.get("host"), self._settings.origins):
            await socket.close(1008)
            return
        if PROTOCOL not in scope.get("subprotocols", ()):
            await socket.accept()
            await socket.close(4406, "Subprotocol not acceptable")
            return
        await socket.accept(PROTOCOL)
        await _Connection(socket, self._streams, self._authenticator, self._settings, self._open).serve()


def allows_origin(page: str | None, host: str | None, allowed: tuple[str, ...]) -> bool:
    """Checks the origin of the page that connects: none for other clients, our own host, or one of the settings."""
    return page is None or page in allowed or (bool(host) and urlsplit(page).netloc == host)


class _Connection:
    """One connection: a reader of its messages, a watch over its session, and a task for each subscription."""

    def __init__(
        self,
        socket: WebSocket,
        streams: Streams,
        authenticator: Authenticator,
        settings: GatewaySettings,
        open_streams: OpenStreams,
    ) -> None:
        self._socket = socket
        self._streams = streams
        self._authenticator = authenticator
        self._settings = settings
        self._open = open_streams
        self._end: asyncio.Future[Close] = asyncio.get_running_loop().create_future()
        self._tasks: set[asyncio.Task[None]] = set()
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._counted = ExitStack()
        self._session: Session | None = None

    async def serve(self) -> None:
        """Serves the connection. When it returns, everything of it is freed."""
        self._start(self._read())
        self._start(self._expect_init())
        self._start(self._until_restart())
        try:
            close = await self._end
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._counted.close()
        if close is not _GONE:
            with suppress(Exception):  # it is gone already, or does not read
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await self._socket.close(close.code, close.reason)

    def _close(self, code: int, reason: str) -> None:
        if not self._end.done():
            self._end.set_result(Close(code, reason))

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs a task of the connection, whose failure ends it."""
        try:
            await work
        except WebSocketDisconnect:
            self._close(*_GONE)
        except SlowReader as error:
            self._close(1013, error.code)
        except Exception as fault:
            log_fault(fault, origin().request_id)
            self._close(4500, "internal")

    async def _expect_init(self) -> None:
        await asyncio.sleep(_INIT_SECONDS)
        if self._session is None:
            self._close(4408, "Connection initialisation timeout")

    async def _until_restart(self) -> None:
        await self._streams.feed.stopping.wait()
        self._close(1012, "Service restart")

    async def _read(self) -> None:
        initialised = False
        while not self._end.done():
            message = self._parsed(await self._socket.receive())
            match message:
                case {"type": "connection_init"} if initialised:
                    self._close(4429, "Too many initialisation requests")
                case {"type": "connection_init"}:
                    initialised = True
                    await self._init(message.get("payload"))
                case {"type": "ping"}:
                    payload = message.get("payload")
                    await self._send({"type": "pong"} | ({"payload": payload} if isinstance(payload, dict) else {}))
                case {"type": "pong"}:
                    pass
                case {"type": "subscribe"} if self._session is None:
                    self._close(4401, "Unauthorized")
                case {"type": "subscribe", "id": str(identifier)} if (
                    self._session and 0 < len(identifier) <= _ID_LENGTH
                ):
                    self._subscribe(identifier, message.get("payload"), self._session)
                case {"type": "complete", "id": str(identifier)}:
                    if task := self._operations.pop(identifier, None):
                        task.cancel()
                case _:
                    self._close(*_INVALID)

    def _parsed(self, received: Any) -> dict[str, Any]:
        """The message as an object; empty when it is none. Raises WebSocketDisconnect."""
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", 1006))
        text = received.get("text")
        if not isinstance(text, str) or len(text) > self._settings.body_bytes:
            return {}
        try:
            message = orjson.loads(text)
        except orjson.JSONDecodeError:
            return {}
        return message if isinstance(message, dict) else {}

    async def _init(self, payload: object) -> None:
        if payload is not None and not isinstance(payload, dict):
            self._close(*_INVALID)
            return
        try:
            session = await self._authenticator.open_session(self._socket, _token(payload))
            self._counted.enter_context(self._open.one_more("connections", session.actor.id))
        except Unauthenticated as error:
            self._close(4401, error.code)
            return
        except AmanahError as error:  # too many, or the store of sessions is away
            self._close(1013, error.code)
            return
        self._session = session
        self._start(self._watch(session))
        await self._send({"type": "connection_ack"})

    async def _watch(self, session: Session) -> None:
        ended = await until_it_ends(session, self._streams.feed)
        # Clients retry after 4403, with a new token if they have one, and give up after 4401.
        self._close(4403 if ended.code == "token_expired" else 4401, ended.code)

    def _subscribe(self, identifier: str, payload: object, session: Session) -> None:
        if identifier in self._operations:
            self._close(4409, f"Subscriber for {identifier} already exists"[:120])
            return
        try:
            operation = Operation.parse(payload)
        except BadInput:
            self._close(*_INVALID)
            return
        task = self._start(self._run(identifier, operation, session))
        self._operations[identifier] = task
        task.add_done_callback(lambda _: self._forget(identifier, task))

    def _forget(self, identifier: str, task: asyncio.Task[None]) -> None:
        if self._operations.get(identifier) is task:
            del self._operations[identifier]

    async def _run(self, identifier: str, operation: Operation, session: Session) -> None:
        try:
            await self._authenticator.count(session.actor)
            with self._open.one_more("subscriptions", session.actor.id):
                context = self._streams.contexts(session.actor, None)
                async with aclosing(self._streams.run(operation, context)) as results:
                    async for result in results:
                        if result.refused:
                            await self._send({"id": identifier, "type": "error", "payload": result.body["errors"]})
                            return
                        await self._send({"id": identifier, "type": "next", "payload": result.body})
        except SlowReader:
            raise
        except AmanahError as error:
            await self._send({"id": identifier, "type": "error", "payload": error_result(error)["errors"]})
            return
        self._operations.pop(identifier, None)  # the client may use the id again as soon as it reads this
        await self._send({"id": identifier, "type": "complete"})

    async def _send(self, message: dict[str, Any]) -> None:
        """Sends a message. Raises SlowReader when the client does not take it in time."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._socket.send_text(orjson.dumps(message).decode())
        except TimeoutError:
            raise SlowReader from None


def _token(payload: dict[str, Any] | None) -> str | None:
    """The bearer token of the payload, under the name of the header; None when there is none."""
    for name, value in (payload or {}).items():
        if name.lower() == "authorization" and isinstance(value, str):
            scheme, _, token = value.partition(" ")
            return token.strip() if scheme.lower() == "bearer" else ""
    return None
