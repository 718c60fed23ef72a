"""`/partners/v1/capture`: HTTP intake of EPCIS events for logistics partners without Kafka.

The document goes to distribution unchanged; this module knows only the header of EPCIS's capture interface.
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
    """The capture interface of EPCIS 2.0."""

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
        """Accepts a document: 202 with the job, which reports the result of each event.

        Without the header `GS1-Capture-Error-Behaviour` valid events are accepted beside invalid ones (`proceed`).
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
        return _job_response(job, 202, {"location": f"{PATH}/{job.id}"})

    async def job(self, request: Request) -> Response:
        """Reports the state of a capture job."""
        context = self._contexts(await self._authenticator.authenticate(request))
        return _job_response(await context.call(GetCapture(id=request.path_params["id"])), 200, {})


def _job_response(job: CaptureJob, status: int, headers: dict[str, str]) -> Response:
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
