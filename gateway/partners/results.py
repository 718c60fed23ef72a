"""Answers of the EPCIS interface: capture jobs, documents of events, and the standard's types of problems."""

import json
import math
from datetime import UTC, datetime
from typing import Any

from amanah.contracts.errors import AmanahError
from amanah.contracts.message import rfc3339
from amanah.contracts.partner_events import CapturedEvent, CaptureJob, PartnerEvent, PartnerEventsAnswer
from gateway.problems import address, status_code

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
_EXCEPTION = "epcisException:"
_VALIDATION = _EXCEPTION + "ValidationException"
_EXCEPTIONS = {
    400: _VALIDATION,
    401: _EXCEPTION + "SecurityException",
    403: _EXCEPTION + "SecurityException",
    404: _EXCEPTION + "NoSuchNameException",
    406: _EXCEPTION + "ImplementationException",
    413: _EXCEPTION + "CaptureLimitExceededException",
    414: _EXCEPTION + "URITooLongException",
    415: _EXCEPTION + "ImplementationException",
    422: _VALIDATION,
    500: _EXCEPTION + "ImplementationException",
    503: _EXCEPTION + "ImplementationException",
}


def exception_type(error: AmanahError) -> str | None:
    """The type that the standard gives a problem, by its status; None where it knows none."""
    if error.code == "query_parameter":
        return _EXCEPTION + "QueryParameterException"
    return _EXCEPTIONS.get(status_code(error))


def capture_job(job: CaptureJob, url: str, public_url: str, *, listed: bool = False) -> dict[str, Any]:
    """A capture job at the address `url`. One that is `listed` has the address of its errors, if any, instead of them."""
    errors = [_error(event, public_url) for event in job.events if event.result == "rejected"]
    # The standard calls a running job a success until an error is known.
    success = job.success or (job.running and not errors)
    found: dict[str, Any] = {
        "captureID": job.id,
        "createdAt": job.at and rfc3339(job.at),
        "running": job.running,
        "success": success,
        "captureErrorBehaviour": behaviour(job),
    }
    return found | ({"errorFile": url} if listed and not success else {"errors": errors})


def behaviour(job: CaptureJob) -> str:
    """The value of GS1-Capture-Error-Behaviour of a job."""
    return "rollback" if job.rollback else "proceed"


def _error(event: CapturedEvent, public_url: str) -> dict[str, Any]:
    code = event.code or ""
    found = {
        "type": _VALIDATION,
        "title": "Event rejected",
        "detail": event.explanation,
        "code": code,
        "help": public_url + address(code),
        "field": event.field,
        "index": event.index,
        "eventID": event.event_id,
    }
    return {name: value for name, value in found.items() if value is not None}


def query_document(found: PartnerEventsAnswer) -> dict[str, Any]:
    """Events as an EPCISQueryDocument. Each has its eventID, also one that was sent without, and its recordTime."""
    return {
        "@context": [CONTEXT],
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": rfc3339(datetime.now(UTC)),
        "epcisBody": {
            "queryResults": {
                "queryName": "SimpleEventQuery",
                "resultsBody": {"eventList": [_event(event) for event in found.nodes]},
            }
        },
    }


def _event(event: PartnerEvent) -> dict[str, Any]:
    return as_sent(event.document, eventID=event.id, recordTime=rfc3339(event.recorded_at))


def as_sent(document: str, **fields: str) -> dict[str, Any]:
    """The JSON object in a document, with these fields. A number that is none in JSON, such as 1e400, is null."""
    # Not orjson: it refuses integers beyond 64 bits, which a partner's extension may have.
    sent: dict[str, Any] = json.loads(document, parse_float=_finite, parse_constant=lambda _: None)
    return sent | fields


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None
