"""Errors of the HTTP endpoints besides GraphQL: RFC 9457 problem details with an error code, and a page for each code.

`type` is the address of that page, `/problems/<code>`, unless a standard has a type of its own for the error.
"""

from collections.abc import Awaitable, Callable, Mapping

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from amanah.contracts.errors import STATUS, TABLE, AmanahError, Kind, NotFound, code_of, status_of
from amanah.contracts.errors.texts import Code
from amanah.runtime.rate_limits import RateLimitExceeded
from amanah.runtime.telemetry import origin
from gateway.language import localize
from gateway.limits import DiscardingResponse
from gateway.pages import NO_STORE, page
from gateway.schema.errors import log_fault

Answer = Callable[[Request], Awaitable[Response]]
Describe = Callable[[AmanahError], Response]

PAGES = "/problems"

# After these answers the client may go on sending, and the connection cannot be used again.
_CLOSING = frozenset({408, 413})
# Limits other than the gateway's own are by the minute.
_MINUTE = 60
_CACHED = "public, max-age=3600"


def status_code(error: AmanahError) -> int:
    """The HTTP status of an error."""
    return status_of(error.code) or STATUS.get(error.kind, 500)


def problem(error: AmanahError, members: Mapping[str, object] | None = None) -> Response:
    """The error as `application/problem+json`; no cache may keep it.

    The members are `type`, `title`, `status`, `detail`, `code`, `requestId` and `field`, and those of `members`.
    """
    status = status_code(error)
    body: dict[str, object] = {
        "type": address(error.code),
        "title": error.kind.replace("_", " ").capitalize(),
        "status": status,
        "detail": localize(error.text),
        "code": error.code,
        "requestId": origin().request_id,
    }
    if error.field:
        body["field"] = error.field
    response = Response(orjson.dumps(body | dict(members or {})), status, media_type="application/problem+json")
    # What is not there may come at any moment, such as the next tile of the log; a cache may keep a 404 unasked (RFC 9111).
    response.headers["cache-control"] = NO_STORE
    if status in _CLOSING:
        response.headers["connection"] = "close"
    if status == 401:
        response.headers["www-authenticate"] = "Bearer"
    if isinstance(error, RateLimitExceeded):
        response.headers["retry-after"] = str(error.retry_after)
    elif status == STATUS[Kind.THROTTLED]:
        response.headers["retry-after"] = str(_MINUTE)
    return response


def with_problems(answer: Answer, describe: Describe = problem) -> Answer:
    """`answer`, with every error it raises described as a problem."""

    async def told(request: Request) -> Response:
        try:
            return await answer(request)
        except AmanahError as error:
            return DiscardingResponse(describe(error), request)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        except Exception as fault:
            log_fault(fault, origin().request_id)
            return DiscardingResponse(describe(AmanahError("internal")), request)

    return told


def address(code: str) -> str:
    """The address of the page about an error code."""
    return f"{PAGES}/{code}"


def problem_pages() -> list[Route]:
    """`GET /problems` and `GET /problems/<code>`: the error codes, what they mean and what to do."""
    return [
        Route(PAGES, _list_codes, methods=["GET"]),
        Route(PAGES + "/{code}", with_problems(_describe_code), methods=["GET"]),
    ]


async def _list_codes(_: Request) -> Response:
    codes = sorted((row for row in TABLE.values() if isinstance(row, Code)), key=lambda row: row.key)
    return page("problems.html", cache_control=_CACHED, codes=codes, pages=PAGES)


async def _describe_code(request: Request) -> Response:
    code = request.path_params["code"]
    row = TABLE.get(code)
    if not isinstance(row, Code):
        raise NotFound("not_found.problem")
    others = [other for key, other in TABLE.items() if code_of(key) == code and key != code]
    status = row.status or (None if row.kind is Kind.FINDING else STATUS.get(row.kind))
    return page("problem.html", cache_control=_CACHED, row=row, others=others, http_status=status, pages=PAGES)
