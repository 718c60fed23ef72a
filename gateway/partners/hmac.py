"""Signed requests of partners: HMAC-SHA-256 over time, nonce, method, target and body, each accepted once.

`Amanah-Partner` has the partner's id, `Amanah-Timestamp` seconds since 1970, `Amanah-Nonce` 8 to 64 letters, digits, `-` and
`_`, new for each request, and `Amanah-Signature` has `v1=` and the HMAC in hexadecimal digits. Signed are five lines: the
timestamp, the nonce, the method, the path with its query, and the SHA-256 of the body in hexadecimal digits.
"""

import hashlib
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from starlette.requests import Request

from amanah.contracts.actor import Actor, Grant, Role
from amanah.contracts.errors import Unauthenticated
from amanah.contracts.partners import PARTNER_GATEWAY, AuthenticatePartner, PartnerIdentity, Signature
from amanah.runtime.identity import PARTNER_ISSUER, Claims
from gateway.access.authenticator import Authenticator, ip
from gateway.context import Caller
from gateway.settings import GatewaySettings

PARTNER, TIMESTAMP, NONCE, SIGNATURE = "amanah-partner", "amanah-timestamp", "amanah-nonce", "amanah-signature"

_NONCE = re.compile(r"[A-Za-z0-9_-]{8,64}")
_SECONDS = re.compile(r"[0-9]{1,12}")


class PartnerAuthenticator:
    """Authenticates requests of partners: by a signature when there is one, else by a bearer token."""

    def __init__(
        self,
        authenticator: Authenticator,
        client: Caller,
        settings: GatewaySettings,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._authenticator = authenticator
        self._client = client
        self._window = settings.signature_window_s
        self._now = now

    async def authenticate_partner(self, request: Request, body: bytes) -> Actor:
        """The actor of a request, whose whole body is `body`. A refused signature has an audit entry, up to a rate.

        Raises Unauthenticated, Forbidden `partner_suspended`, and RateLimitExceeded for the partner or the address.
        """
        if SIGNATURE not in request.headers:
            return await self._authenticator.authenticate(request)
        try:
            partner = await self._check(request, body)
        except Unauthenticated as refusal:
            await self._authenticator.record_refused_secret(request, refusal.code)
            raise
        return await self._authenticator.admit(request, self._session(partner))

    async def _check(self, request: Request, body: bytes) -> PartnerIdentity:
        given = [request.headers.get(name, "") for name in (PARTNER, TIMESTAMP, NONCE, SIGNATURE)]
        partner_id, sent_at, nonce, signature = given
        if not (all(given) and _SECONDS.fullmatch(sent_at) and _NONCE.fullmatch(nonce)):
            raise Unauthenticated("signature_invalid.headers")
        signed = Signature(
            timestamp=sent_at,
            nonce=nonce,
            method=request.method,
            target=_target(request),
            body=hashlib.sha256(body).hexdigest(),
            signature=signature[:100],
        )
        actor = PARTNER_GATEWAY.model_copy(update={"ip": ip(request)})
        partner = await self._client.call(AuthenticatePartner(partner_id=partner_id[:64], signature=signed), actor)
        # Checked after the signature: a sender without the secret learns nothing about our clock.
        if abs(int(sent_at) - self._now()) > self._window:
            raise Unauthenticated("timestamp_stale", seconds=self._window)
        # A nonce is remembered for as long as its signature may be within the window.
        until = datetime.fromtimestamp(int(sent_at), UTC) + timedelta(seconds=2 * self._window)
        await self._authenticator.use_signature(partner.id, nonce, until)
        return partner

    def _session(self, partner: PartnerIdentity) -> Claims:
        """The session of a partner's signatures: a day, so that the audit log has one entry a day and not one a request."""
        today = datetime.fromtimestamp(self._now(), UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return Claims(
            subject=partner.id,
            name=partner.name,
            grants=(Grant(role=Role.LOGISTICS, area=partner.area),),
            token_id=f"{partner.id}:{today:%Y-%m-%d}",
            issuer=PARTNER_ISSUER,
            expires_at=today + timedelta(days=1),
        )


def _target(request: Request) -> str:
    query: bytes = request.scope["query_string"]
    path: bytes = request.scope["raw_path"]
    return (path + (b"?" + query if query else b"")).decode("latin-1")[:8_000]
