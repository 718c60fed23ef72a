"""Subscriptions over server-sent events: the protocol graphql-sse, with a connection for each subscription.

Each result is an event `next` whose id is the position after it; the end is an event `complete`. A client that sends that id as
`Last-Event-ID` continues there, or first gets an event `reset` if the position is no longer known: then it must query again.
"""

import asyncio
from contextlib import ExitStack, aclosing, suppress
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from amanah.contracts.errors import STATUS, AmanahError, BadInput, status_of
from amanah.runtime.rate_limits import RateLimitExceeded
from amanah.runtime.telemetry import origin
from gateway.access.authenticator import Authenticator
from gateway.changes.context import LiveContext
from gateway.changes.feed import SlowReader
from gateway.limits import read_body
from gateway.live.sessions import OpenStreams, until_it_ends
from gateway.live.streams import SEND_SECONDS, Operation, Streams, error_result
from gateway.schema.errors import format_error, log_fault
from gateway.settings import GatewaySettings

EVENT_STREAM = "text/event-stream"

_KEEP_ALIVE_SECONDS = 12.0
_END_SECONDS = 5.0
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"vary", b"Accept, Accept-Language, Authorization"),
    (b"x-accel-buffering", b"no"),
]


def accepts_events(scope: Scope) -> bool:
    """Checks that a request asks for an event stream."""
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept").decode("latin-1").lower()
    return any(part.partition(";")[0].strip() == EVENT_STREAM for part in accepted.split(","))


class SseEndpoint:
    """Answers requests for event streams, and passes all others on."""

    def __init__(
        self,
        others: Any,
        streams: Streams,
        authenticator: Authenticator,
        settings: GatewaySettings,
        open_streams: OpenStreams,
    ) -> None:
        self._others = others
        self._streams = streams
        self._authenticator = authenticator
        self._settings = settings
        self._open = open_streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["method"] not in ("GET", "POST") or not accepts_events(scope):
            await self._others(scope, receive, send)
            return
        request = Request(scope, receive)
        with ExitStack() as counted:
            try:
                session = await self._authenticator.open_session(request)
                operation = Operation.parse(await self._parameters(request))
                for kind in ("connections", "subscriptions"):
                    counted.enter_context(self._open.one_more(kind, session.actor.id))
            except AmanahError as error:
                await _refusal(error)(scope, receive, send)
                return
            after = request.headers.get("last-event-id")
            known = after is not None and self._streams.feed.history.after(after) is not None
            context = self._streams.contexts(session.actor, after if known else None)
            events = _Events(send, context)
            pushing = asyncio.create_task(events.push(self._streams, operation, reset=after is not None and not known))
            watching = asyncio.create_task(until_it_ends(session, self._streams.feed))
            leaving = asyncio.create_task(_until_disconnected(receive))
            stopping = asyncio.create_task(self._streams.feed.stopping.wait())
            tasks = (pushing, watching, leaving, stopping)
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        if not leaving.cancelled():
            return
        if not stopping.cancelled():
            await events.end(None, complete=False)
        else:
            ended = watching.result() if not watching.cancelled() else None
            failure = pushing.exception() if not pushing.cancelled() else None
            await events.end(ended or failure)

    async def _parameters(self, request: Request) -> object:
        try:
            if request.method == "POST":
                media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
                if media_type != "application/json":
                    raise BadInput("bad_input.media_type", accepted="application/json")
                parameters: object = orjson.loads(await read_body(request, self._settings.body_bytes))
                return parameters
            given: dict[str, Any] = dict(request.query_params)
            for name in ("variables", "extensions"):
                if name in given:
                    given[name] = orjson.loads(given[name])
            return given
        except orjson.JSONDecodeError:
            raise BadInput("bad_input.body") from None


class _Events:
    """The response: one event after the other."""

    def __init__(self, send: Send, context: LiveContext) -> None:
        self._send_message = send
        self._context = context
        self._started = False

    async def push(self, streams: Streams, operation: Operation, *, reset: bool) -> None:
        """Sends the results, and comments while there are none. The response begins when nothing can be missed any more."""
        async with aclosing(streams.run(operation, self._context)) as results:
            result = asyncio.ensure_future(anext(results, None))
            listening = asyncio.ensure_future(self._context.listening.wait())
            try:
                await asyncio.wait((result, listening), return_when=asyncio.FIRST_COMPLETED)
                await self._start()
                if reset:
                    await self._event("reset", {})
                while True:
                    done, _ = await asyncio.wait((result,), timeout=_KEEP_ALIVE_SECONDS)
                    if not done:
                        position = self._context.idle_position
                        await self._write(f"id: {position}\n\n" if position else ":\n\n")
                        continue
                    if (found := result.result()) is None:
                        return
                    await self._event("next", found.body, found.position)
                    result = asyncio.ensure_future(anext(results, None))
            finally:
                for task in (result, listening):
                    task.cancel()
                await asyncio.gather(result, listening, return_exceptions=True)

    async def end(self, error: BaseException | None, *, complete: bool = True) -> None:
        """Ends the response, with the error if there is one. A client that does not read is left.

        Without `complete`, the client takes the stream up again, here or at another gateway.
        """
        with suppress(Exception):
            async with asyncio.timeout(_END_SECONDS):
                await self._start()
                if error is not None and not isinstance(error, AmanahError):
                    log_fault(error, origin().request_id)
                    error = AmanahError("internal")
                if isinstance(error, AmanahError):
                    await self._event("next", error_result(error))
                if complete:
                    await self._event("complete")
                await self._send_message({"type": "http.response.body", "body": b"", "more_body": False})

    async def _start(self) -> None:
        if not self._started:
            self._started = True
            await self._send_message({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await self._write(":\n\n")

    async def _event(self, name: str, data: dict[str, Any] | None = None, position: str | None = None) -> None:
        text = "" if data is None else orjson.dumps(data).decode()
        # The id comes last: some clients know no such field, and read to the end of the event.
        await self._write(f"event: {name}\ndata: {text}\n{f'id: {position}{chr(10)}' if position else ''}\n")

    async def _write(self, text: str) -> None:
        """Sends a part. Raises SlowReader when the client does not take it in time."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._send_message({"type": "http.response.body", "body": text.encode(), "more_body": True})
        except TimeoutError:
            raise SlowReader from None


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _refusal(error: AmanahError) -> Response:
    """Builds the response to a request that gets no stream."""
    entry = format_error(GraphQLError(error.message, original_error=error), origin().request_id)
    status = status_of(error.code) or STATUS.get(error.kind, 400)
    response = Response(orjson.dumps({"errors": [entry]}), status, media_type="application/json; charset=utf-8")
    response.headers["cache-control"] = "no-store"
    if status == 401:
        response.headers["www-authenticate"] = "Bearer"
    if isinstance(error, RateLimitExceeded):
        response.headers["retry-after"] = str(error.retry_after)
    return response
