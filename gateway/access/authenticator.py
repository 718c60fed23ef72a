"""Authentication of requests: a bearer token or a partner's signature becomes an actor with a rate limit, or an audited refusal."""

import re
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import HTTPConnection

from amanah.contracts.actor import Actor
from amanah.contracts.errors import NotFound, Unauthenticated
from amanah.contracts.public_text import masked
from amanah.runtime.crypto import Keyring
from amanah.runtime.identity import Claims, PartnerIssuer, Verifier
from amanah.runtime.rate_limits import RateLimiter, network
from gateway.access.users import Users
from gateway.settings import GatewaySettings

ANONYMOUS = Actor(id="anonymous", name="")

_DEVICE = re.compile(r"[A-Za-z0-9._:-]{1,64}")
# A hash in letters alone is never mistaken for an identity number.
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


@dataclass(frozen=True)
class Session:
    """A user who is signed in until their token expires."""

    actor: Actor
    expires_at: datetime


class Authenticator:
    """Authenticates requests and counts them against rate limits."""

    def __init__(self, verifier: Verifier, users: Users, settings: GatewaySettings, keys: Keyring) -> None:
        self._keys = keys
        self._verifier = verifier
        self._users = users
        self._users_limit = RateLimiter(settings.rate)
        self._anonymous_limit = RateLimiter(settings.anonymous_rate)
        self._log_limit = RateLimiter(settings.log_rate)

    async def authenticate(self, request: HTTPConnection) -> Actor:
        """Verifies the bearer token of a request. Raises Unauthenticated, and RateLimitExceeded for the user."""
        return (await self.open_session(request)).actor

    async def open_session(self, request: HTTPConnection, token: str | None = None) -> Session:
        """Verifies the bearer token of a connection, or the `token` that came otherwise.

        Raises Unauthenticated, and RateLimitExceeded for the user.
        """
        token = bearer(request) if token is None else token
        if not token:
            raise Unauthenticated("token_missing")
        try:
            claims = self._verifier.verify(token)
        except Unauthenticated as refusal:
            await self._users.record_refused_token(refusal.code)
            raise
        return Session(await self.admit(request, claims), claims.expires_at)

    async def admit(self, request: HTTPConnection, claims: Claims) -> Actor:
        """The actor of claims that were verified. Begins their session. Raises RateLimitExceeded for the user."""
        await self._users_limit.hit(claims.subject)
        await self._users.begin_session(claims)
        return Actor(
            id=claims.subject,
            name=claims.name,
            grants=claims.grants,
            session=claims.token_id,
            ip=ip(request),
            device=self.device(request),
        )

    async def count(self, actor: Actor) -> None:
        """Counts one more request of a user. Raises RateLimitExceeded."""
        await self._users_limit.hit(actor.id)

    @property
    def partners(self) -> PartnerIssuer:
        """The issuer of partners' tokens. Raises NotFound in an installation that issues none."""
        if self._verifier.partners is None:
            raise NotFound("not_found.endpoint")
        return self._verifier.partners

    async def use_signature(self, partner_id: str, nonce: str, until: datetime) -> None:
        """Notes that a partner's signature was used. Raises Unauthenticated `signature_replayed` when it was before."""
        await self._users.use_signature(partner_id, nonce, until)

    async def authenticate_anonymous(self, request: HTTPConnection) -> Actor:
        """The anonymous actor, who may see what is public. Raises RateLimitExceeded for the address."""
        await self._anonymous_limit.hit(network(ip(request)))
        return ANONYMOUS.model_copy(update={"ip": ip(request)})

    async def limit_reader(self, request: HTTPConnection) -> None:
        """Counts a reading of the public log. Raises RateLimitExceeded for the address."""
        await self._log_limit.hit(network(ip(request)))

    def device(self, request: HTTPConnection) -> str:
        """The client's name of its device, in a form that the public log may hold; empty when there is none.

        An id of letters, digits and `._:-` without a personal number stays; anything else is replaced by a keyed hash.
        """
        name = request.headers.get("x-device-id", "")
        if not name or (_DEVICE.fullmatch(name) and masked(name) == name):
            return name
        return "hidden-" + self._keys.blind(name, "device")[:20].translate(_LETTERS)

    async def record_refused_secret(self, request: HTTPConnection, code: str) -> None:
        """Writes an audit entry of a wrong secret or signature. Raises RateLimitExceeded for the address."""
        await self._users.record_refused_token(code)
        await self._anonymous_limit.hit(network(ip(request)))


def bearer(request: HTTPConnection) -> str:
    """The token of the Authorization header; empty when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def ip(request: HTTPConnection) -> str:
    """The address the request came from."""
    return request.client.host if request.client else ""
