"""`/epcis/v2`: the REST interface of EPCIS 2.0 (section 12) over a partner's own captures and events.

Resources, headers, defaults and problem types are those of the standard; so is all-or-nothing capture as the default.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amanah import __version__
from amanah.contracts.errors import AmanahError, BadInput, NotFound
from amanah.contracts.logistics import MAX_BYTES, MAX_EVENTS
from amanah.contracts.message import A
from amanah.contracts.message import Request as Ask
from amanah.contracts.partner_events import (
    JSON,
    CaptureJob,
    GetCapture,
    ListCaptures,
    ListPartnerEvents,
    PartnerEventsAnswer,
)
from gateway.context import Context
from gateway.pages import NO_STORE
from gateway.partners.documents import ON_ERROR, PartnerRequests, capture, refusal, rolls_back
from gateway.partners.negotiation import (
    DOCUMENT_TYPES,
    JSON_TYPES,
    VERSIONS,
    accepted_type,
    check_epc_format,
    check_versions,
)
from gateway.partners.query import TOKEN, event_query, no_query, page_query
from gateway.partners.results import as_sent, behaviour, capture_job, exception_type, query_document
from gateway.problems import address, problem, with_problems

BASE = "/epcis/v2"
RESOURCES = ("capture", "epcs", "events")

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_LIMITS = {"gs1-epcis-capture-limit": str(MAX_EVENTS), "gs1-epcis-capture-file-size-limit": str(MAX_BYTES)}
_DISCOVERY = {
    "gs1-epcis-min": "2.0",
    "gs1-epcis-max": "2.0",
    "gs1-cbv-min": "2.0",
    "gs1-cbv-max": "2.0",
    "gs1-epc-format": "Never_Translates",
    "gs1-vendor-version": f"amanah-{__version__}",
}
Handler = Callable[[Request], Awaitable[Response]]


class EpcisResources:
    """The resources of the standard. Links are absolute: they begin with `public_url`."""

    def __init__(self, requests: PartnerRequests, public_url: str) -> None:
        self._requests = requests
        self._public_url = public_url.rstrip("/")
        self._url = self._public_url + BASE

    def routes(self) -> list[Route]:
        """A route a resource; any other path is not found."""
        resources: tuple[tuple[str, dict[str, Handler], Mapping[str, str]], ...] = (
            ("", {"GET": self.list_resources}, {}),
            (
                "/capture",
                {"GET": self.list_captures, "POST": self.capture},
                {**_LIMITS, ON_ERROR.lower(): "rollback"},
            ),
            ("/capture/{id}", {"GET": self.get_capture}, {}),
            ("/events", {"GET": self.list_events, "POST": self.create_event}, _LIMITS),
            ("/events/{event_id:path}", {"GET": self.get_event}, {}),
            ("/epcs/{epc:path}/events", {"GET": self.list_events_of_epc}, {}),
            ("/{rest:path}", {}, {}),
        )
        return [
            Route(BASE + path, self._resource(handlers, discovery), methods=_METHODS)
            for path, handlers, discovery in resources
        ]

    def _resource(self, handlers: Mapping[str, Handler], discovery: Mapping[str, str]) -> Handler:
        allow = ", ".join((*handlers, "OPTIONS"))

        async def answer(request: Request) -> Response:
            if not handlers:
                raise NotFound("not_found.resource")
            if request.method == "OPTIONS":
                return Response(status_code=204, headers={"allow": allow, **VERSIONS, **_DISCOVERY, **discovery})
            handler = handlers.get("GET" if request.method == "HEAD" else request.method)
            if handler is None:
                raise BadInput("method_not_allowed.resource", allowed=allow)
            return _with_headers(await handler(request), VERSIONS)

        return with_problems(answer, partial(self._problem, allow))

    def _problem(self, allow: str, error: AmanahError) -> Response:
        """The error as a problem of the standard's type, if it has one; `help` is the address of the page about its code."""
        members: dict[str, object] = {"help": self._public_url + address(error.code)}
        if exception := exception_type(error):
            members["type"] = exception
        response = problem(error, members)
        described = {405: {"allow": allow}, 413: _LIMITS}.get(response.status_code, {})
        return _with_headers(response, {**VERSIONS, **described})

    # ------------------------------------------------------------ capture

    async def capture(self, request: Request) -> Response:
        """Accepts a document, all or nothing unless the header says `proceed`: 202 with the address of the job."""
        no_query(request.query_params)
        context, document = await self._requests.document(request, DOCUMENT_TYPES)
        job = await capture(context, document, rollback=rolls_back(request, default=True))
        return self._job(job, 202)

    async def list_captures(self, request: Request) -> Response:
        """Lists the partner's capture jobs, the newest first."""
        ask = ListCaptures(**page_query(request.query_params))
        context = await self._reader(request, ask)
        found = await _page(context, ask)
        jobs = [capture_job(job, self._job_url(job), self._public_url, listed=True) for job in found.nodes]
        return _json(jobs, 200, self._next(request, "/capture", found.next))

    async def get_capture(self, request: Request) -> Response:
        """Reports the state of a capture job."""
        no_query(request.query_params)
        ask = GetCapture(id=request.path_params["id"])
        context = await self._reader(request, ask)
        return self._job(await context.call(ask), 200)

    async def create_event(self, request: Request) -> Response:
        """Captures a single event: 201 with its address and the event, or the problem for which it is rejected.

        When the event waits for others of the partner, 202 with the address of its capture job.
        """
        no_query(request.query_params)
        context, document = await self._requests.document(request, JSON_TYPES)
        if "epcisBody" in (document.content or {}):
            raise BadInput("schema.single_event", "/epcisBody")
        job = await capture(context, document, rollback=True)
        if job.running or not job.events:
            return self._job(job, 202)
        (event,) = job.events
        if event.code:
            raise refusal(event.code, event.explanation or "", event.field)
        event_id = event.event_id or ""
        headers = {"location": f"{self._url}/events/{quote(event_id, safe='')}"}
        return _json(as_sent(document.text, eventID=event_id), 201, headers, accepted_type(request.headers))

    def _job(self, job: CaptureJob, status: int) -> Response:
        headers = {ON_ERROR.lower(): behaviour(job)} | ({"location": self._job_url(job)} if status == 202 else {})
        return _json(capture_job(job, self._job_url(job), self._public_url), status, headers)

    def _job_url(self, job: CaptureJob) -> str:
        return f"{self._url}/capture/{job.id}"

    # ------------------------------------------------------------ events

    async def list_resources(self, request: Request) -> Response:
        """Lists the resources that are available."""
        no_query(request.query_params)
        accepted_type(request.headers)
        check_versions(request.headers)
        return _json(RESOURCES)

    async def list_events(self, request: Request) -> Response:
        """Lists the partner's events that meet the query."""
        return await self._events(request, "/events", event_query(request.query_params))

    async def list_events_of_epc(self, request: Request) -> Response:
        """Lists the partner's events that name an EPC, and meet the query."""
        epc = request.path_params["epc"]
        if not 0 < len(epc) <= 500:
            raise NotFound("not_found.resource")
        path = f"/epcs/{quote(epc, safe='')}/events"
        return await self._events(request, path, event_query(request.query_params, epc=epc))

    async def get_event(self, request: Request) -> Response:
        """Returns an event, with its error declarations, which have the same eventID."""
        no_query(request.query_params)
        event_id = request.path_params["event_id"]
        if not 0 < len(event_id) <= 500:
            raise NotFound("not_found.event")
        ask = ListPartnerEvents(event_ids=(event_id,), first=100)
        found = await (await self._reader(request, ask, events=True)).call(ask)
        if not found.nodes:
            raise NotFound("not_found.event")
        return _events_response(request, found, {})

    async def _events(self, request: Request, path: str, ask: ListPartnerEvents) -> Response:
        context = await self._reader(request, ask, events=True)
        found = await _page(context, ask)
        return _events_response(request, found, self._next(request, path, found.next))

    async def _reader(self, request: Request, ask: Any, *, events: bool = False) -> Context:
        context = await self._requests.context(request, ask)
        accepted_type(request.headers)
        check_versions(request.headers)
        if events:
            check_epc_format(request.headers)
        return context

    def _next(self, request: Request, path: str, cursor: str | None) -> dict[str, str]:
        """The header that links to the next page, if there is one."""
        if cursor is None:
            return {}
        query = [(name, value) for name, value in request.query_params.multi_items() if name != TOKEN]
        return {"link": f'<{self._url}{path}?{urlencode([*query, (TOKEN, cursor)])}>; rel="next"'}


async def _page(context: Context, ask: Ask[A]) -> A:
    """The answer to a request for a page. Raises BadInput that names the parameter of a token that is none."""
    try:
        return await context.call(ask)
    except BadInput as error:
        if error.field == "after":
            raise BadInput("query_parameter", TOKEN, name=TOKEN) from None
        raise


def _with_headers(response: Response, added: Mapping[str, str]) -> Response:
    headers = response.headers
    headers.update(added)
    return response


def _events_response(request: Request, found: PartnerEventsAnswer, headers: Mapping[str, str]) -> Response:
    more = {"gs1-epc-format": _DISCOVERY["gs1-epc-format"]}
    return _json(query_document(found), 200, {**headers, **more}, accepted_type(request.headers))


def _json(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None, media_type: str = JSON
) -> Response:
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(content, status, {"cache-control": NO_STORE, **(headers or {})}, media_type=media_type)
