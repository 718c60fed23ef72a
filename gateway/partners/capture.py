"""`/partners/v1/capture`: capture of partners' events, with valid events accepted beside invalid ones by default.

The standard's own names, with its default, are in `gateway.partners.epcis`.
"""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amanah.contracts.partner_events import CaptureJob, GetCapture
from gateway.partners.documents import PartnerRequests, capture, rolls_back
from gateway.partners.negotiation import DOCUMENT_TYPES
from gateway.problems import with_problems

PATH = "/partners/v1/capture"


class Partners:
    """Capture jobs of partners."""

    def __init__(self, requests: PartnerRequests) -> None:
        self._requests = requests

    def routes(self) -> list[Route]:
        """`POST` and `GET` of capture jobs."""
        return [
            Route(PATH, with_problems(self.capture), methods=["POST"]),
            Route(PATH + "/{id}", with_problems(self.job), methods=["GET"]),
        ]

    async def capture(self, request: Request) -> Response:
        """Accepts a document: 202 with the job, which reports the result of each event.

        A document that is rejected as a whole is a problem.
        """
        context, document = await self._requests.document(request, DOCUMENT_TYPES)
        job = await capture(context, document, rollback=rolls_back(request, default=False))
        return _job_response(job, 202, {"location": f"{PATH}/{job.id}"})

    async def job(self, request: Request) -> Response:
        """Reports the state of a capture job."""
        ask = GetCapture(id=request.path_params["id"])
        context = await self._requests.context(request, ask)
        return _job_response(await context.call(ask), 200, {})


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
