"""Who comes in: a bearer token becomes an actor with a budget, or a refusal on the audit trail."""

import re

from starlette.requests import HTTPConnection

from amanah.contracts.actor import Actor
from amanah.contracts.errors import Unauthenticated
from amanah.contracts.public_text import masked
from amanah.runtime.crypto import Keyring
from amanah.runtime.identity import Verifier
from amanah.runtime.rate_limits import RateLimiter, network
from gateway.access.users import Users
from gateway.settings import GatewaySettings

ANYBODY = Actor(id="anonymous", name="")

_DEVICE = re.compile(r"[A-Za-z0-9._:-]{1,64}")
# A hash in letters alone is never taken for somebody's number.
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


class Authenticator:
    """Lets people in."""

    def __init__(self, verifier: Verifier, users: Users, settings: GatewaySettings, keys: Keyring) -> None:
        self._keys = keys
        self._verifier = verifier
        self._users = users
        self._callers = RateLimiter(settings.rate)
        self._strangers = RateLimiter(settings.anonymous_rate)
        self._readers = RateLimiter(settings.log_rate)

    async def authenticate(self, request: HTTPConnection) -> Actor:
        """The person whose token the request carries. Raises Unauthenticated, and RateLimitExceeded when they ask too often."""
        token = bearer(request)
        if not token:
            raise Unauthenticated("token_missing")
        try:
            claims = self._verifier.verify(token)
        except Unauthenticated as refusal:
            await self._users.record_refused_token(refusal.code)
            raise
        await self._callers.hit(claims.subject)
        await self._users.begin_session(claims)
        return Actor(
            id=claims.subject,
            name=claims.name,
            grants=claims.grants,
            session=claims.token_id,
            ip=ip(request),
            device=self.device(request),
        )

    async def authenticate_anonymous(self, request: HTTPConnection) -> Actor:
        """Nobody in particular, who may see what is public. Raises RateLimitExceeded when one address asks too often."""
        await self._strangers.hit(network(ip(request)))
        return ANYBODY.model_copy(update={"ip": ip(request)})

    async def limit_reader(self, request: HTTPConnection) -> None:
        """Somebody who reads the public log. Raises RateLimitExceeded when one address asks too often."""
        await self._readers.hit(network(ip(request)))

    def device(self, request: HTTPConnection) -> str:
        """What the client calls its device, as the public log may have it; empty when it does not say.

        That is an id of letters, digits and `._:-`, without somebody's number. Anything else is told apart, not repeated.
        """
        said = request.headers.get("x-device-id", "")
        if not said or (_DEVICE.fullmatch(said) and masked(said) == said):
            return said
        return "hidden-" + self._keys.blind(said, "device")[:20].translate(_LETTERS)

    async def record_refused_secret(self, request: HTTPConnection, code: str) -> None:
        """Notes that somebody without a good secret stood at another door. Raises RateLimitExceeded when they do so too often."""
        await self._users.record_refused_token(code)
        await self._strangers.hit(network(ip(request)))


def bearer(request: HTTPConnection) -> str:
    """The token of the Authorization header; empty when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def ip(request: HTTPConnection) -> str:
    """The address the request came from."""
    return request.client.host if request.client else ""
