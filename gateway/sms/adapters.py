"""Adapters for kinds of SMS gateways: authentication, messages and replies."""

import base64
import hmac
import html
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from amanah.contracts.errors import Unauthenticated
from gateway.sms.message import (
    InboundSms,
    as_json,
    from_json,
    inner,
    json_object,
    moment_of,
    pairs,
    require,
    seconds_of,
    secrets_equal,
)

PATH, TWILIO, KANNEL, RAPIDPRO = "/sms/inbound", "/sms/twilio", "/sms/kannel", "/sms/rapidpro"
TIMESTAMP, SIGNATURE = "amanah-timestamp", "amanah-signature"


class Adapter(Protocol):
    """Adapter for one kind of SMS gateway: authentication, messages and replies."""

    name: str
    path: str
    method: str
    secret: str | None

    def check(self, request: Request, body: bytes) -> None:
        """Verifies the secret or signature of a request. Raises Unauthenticated."""
        ...

    def read(self, request: Request, body: bytes) -> InboundSms:
        """Reads the message. Raises BadInput with the name of a missing field."""
        ...

    def answer(self, message: InboundSms, reply: str | None) -> Response:
        """Builds a response with the reply in the gateway's form."""
        ...


class Signed:
    """JSON `{id, from, to, text, received_at}`, signed with HMAC-SHA-256 over the time and the body as it is sent.

    `Amanah-Timestamp` has seconds since 1970, `Amanah-Signature` has `v1=` and the hexadecimal HMAC of the timestamp, a
    point, and the body. A signature is valid only for the window around its time.
    """

    name, path, method = "http", PATH, "POST"

    def __init__(self, secret: str | None, window: int, now: Callable[[], float]) -> None:
        self.secret, self._window, self._now = secret, window, now

    def check(self, request: Request, body: bytes) -> None:
        """Verifies the secret or signature of a request. Raises Unauthenticated."""
        sent_at = request.headers.get(TIMESTAMP, "")
        expected = f"v1={signature(self.secret or '', sent_at, body)}"
        if not secrets_equal(request.headers.get(SIGNATURE, ""), expected):
            raise Unauthenticated("signature_invalid.http")
        # Checked last: a sender without the secret learns nothing about our clock.
        if not (sent_at.isascii() and sent_at.isdigit()) or abs(int(sent_at[:12]) - self._now()) > self._window:
            raise Unauthenticated("timestamp_stale", seconds=self._window)

    def read(self, request: Request, body: bytes) -> InboundSms:
        """Reads the message. Raises BadInput with the name of a missing field."""
        return from_json(json_object(body))

    def answer(self, message: InboundSms, reply: str | None) -> Response:
        """Builds a response with the reply."""
        return as_json({"id": message.id, "to": message.sender, "reply": reply})


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The HMAC of one message in hexadecimal digits."""
    return hmac.digest(secret.encode(), timestamp.encode() + b"." + body, "sha256").hex()


class Twilio:
    """Forms as Twilio's messaging webhook posts them, with its signature over the address and the sorted parameters.

    The address is ours as the outside knows it (`AMANAH_PUBLIC_URL`). Its signatures carry no time: a repeat is recognised by
    its MessageSid.
    """

    name, path, method = "twilio", TWILIO, "POST"

    def __init__(self, secret: str | None, public_url: str) -> None:
        self.secret, self._url = secret, public_url.rstrip("/") + self.path

    def check(self, request: Request, body: bytes) -> None:
        """Verifies the secret or signature of a request. Raises Unauthenticated."""
        url = self._url + (f"?{request.url.query}" if request.url.query else "")
        expected = twilio_signature(self.secret or "", url, pairs(body))
        if not secrets_equal(request.headers.get("x-twilio-signature", ""), expected):
            raise Unauthenticated("signature_invalid.twilio")

    def read(self, request: Request, body: bytes) -> InboundSms:
        """Reads the message. Raises BadInput with the name of a missing field."""
        form = dict(pairs(body))
        return InboundSms(
            id=require(form, "MessageSid"),
            sender=require(form, "From"),
            recipient=form.get("To", ""),
            text=form.get("Body", ""),
        )

    def answer(self, message: InboundSms, reply: str | None) -> Response:
        """Builds a response with the reply in TwiML."""
        twiml = f"<Message>{html.escape(reply, quote=False)}</Message>" if reply else ""
        return Response(
            f'<?xml version="1.0" encoding="UTF-8"?><Response>{twiml}</Response>', media_type="application/xml"
        )


def twilio_signature(token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """Twilio's signature (HMAC-SHA-1 in base 64) of a form posted to `url`."""
    signed = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()


class Kannel:
    """GET as Kannel's `get-url` calls it, with a shared secret among the parameters; the body of the answer is the reply."""

    name, path, method = "kannel", KANNEL, "GET"

    def __init__(self, secret: str | None) -> None:
        self.secret = secret

    def check(self, request: Request, body: bytes) -> None:
        """Verifies the secret or signature of a request. Raises Unauthenticated."""
        if not secrets_equal(request.query_params.get("secret", ""), self.secret or ""):
            raise Unauthenticated("signature_invalid.kannel")

    def read(self, request: Request, body: bytes) -> InboundSms:
        """Reads the message. Raises BadInput with the name of a missing field."""
        asked = request.query_params
        return InboundSms(
            id=require(asked, "id"),
            sender=require(asked, "from"),
            recipient=asked.get("to", ""),
            text=asked.get("text", ""),
            received_at=seconds_of(asked.get("time", "")),
        )

    def answer(self, message: InboundSms, reply: str | None) -> Response:
        """Builds a response with the reply."""
        return PlainTextResponse(reply or "")


class RapidPro:
    """A RapidPro flow's webhook (JSON), or the older channel webhook `mo_sms` (form), with `Authorization: Token ...`."""

    name, path, method = "rapidpro", RAPIDPRO, "POST"

    def __init__(self, secret: str | None) -> None:
        self.secret = secret

    def check(self, request: Request, body: bytes) -> None:
        """Verifies the secret or signature of a request. Raises Unauthenticated."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "token" or not secrets_equal(token.strip(), self.secret or ""):
            raise Unauthenticated("signature_invalid.rapidpro")

    def read(self, request: Request, body: bytes) -> InboundSms:
        """Reads the message. Raises BadInput with the name of a missing field."""
        if "json" in request.headers.get("content-type", ""):
            posted = json_object(body)
            return _from_flow(posted) if "input" in posted else from_json(posted)
        form = dict(pairs(body))
        return InboundSms(
            id=require(form, "sms"),
            sender=require(form, "phone"),
            recipient=form.get("relayer_phone", ""),
            text=form.get("text", ""),
            received_at=moment_of(form.get("time")),
        )

    def answer(self, message: InboundSms, reply: str | None) -> Response:
        """Builds a response with `reply` for flows; `phone` and `text` are for the channel webhook, which sends them on."""
        return as_json({"reply": reply} | ({"phone": [message.sender], "text": reply} if reply else {}))


def _from_flow(posted: Mapping[str, object]) -> InboundSms:
    """Reads the message in the default body of RapidPro's flows."""
    entered, contact, channel = (inner(posted, name) for name in ("input", "contact", "channel"))
    return InboundSms(
        id=require(entered, "uuid"),
        sender=require(contact, "urn").removeprefix("tel:"),
        recipient=str(channel.get("address") or ""),
        text=str(entered.get("text") or ""),
        received_at=moment_of(entered.get("created_on")),
    )
