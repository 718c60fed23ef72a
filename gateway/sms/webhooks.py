"""The doors for SMS: one for whoever can sign, and three for gateways that cannot do as we would like.

A door is closed (404) as long as its secret is not set. Each of them only finds out who sends, and puts the message into
one form; what it means is distribution's to say.
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
from gateway.sms.message import Message

LIMIT = 64_000


class SmsWebhooks:
    """The doors that are there; those without a secret answer as if they were not."""

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
            Signed(text_of(settings.sms_secret), settings.sms_window_s, now),
            Twilio(text_of(settings.sms_twilio_token), public_url),
            Kannel(text_of(settings.sms_kannel_secret)),
            RapidPro(text_of(settings.sms_rapidpro_token)),
        )

    def routes(self) -> list[Route]:
        """A route a door."""
        return [Route(a.path, with_problems(self._taking(a)), methods=[a.method]) for a in self._adapters]

    def _taking(self, adapter: Adapter) -> Answer:
        async def take(request: Request) -> Response:
            if adapter.secret is None:
                raise NotFound("not_found.door")
            body = await read_body(request, LIMIT)
            try:
                adapter.check(request, body)
            except Unauthenticated as refusal:
                await self._authenticator.record_refused_secret(request, refusal.code)
                raise
            message = adapter.read(request, body)
            reply = await self._contexts(SMS_GATEWAY).call(_ask(adapter.name, message))
            return adapter.answer(message, reply.text)

        return take


def _ask(gateway: str, message: Message) -> ReceiveSms:
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


def text_of(secret: SecretStr | None) -> str | None:
    """The secret itself, where there is one."""
    return secret.get_secret_value() if secret is not None else None
