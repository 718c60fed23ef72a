"""Calls from the gateway to the services: one signed actor, one deadline, one trace.

The same client calls a service over HTTP, or its ASGI app in memory when both live in one process.
"""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial, update_wrapper
from types import ModuleType
from typing import Any, Protocol, TypeVar

import aiohttp
import orjson
import structlog
from prometheus_client import Histogram
from pydantic import BaseModel, ValidationError
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import ASGIApp, Message

from amanah.contracts.actor import Actor
from amanah.contracts.errors import (
    STATUS,
    AmanahError,
    BadInput,
    Forbidden,
    Kind,
    NotFound,
    Unauthenticated,
    Unavailable,
    from_wire,
    is_refusal,
    to_wire,
)
from amanah.contracts.message import Answer, Request
from amanah.runtime.bus.trail import Trail
from amanah.runtime.identity import CallSigner
from amanah.runtime.nouns import modules_of
from amanah.runtime.telemetry import inject, origin, originating, span

A = TypeVar("A", bound=BaseModel)
log = structlog.get_logger()

CALLS = Histogram("amanah_call_seconds", "How long calls took", ["service", "method", "outcome"])
DEADLINE = 30.0
_LIMIT = 16 << 20
_STATUS = STATUS | {Kind.NOT_YET: 409}

Handler = Callable[[Any, Actor, Any], Awaitable[Answer]]
Handlers = Mapping[type[Request[Any]], Handler]
H = TypeVar("H", bound=Callable[..., Awaitable[Answer]])

_HANDLED = "__answers__"


def answers(handler: H) -> H:
    """Marks `async def handler(store, actor, ask: SomeRequest)` as the one that answers SomeRequest.

    Keyword-only parameters name what it needs besides the store; `handlers_of` binds them.
    """
    setattr(handler, _HANDLED, list(inspect.signature(handler).parameters.values())[2].annotation)
    return handler


def handlers_of(*nouns: ModuleType, **needs: Any) -> Handlers:
    """The marked functions in `commands` and `queries` of the nouns, by request; each is given what it needs of `needs`."""
    found: dict[type[Request[Any]], Handler] = {}
    for noun in nouns:
        for module in modules_of(noun, "commands", "queries"):
            for handler in vars(module).values():
                request = getattr(handler, _HANDLED, None)
                if request is not None and handler.__module__ == module.__name__:
                    if request in found:
                        raise TypeError(f"{request.__name__} has two handlers.")
                    found[request] = _bound(handler, needs)
    return found


def _bound(handler: Callable[..., Awaitable[Answer]], needs: Mapping[str, Any]) -> Handler:
    wanted = [p.name for p in inspect.signature(handler).parameters.values() if p.kind is p.KEYWORD_ONLY]
    if not wanted:
        return handler
    return update_wrapper(partial(handler, **{name: needs[name] for name in wanted}), handler)


class Transport(Protocol):
    """Way of a request to a service."""

    async def post(self, path: str, body: bytes, headers: dict[str, str], timeout: float) -> tuple[int, bytes]:
        """Posts the request and returns status and body. Raises Unavailable if no answer comes in time."""
        ...


