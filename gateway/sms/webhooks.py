"""SMS webhooks: one for gateways that sign with HMAC-SHA-256, and one each for Twilio, Kannel and RapidPro.

A webhook answers 404 as long as its secret is not set. It authenticates the sender and converts the message into one form;
distribution interprets it.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from pydantic import SecretStr, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amanah.contracts.actor import Actor
from amanah.contracts.errors import BadInput, NotFound, Unauthenticated
from amanah.contracts.sms import SMS_GATEWAY, ReceiveSms
from gateway.access.authenticator import Authenticator
from gateway.context import Context
from gateway.limits import read_body
from gateway.problems import Answer, with_problems
from gateway.schema.invalid import invalid
from gateway.settings import GatewaySettings
from gateway.sms.adapters import Adapter, Kannel, RapidPro, Signed, Twilio
from gateway.sms.message import InboundSms

LIMIT = 64_000


class SmsWebhooks:
    """The webhooks. Those without a secret answer 404."""

    def __init__(
        self,
        authenticator: Authenticator,
        contexts: Callable[[Actor], Context],
        settings: GatewaySettings,
        public_url: str,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._authenticator = authenticator
        self._contexts = contexts
        self._adapters: tuple[Adapter, ...] = (
            Signed(reveal(settings.sms_secret), settings.sms_window_s, now),
            Twilio(reveal(settings.sms_twilio_token), public_url),
            Kannel(reveal(settings.sms_kannel_secret)),
            RapidPro(reveal(settings.sms_rapidpro_token)),
        )

    def routes(self) -> list[Route]:
        """The routes, one for each adapter."""
        return [Route(a.path, with_problems(self._receiver(a)), methods=[a.method]) for a in self._adapters]

    def _receiver(self, adapter: Adapter) -> Answer:
        async def receive(request: Request) -> Response:
            if adapter.secret is None:
                raise NotFound("not_found.endpoint")
            body = await read_body(request, LIMIT)
            try:
                adapter.check(request, body)
            except Unauthenticated as refusal:
                await self._authenticator.record_refused_secret(request, refusal.code)
                raise
            message = adapter.read(request, body)
            reply = await self._contexts(SMS_GATEWAY).call(_request(adapter.name, message))
            return adapter.answer(message, reply.text)

        return receive


def _request(gateway: str, message: InboundSms) -> ReceiveSms:
    try:
        return ReceiveSms(
            gateway=gateway,
            id=message.id,
            sender=message.sender,
            recipient=message.recipient,
            text=message.text,
            received_at=message.received_at or datetime.now(UTC),
        )
    except ValidationError as error:
        first = invalid(error).problems[0]
        raise BadInput("bad_input.sms", first.path, name=first.path, problem=first.text) from None


def reveal(secret: SecretStr | None) -> str | None:
    """The text of a secret; None when it is not set."""
    return secret.get_secret_value() if secret is not None else None
