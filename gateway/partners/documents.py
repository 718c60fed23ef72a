"""Documents in partners' requests: who sends them, and how they are read, within bounds, before anything is stored."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from starlette.requests import Request

from amanah.contracts.actor import Actor
from amanah.contracts.errors import BadInput, translate
from amanah.contracts.logistics import MAX_BYTES, Rejection
from amanah.contracts.logistics.reading import XML_TYPES, envelope, is_event, parse
from amanah.contracts.message import Request as Ask
from amanah.contracts.partner_events import CaptureEvents, CaptureJob
from gateway.context import Context
from gateway.limits import read_body
from gateway.partners.compression import decompress
from gateway.partners.negotiation import JSON_TYPES, accepted_type, check_versions, encoding_of, media_type_of

ON_ERROR = "GS1-Capture-Error-Behaviour"
BODY_SECONDS = 60.0
_BOM = "\ufeff"
_SIGNATURE = "amanah-signature"

Authenticate = Callable[[Request, bytes], Awaitable[Actor]]
"""Authenticates a request whose body is given. The body counts for a signed request only, which has `Amanah-Signature`."""


@dataclass(frozen=True)
class Document:
    """Document as it was sent, decompressed; `content` is what it says, if it is JSON."""

    text: str
    media_type: str
    content: dict[str, Any] | None = None


class PartnerRequests:
    """Authenticates and authorizes requests of partners, and reads their documents."""

    def __init__(self, authenticate: Authenticate, contexts: Callable[[Actor], Context]) -> None:
        self._authenticate = authenticate
        self._contexts = contexts

    async def context(self, request: Request, ask: Ask[Any]) -> Context:
        """The context of a partner who may send `ask`."""
        context, _ = await self._admit(request, ask)
        return context

    async def document(self, request: Request, accepted: tuple[str, ...]) -> tuple[Context, Document]:
        """The context and the document of a partner who may send documents. Raises BadInput for one that cannot be read.

        A wrong header is refused before the body is read, unless the request is signed.
        """
        context, body = await self._admit(request, CaptureEvents(document=""))
        media_type = media_type_of(request.headers, accepted)
        accepted_type(request.headers)
        check_versions(request.headers, older=media_type in XML_TYPES)
        return context, _read(await _body(request) if body is None else body, encoding_of(request.headers), media_type)

    async def _admit(self, request: Request, ask: Ask[Any]) -> tuple[Context, bytes | None]:
        body = await _body(request) if _SIGNATURE in request.headers else None
        context = self._contexts(await self._authenticate(request, body or b""))
        await context.authorize(ask)
        return context, body


async def capture(context: Context, document: Document, *, rollback: bool) -> CaptureJob:
    """Captures a document. Raises BadInput when it is rejected as a whole; then nothing of it is accepted."""
    job = await context.call(CaptureEvents(document=document.text, media_type=document.media_type, rollback=rollback))
    for event in job.events:
        if event.index is None and event.code:
            raise refusal(event.code, event.explanation or "", event.field)
    return job


def refusal(code: str, explanation: str, field: str | None) -> BadInput:
    """The rejection of an event, or of a whole document, as an error of its request."""
    return BadInput.with_text(code, translate(code, explanation), field or None)


def rolls_back(request: Request, *, default: bool) -> bool:
    """Tells whether one rejected event rejects its whole document. Raises BadInput for an unknown behaviour."""
    behaviour = request.headers.get(ON_ERROR, "").strip().lower()
    try:
        return {"": default, "proceed": False, "rollback": True}[behaviour]
    except KeyError:
        raise BadInput("bad_input.behaviour", ON_ERROR) from None


async def _body(request: Request) -> bytes:
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await read_body(request, MAX_BYTES)
    except TimeoutError:
        raise BadInput("body_slow", seconds=round(BODY_SECONDS)) from None


def _read(body: bytes, encoding: str, media_type: str) -> Document:
    is_json = media_type in JSON_TYPES
    try:
        text = decompress(body, encoding, MAX_BYTES).decode().removeprefix(_BOM)
    except UnicodeDecodeError:
        key = "not_json.encoding" if is_json else "media_type_unsupported.charset"
        raise BadInput(key, None if is_json else "Content-Type") from None
    return Document(text, media_type, _json(text) if is_json else None)


def _json(text: str) -> dict[str, Any]:
    """The JSON object in a document whose envelope can be read. Its events are read by distribution."""
    content = parse(text.encode())
    if not is_event(content):
        found = envelope(content)
        if isinstance(found, Rejection):
            raise refusal(found.code, found.explanation, found.field)
    return cast("dict[str, Any]", content)
