"""How each kind of gateway shows who it is, says its message, and wants its reply."""

import base64
import hmac
import html
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from amanah.contracts.errors import Unauthenticated
from gateway.sms.message import (
    Message,
    as_json,
    from_json,
    inner,
    json_object,
    moment_of,
    needed,
    pairs,
    same,
    seconds_of,
)

PATH, TWILIO, KANNEL, RAPIDPRO = "/sms/inbound", "/sms/twilio", "/sms/kannel", "/sms/rapidpro"
TIMESTAMP, SIGNATURE = "amanah-timestamp", "amanah-signature"


class Adapter(Protocol):
    """How one kind of gateway shows who it is, says its message, and wants its reply."""

    name: str
    path: str
    method: str
    secret: str | None

    def check(self, request: Request, body: bytes) -> None:
        """Raises Unauthenticated unless the request comes from who knows the secret."""
        ...

    def read(self, request: Request, body: bytes) -> Message:
        """The message. Raises BadInput naming what is missing."""
        ...

    def answer(self, message: Message, reply: str | None) -> Response:
        """The reply as the gateway wants it."""
        ...


class Signed:
    """JSON `{id, from, to, text, received_at}`, signed with HMAC-SHA-256 over the time and the body as it is sent.

    `Amanah-Timestamp` has seconds since 1970, `Amanah-Signature` has `v1=` and the hexadecimal HMAC of the timestamp, a
    point, and the body. A signature is good for the window around its time only.
    """

    name, path, method = "http", PATH, "POST"

    def __init__(self, secret: str | None, window: int, now: Callable[[], float]) -> None:
        self.secret, self._window, self._now = secret, window, now

    def check(self, request: Request, body: bytes) -> None:
        """See Adapter."""
        sent_at = request.headers.get(TIMESTAMP, "")
        expected = f"v1={signature(self.secret or '', sent_at, body)}"
        if not same(request.headers.get(SIGNATURE, ""), expected):
            raise Unauthenticated("signature_invalid.http")
        # Only now: who cannot sign learns nothing about our clock.
        if not (sent_at.isascii() and sent_at.isdigit()) or abs(int(sent_at[:12]) - self._now()) > self._window:
            raise Unauthenticated("timestamp_stale", seconds=self._window)

    def read(self, request: Request, body: bytes) -> Message:
        """See Adapter."""
        return from_json(json_object(body))

    def answer(self, message: Message, reply: str | None) -> Response:
        """See Adapter."""
        return as_json({"id": message.id, "to": message.sender, "reply": reply})


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The HMAC of one message in hexadecimal digits."""
    return hmac.digest(secret.encode(), timestamp.encode() + b"." + body, "sha256").hex()


class Twilio:
    """Forms as Twilio's messaging webhook posts them, with its signature over the address and the sorted parameters.

    The address is ours as the outside knows it (`AMANAH_PUBLIC_URL`). Its signatures carry no time: a repeat is known by
    its MessageSid.
    """

    name, path, method = "twilio", TWILIO, "POST"

    def __init__(self, secret: str | None, public_url: str) -> None:
        self.secret, self._url = secret, public_url.rstrip("/") + self.path

    def check(self, request: Request, body: bytes) -> None:
        """See Adapter."""
        url = self._url + (f"?{request.url.query}" if request.url.query else "")
        expected = twilio_signature(self.secret or "", url, pairs(body))
        if not same(request.headers.get("x-twilio-signature", ""), expected):
            raise Unauthenticated("signature_invalid.twilio")

    def read(self, request: Request, body: bytes) -> Message:
        """See Adapter."""
        form = dict(pairs(body))
        return Message(
            id=needed(form, "MessageSid"),
            sender=needed(form, "From"),
            recipient=form.get("To", ""),
            text=form.get("Body", ""),
        )

    def answer(self, message: Message, reply: str | None) -> Response:
        """See Adapter. TwiML."""
        said = f"<Message>{html.escape(reply, quote=False)}</Message>" if reply else ""
        return Response(
            f'<?xml version="1.0" encoding="UTF-8"?><Response>{said}</Response>', media_type="application/xml"
        )


def twilio_signature(token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """Twilio's signature (HMAC-SHA-1 in base 64) of a form posted to `url`."""
    said = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.digest(token.encode(), said.encode(), "sha1")).decode()


class Kannel:
    """GET as Kannel's `get-url` calls it, with a shared secret among the parameters; the body of the answer is the reply."""

    name, path, method = "kannel", KANNEL, "GET"

    def __init__(self, secret: str | None) -> None:
        self.secret = secret

    def check(self, request: Request, body: bytes) -> None:
        """See Adapter."""
        if not same(request.query_params.get("secret", ""), self.secret or ""):
            raise Unauthenticated("signature_invalid.kannel")

    def read(self, request: Request, body: bytes) -> Message:
        """See Adapter."""
        asked = request.query_params
        return Message(
            id=needed(asked, "id"),
            sender=needed(asked, "from"),
            recipient=asked.get("to", ""),
            text=asked.get("text", ""),
            received_at=seconds_of(asked.get("time", "")),
        )

    def answer(self, message: Message, reply: str | None) -> Response:
        """See Adapter."""
        return PlainTextResponse(reply or "")


class RapidPro:
    """A RapidPro flow's webhook (JSON), or the older channel webhook `mo_sms` (form), with `Authorization: Token ...`."""

    name, path, method = "rapidpro", RAPIDPRO, "POST"

    def __init__(self, secret: str | None) -> None:
        self.secret = secret

    def check(self, request: Request, body: bytes) -> None:
        """See Adapter."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "token" or not same(token.strip(), self.secret or ""):
            raise Unauthenticated("signature_invalid.rapidpro")

    def read(self, request: Request, body: bytes) -> Message:
        """See Adapter."""
        if "json" in request.headers.get("content-type", ""):
            said = json_object(body)
            return _of_flow(said) if "input" in said else from_json(said)
        form = dict(pairs(body))
        return Message(
            id=needed(form, "sms"),
            sender=needed(form, "phone"),
            recipient=form.get("relayer_phone", ""),
            text=form.get("text", ""),
            received_at=moment_of(form.get("time")),
        )

    def answer(self, message: Message, reply: str | None) -> Response:
        """See Adapter. `reply` is for flows; `phone` and `text` are what the channel webhook sends on."""
        return as_json({"reply": reply} | ({"phone": [message.sender], "text": reply} if reply else {}))


def _of_flow(said: Mapping[str, object]) -> Message:
    """The message in the body that RapidPro's flows post unless they are told otherwise."""
    entered, contact, channel = (inner(said, name) for name in ("input", "contact", "channel"))
    return Message(
        id=needed(entered, "uuid"),
        sender=needed(contact, "urn").removeprefix("tel:"),
        recipient=str(channel.get("address") or ""),
        text=str(entered.get("text") or ""),
        received_at=moment_of(entered.get("created_on")),
    )
