"""`/graphql`, by the specification GraphQL over HTTP.

Strawberry's view answers 200 to documents that do not parse and knows one media type; this one answers 400 to them as
`application/graphql-response+json`, 401 without a valid token, and writes every error in the form of the contract.
"""

from collections.abc import Callable
from typing import Any

import orjson
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult

from amanah.contracts.actor import Actor
from amanah.contracts.errors import AmanahError, BadInput, status_of
from amanah.runtime.rate_limits import RateLimitExceeded
from amanah.runtime.telemetry import origin
from gateway.access.authenticator import Authenticator, bearer
from gateway.context import Context
from gateway.limits import DiscardingResponse, read_body
from gateway.schema.errors import format_error, log_fault
from gateway.schema.root import Schema
from gateway.settings import GatewaySettings, Introspection

JSON = "application/json"
RESPONSE_JSON = "application/graphql-response+json"

_STATUS = {"UNAUTHENTICATED": 401, "THROTTLED": 429, "INTERNAL": 500, "UNAVAILABLE": 503}
_PARAMETERS: tuple[tuple[str, type], ...] = (
    ("query", str),
    ("operationName", str),
    ("variables", dict),
    ("extensions", dict),
)


class GraphQLEndpoint(GraphQL[Context, None]):
    """The GraphQL endpoint: POST, and GET for queries."""

    def __init__(
        self,
        schema: Schema,
        authenticator: Authenticator,
        contexts: Callable[[Actor], Context],
        settings: GatewaySettings,
    ) -> None:
        super().__init__(schema, graphql_ide=None, subscription_protocols=())
        self._authenticator = authenticator
        self._contexts = contexts
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        request = Request(scope, receive)
        response = await self._answer(request)
        if response.status_code >= 400:
            response = DiscardingResponse(response, request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "POST"):
            return _not_allowed(request, "method_not_allowed", "GET, POST")
        try:
            context = self._contexts(await self._authenticate(request))
            if request.method == "POST":
                body = await read_body(request, self._settings.body_bytes)
                request = Request(request.scope, _replay(body))
            return await self.run(request, context=context)
        except HTTPException as error:
            if isinstance(error.__cause__, InvalidOperationTypeError):
                return _not_allowed(request, "method_not_allowed.mutation", "POST")
            cause = error.__cause__
            wrong = cause if isinstance(cause, BadInput) else BadInput("bad_input.http", reason=error.reason)
            return _refusal(request, wrong, error.status_code)
        except AmanahError as error:
            return _refusal(request, error)
        except Exception as fault:
            log_fault(fault, origin().request_id)
            return _refusal(request, AmanahError("internal"))

    async def _authenticate(self, request: Request) -> Actor:
        if self._settings.introspection is Introspection.ANYONE and not bearer(request):
            return await self._authenticator.authenticate_anonymous(request)
        return await self._authenticator.authenticate(request)

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        """Reads the requested operation. Raises BadInput for parameters of a wrong type, HTTPException 415 for other media."""
        if request.method == "GET":
            given: Any = self.parse_query_params(request.query_params)
        elif _media_type(request.content_type) == JSON:
            given = self.parse_json(await request.get_body())
        else:
            raise HTTPException(415, "") from BadInput("bad_input.media_type", accepted=JSON)
        if not isinstance(given, dict):
            raise BadInput("bad_input.body")
        for name, kind in _PARAMETERS:
            if not isinstance(given.get(name), kind | None):
                raise BadInput(f"bad_input.query_{'string' if kind is str else 'object'}", name=name)
        if not given.get("query"):
            raise BadInput("bad_input.query")
        return GraphQLRequestData(
            query=given["query"],
            variables=given.get("variables"),
            operation_name=given.get("operationName"),
            extensions=given.get("extensions"),
        )

    def decode_json(self, data: str | bytes) -> object:
        """Decodes JSON by orjson, which accepts UTF-8 alone."""
        return orjson.loads(data)

    def encode_json(self, data: object) -> bytes:
        """Encodes JSON by orjson."""
        return orjson.dumps(data)

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        """Creates the response on which resolvers may set headers, with the media type that the client accepts."""
        response = await super().get_sub_response(request)
        response.media_type = _accepted_media_type(request)
        return response

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """Builds the body: without `data` when nothing was executed, and with format_error errors."""
        errors: list[object] = [format_error(error, origin().request_id) for error in result.errors or ()]
        executed = result.data is not None or any(error.path for error in result.errors or ())
        body: GraphQLHTTPResponse = {"data": result.data} if executed else {}
        if errors:
            body["errors"] = errors
        return body

    def create_response(
        self, response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse], sub_response: Response
    ) -> Response:
        """Builds the response. Only the newer of the two media types shows the result of a request by its status."""
        media_type = sub_response.media_type or JSON
        status = 200
        if isinstance(response_data, dict) and "data" not in response_data:
            (first, *_) = response_data.get("errors") or [{}]
            code = first.get("extensions", {}).get("code") if isinstance(first, dict) else None
            status = _STATUS.get(str(code), 400 if media_type == RESPONSE_JSON else 200)
        return _response(self.encode_json(response_data), status, media_type)


def _accepted_media_type(request: Request | WebSocket) -> str:
    """The media type of the answer: the newer one if the client accepts it."""
    return RESPONSE_JSON if RESPONSE_JSON in request.headers.get("accept", "").lower() else JSON


def _media_type(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()


def _response(body: bytes, status: int, media_type: str) -> Response:
    response = Response(body, status, media_type=f"{media_type}; charset=utf-8")
    response.headers["cache-control"] = "no-store"
    response.headers["vary"] = "Accept, Accept-Language, Authorization"
    if status == 401:
        response.headers["www-authenticate"] = "Bearer"
    return response


def _refusal(request: Request, error: AmanahError, status: int | None = None) -> Response:
    """Builds the response to a request that was not executed."""
    entry = format_error(GraphQLError(error.message, original_error=error), origin().request_id)
    body = orjson.dumps({"errors": [entry]})
    response = _response(
        body, status or status_of(error.code) or _STATUS.get(error.kind, 400), _accepted_media_type(request)
    )
    if isinstance(error, RateLimitExceeded):
        response.headers["retry-after"] = str(error.retry_after)
    return response


def _not_allowed(request: Request, key: str, allowed: str) -> Response:
    response = _refusal(request, BadInput(key))
    response.headers["allow"] = allowed
    return response


def _replay(body: bytes) -> Receive:
    """Builds an ASGI `receive` that returns a body which was read already."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
