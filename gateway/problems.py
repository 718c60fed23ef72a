"""Errors of the HTTP endpoints besides GraphQL: RFC 9457 problem details with an error code."""

from collections.abc import Awaitable, Callable

import orjson
from starlette.requests import Request
from starlette.responses import Response

from amanah.contracts.errors import STATUS, AmanahError, status_of
from amanah.runtime.rate_limits import RateLimitExceeded
from amanah.runtime.telemetry import origin
from gateway.language import localize
from gateway.pages import NO_STORE
from gateway.schema.errors import log_fault

Answer = Callable[[Request], Awaitable[Response]]


def problem(error: AmanahError) -> Response:
    """The error as `application/problem+json`: `title`, `status`, `detail`, `code`, `requestId`; no cache may keep it."""
    status = status_of(error.code) or STATUS.get(error.kind, 500)
    body: dict[str, str | int] = {
        "type": "about:blank",
        "title": error.kind.replace("_", " ").capitalize(),
        "status": status,
        "detail": localize(error.text),
        "code": error.code,
        "requestId": origin().request_id,
    }
    if error.field:
        body["field"] = error.field
    response = Response(orjson.dumps(body), status, media_type="application/problem+json")
    # What is not there may come at any moment, such as the next tile of the log; a cache may keep a 404 unasked (RFC 9111).
    response.headers["cache-control"] = NO_STORE
    if status == 401:
        response.headers["www-authenticate"] = "Bearer"
    if isinstance(error, RateLimitExceeded):
        response.headers["retry-after"] = str(error.retry_after)
    return response


def with_problems(answer: Answer) -> Answer:
    """`answer`, with every error it raises told as a problem."""

    async def told(request: Request) -> Response:
        try:
            return await answer(request)
        except AmanahError as error:
            return problem(error)
        except Exception as fault:
            log_fault(fault, origin().request_id)
            return problem(AmanahError("internal"))

    return told