class InProcessTransport:
    """Calls an ASGI app in this process."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def post(self, path: str, body: bytes, headers: dict[str, str], timeout: float) -> tuple[int, bytes]:
        """Posts the request and returns status and body. Raises Unavailable if no answer comes in time."""
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
            "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in headers.items()],
            "client": ("127.0.0.1", 0), "server": ("127.0.0.1", 0),
        }  # fmt: skip
        status = 500
        parts: list[bytes] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        try:
            async with asyncio.timeout(timeout):
                await self._app(scope, receive, send)
        except TimeoutError as error:
            raise Unavailable("unavailable.service_time") from error
        return status, b"".join(parts)


class HttpTransport:
    """Calls a service over HTTP with connections kept alive."""

    def __init__(self, base_url: str, session: aiohttp.ClientSession) -> None:
        self._base = base_url.rstrip("/")
        self._session = session

    async def post(self, path: str, body: bytes, headers: dict[str, str], timeout: float) -> tuple[int, bytes]:
        """Posts the request and returns status and body. Raises Unavailable if no answer comes in time."""
        try:
            async with self._session.post(
                self._base + path, data=body, headers=headers, timeout=aiohttp.ClientTimeout(total=timeout)
            ) as response:
                return response.status, await response.read()
        except (TimeoutError, aiohttp.ClientError) as error:
            raise Unavailable("unavailable.service") from error


class Client:
    """Calls services on behalf of an actor."""

    def __init__(self, transports: Mapping[str, Transport], signer: CallSigner) -> None:
        self._transports = transports
        self._signer = signer

    async def call(self, ask: Request[A], actor: Actor, *, timeout: float = DEADLINE) -> A:
        """Returns the answer of the service that owns `ask`. Raises the AmanahError that it answered with, or Unavailable."""
        headers = {
            "content-type": "application/json",
            "amanah-actor": self._signer.sign(actor, ask.service),
            "amanah-deadline": f"{time.time() + timeout:.3f}",
            "amanah-request": origin().request_id,
        }
        with span(f"{ask.service}.{ask.method()}"):
            inject(headers)
            status, body = await self._transports[ask.service].post(
                f"/rpc/{ask.method()}", ask.model_dump_json().encode(), headers, timeout
            )
        if status == 200:
            return ask.answer().model_validate_json(body)
        raise _error_of(status, body)


def _error_of(status: int, body: bytes) -> AmanahError:
    try:
        return from_wire(orjson.loads(body))
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return Unavailable("unavailable.service_answer", status=status)


class Endpoint:
    """Endpoint of a service: `POST /rpc/<method>`. It reads the actor, checks the role, and calls the handler.

    It writes to the audit `trail` what the handler cannot: calls without our signature, denials, refusals, and reads of
    personal data.
    """

    def __init__(self, service: str, handlers: Handlers, store: Any, signer: CallSigner, trail: Trail) -> None:
        self._service = service
        self._methods = {ask.method(): (ask, handler) for ask, handler in handlers.items()}
        self._store = store
        self._signer = signer
        self._trail = trail

    async def __call__(self, http: HttpRequest) -> Response:
        """Answers one call."""
        method, began = http.path_params["method"], time.perf_counter()
        try:
            answer = await self._answer(http)
            response, outcome = Response(answer.model_dump_json(), media_type="application/json"), "OK"
        except AmanahError as error:
            response, outcome = _error_response(error), error.kind
        except Exception:
            log.exception("call failed", method=method)
            failure = AmanahError("internal")
            response, outcome = _error_response(failure), failure.kind
        CALLS.labels(self._service, self._known(method), outcome).observe(time.perf_counter() - began)
        return response

    def _known(self, method: str) -> str:
        # Only methods that exist: labels for every name that was ever asked for would grow without bound.
        return method if method in self._methods else "unknown"

    async def _caller(self, http: HttpRequest) -> Actor:
        try:
            return self._signer.read(http.headers.get("amanah-actor", ""), self._service)
        except Unauthenticated as error:
            address = http.client.host if http.client else ""
            with originating(service=self._service, ip=address, device="", request_id=""):
                await self._trail.record_unsigned(f"{self._service}.{self._known(http.path_params['method'])}", error)
            raise

    async def _answer(self, http: HttpRequest) -> Answer:
        actor = await self._caller(http)
        found = self._methods.get(http.path_params["method"])
        if found is None:
            raise NotFound("not_found.method")
        asked, handler = found
        body = await http.body()
        if len(body) > _LIMIT:
            raise BadInput("bad_input.size")
        try:
            ask = asked.model_validate_json(body)
        except ValidationError as error:
            raise _bad_input(error) from None
        remaining = float(http.headers.get("amanah-deadline", time.time() + DEADLINE)) - time.time()
        with (
            originating(
                service=self._service, ip=actor.ip, device=actor.device,
                request_id=http.headers.get("amanah-request", ""),
            ),
            span(f"handle {asked.method()}", http.headers),
        ):  # fmt: skip
            try:
                if asked.roles:
                    actor.scope(asked.roles)
                async with asyncio.timeout(max(0.001, remaining)):
                    answer = await handler(self._store, actor, ask)
            except Forbidden as error:
                await self._trail.record_denial(actor, ask, error)
                raise
            except AmanahError as error:
                if asked.changes and is_refusal(error):
                    await self._trail.record_refusal(actor, ask, error)
                raise
            except TimeoutError:
                raise Unavailable("unavailable.deadline") from None
            if asked.shows_people:
                await self._trail.record_read(actor, ask, answer)
            return answer


def _bad_input(error: ValidationError) -> BadInput:
    # The value itself is left out: it may be personal.
    first = error.errors(include_input=False, include_context=False)[0]
    field = ".".join(str(p) for p in first["loc"])
    return BadInput("bad_input.contract", field or None, place=field or "request", problem=first["msg"])


def _error_response(error: AmanahError) -> Response:
    return Response(orjson.dumps(to_wire(error)), _STATUS.get(error.kind, 500), media_type="application/json")
