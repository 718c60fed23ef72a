"""`/oauth2/token`: tokens for partners by OAuth 2.0 client credentials (RFC 6749, 4.4), and the keys that sign them.

The answers have the form of RFC 6749, 5; errors also have our `code`.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import parse_qsl, unquote_plus

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amanah.contracts.errors import STATUS, AmanahError, BadInput, Forbidden, Kind, Unauthenticated, status_of
from amanah.contracts.partners import PARTNER_GATEWAY, AuthenticatePartner
from gateway.access.authenticator import Authenticator, ip
from gateway.context import Caller
from gateway.language import localize
from gateway.limits import read_body
from gateway.pages import NO_STORE
from gateway.problems import with_problems
from gateway.settings import GatewaySettings

PATH, KEYS = "/oauth2/token", "/oauth2/jwks"
FORM = "application/x-www-form-urlencoded"
_LIMIT = 8_000
_ERRORS = {
    Kind.UNAUTHENTICATED: "invalid_client",
    Kind.FORBIDDEN: "unauthorized_client",
    Kind.BAD_USER_INPUT: "invalid_request",
}


class TokenEndpoint:
    """The token endpoint for partners, whose client id is the partner's id."""

    def __init__(self, authenticator: Authenticator, client: Caller, settings: GatewaySettings) -> None:
        self._authenticator = authenticator
        self._client = client
        self._lifetime = timedelta(minutes=settings.partner_token_minutes)

    def routes(self) -> list[Route]:
        """The endpoint, and its public keys as a JWK Set."""
        return [
            Route(PATH, with_problems(self.token), methods=["POST"]),
            Route(KEYS, with_problems(self.keys), methods=["GET"]),
        ]

    async def token(self, request: Request) -> Response:
        """Issues a token to a partner that knows its secret; each wrong one has an audit entry, up to a rate."""
        try:
            return await self._token(request)
        except (Unauthenticated, Forbidden, BadInput) as refusal:
            return _refused(refusal)

    async def keys(self, request: Request) -> Response:
        """The public keys of the tokens."""
        jwks = self._authenticator.partners.jwks()
        return Response(jwks, media_type="application/jwk-set+json", headers={"cache-control": "public, max-age=300"})

    async def _token(self, request: Request) -> Response:
        issuer = self._authenticator.partners
        await self._authenticator.authenticate_anonymous(request)
        form = await _form(request)
        partner_id, secret = _client(request, form)
        if form.get("grant_type") != "client_credentials":
            raise BadInput("bad_input.grant_type", "grant_type")
        ask = AuthenticatePartner(partner_id=partner_id[:64], secret=secret[:200])
        actor = PARTNER_GATEWAY.model_copy(update={"ip": ip(request)})
        try:
            partner = await self._client.call(ask, actor)
        except Unauthenticated as refusal:
            await self._authenticator.record_refused_secret(request, refusal.code)
            raise
        token = issuer.issue(partner.id, partner.name, partner.area, self._lifetime)
        body = {"access_token": token, "token_type": "Bearer", "expires_in": round(self._lifetime.total_seconds())}
        return _answer(body, 200)


async def _form(request: Request) -> dict[str, str]:
    """The parameters of the form. Raises BadInput for another media type, and for a parameter that stands twice."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise BadInput("bad_input.token_form")
    try:
        pairs = parse_qsl((await read_body(request, _LIMIT)).decode(), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise BadInput("bad_input.token_form") from None
    form = dict(pairs)
    if len(form) < len(pairs):
        raise BadInput("bad_input.token_form")
    return form


def _client(request: Request, form: dict[str, str]) -> tuple[str, str]:
    """The client's id and secret, from the header or the form, but not from both (RFC 6749, 2.3)."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    in_form = "client_secret" in form
    if not scheme:
        if not in_form:
            raise Unauthenticated("client_invalid")
        return form.get("client_id", ""), form["client_secret"]
    if scheme.lower() != "basic":
        raise Unauthenticated("client_invalid")
    try:
        name, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Unauthenticated("client_invalid") from None
    name, secret = unquote_plus(name), unquote_plus(secret)
    if in_form or not colon or form.get("client_id", name) != name:
        raise BadInput("bad_input.client_authentication")
    return name, secret


def _refused(error: AmanahError) -> Response:
    """The error in the form of RFC 6749, 5.2."""
    found = "unsupported_grant_type" if error.field == "grant_type" else _ERRORS[error.kind]
    status = status_of(error.code) or STATUS[error.kind]
    body = {"error": found, "error_description": localize(error.text), "code": error.code}
    response = _answer(body, status)
    if status == 401:
        response.headers["www-authenticate"] = 'Basic realm="amanah"'
    return response


def _answer(body: Mapping[str, object], status: int) -> Response:
    # RFC 6749, 5.1 demands both headers.
    headers = {"cache-control": NO_STORE, "pragma": "no-cache"}
    return Response(orjson.dumps(body), status, headers, media_type="application/json")
