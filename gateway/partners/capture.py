"""`/partners/v1/capture`: logistics partners without Kafka hand their EPCIS events in over HTTP.

The document goes to distribution as it came; this module knows no EPCIS besides the header of its capture interface.
"""

from collections.abc import Callable

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amanah.contracts.actor import Actor
from amanah.contracts.errors import BadInput
from amanah.contracts.logistics import MAX_BYTES
from amanah.contracts.partner_events import CaptureEvents, CaptureJob, GetCapture
from gateway.access.authenticator import Authenticator
from gateway.context import Context
from gateway.limits import read_body
from gateway.problems import with_problems

PATH = "/partners/v1/capture"
ON_ERROR = "gs1-capture-error-behaviour"

_BEHAVIOURS = {"": False, "proceed": False, "rollback": True}


class Partners:
    """The capture interface."""

    def __init__(self, authenticator: Authenticator, contexts: Callable[[Actor], Context]) -> None:
        self._authenticator = authenticator
        self._contexts = contexts

    def routes(self) -> list[Route]:
        """`POST` and `GET` of capture jobs."""
        return [
            Route(PATH, with_problems(self.capture), methods=["POST"]),
            Route(PATH + "/{id}", with_problems(self.job), methods=["GET"]),
        ]

    async def capture(self, request: Request) -> Response:
        """Takes a document: 202 with the job, which says what became of each event.

        Without the header `GS1-Capture-Error-Behaviour` good events are taken beside bad ones (`proceed`).
        """
        context = self._contexts(await self._authenticator.authenticate(request))
        behaviour = request.headers.get(ON_ERROR, "").strip().lower()
        if behaviour not in _BEHAVIOURS:
            raise BadInput("bad_input.behaviour", "GS1-Capture-Error-Behaviour")
        body = await read_body(request, MAX_BYTES)
        try:
            document = body.decode()
        except UnicodeDecodeError:
            raise BadInput("not_json.encoding") from None
        job = await context.call(CaptureEvents(document=document, rollback=_BEHAVIOURS[behaviour]))
        return _told(job, 202, {"location": f"{PATH}/{job.id}"})

    async def job(self, request: Request) -> Response:
        """What became of a capture so far."""
        context = self._contexts(await self._authenticator.authenticate(request))
        return _told(await context.call(GetCapture(id=request.path_params["id"])), 200, {})


def _told(job: CaptureJob, status: int, headers: dict[str, str]) -> Response:
    body = {
        "id": job.id,
        "running": job.running,
        "success": job.success,
        "events": [
            {
                "index": event.index,
                "eventId": event.event_id,
                "result": event.result,
                "code": event.code,
                "field": event.field,
                "explanation": event.explanation,
            }
            for event in job.events
        ],
    }
    return Response(orjson.dumps(body), status, headers, media_type="application/json")
