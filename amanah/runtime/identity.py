"""Identity: bearer tokens of people and partners, and actors signed into calls between services.

Tokens are JWTs (RFC 7519) checked with joserfc against the issuer's public keys: signature, issuer, audience, expiry.
"""

import hashlib
import hmac
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization, OctKey, OKPKey
from joserfc.util import urlsafe_b64encode
from pydantic import ValidationError

from amanah.contracts.actor import Actor, Grant, Role
from amanah.contracts.errors import Unauthenticated
from amanah.contracts.ids import derived_id, kind_of, new_id
from amanah.contracts.public_text import is_opaque

ALGORITHMS = ["Ed25519", "EdDSA", "RS256", "ES256"]
PARTNER_ISSUER = "amanah-partners"
"""Issuer of the tokens that partners get at our token endpoint."""

PARTNER_TOKENS = "partner-tokens"
"""Purpose of the keys that sign them."""

_CALL_LIFETIME = 60
_LEEWAY = 30


@dataclass(frozen=True)
class Claims:
    """Claims of a valid token. `subject` is the id of the person or partner in Amanah, the same for all tokens of one `sub`."""

    subject: str
    name: str
    grants: tuple[Grant, ...]
    token_id: str
    issuer: str
    expires_at: datetime


class PartnerIssuer:
    """Issues tokens to partners that have authenticated (OAuth 2.0 client credentials, RFC 6749, 4.4).

    `seeds` are the private keys (Ed25519, 32 bytes each), derived from the master keys: the first signs, all verify.
    """

    def __init__(self, seeds: Sequence[bytes], audience: str) -> None:
        self._audience = audience
        self._keys = [_ed25519(seed) for seed in seeds]
        self.public = KeySet.import_key_set(json.loads(self.jwks()))

    def jwks(self) -> str:
        """The public keys as a JWK Set."""
        return json.dumps({"keys": [key.as_dict(private=False) for key in self._keys]})

    def issue(self, partner_id: str, name: str, area: str, lifetime: timedelta) -> str:
        """A token with the role LOGISTICS over the partner's area."""
        now = int(time.time())
        grants = [Grant(role=Role.LOGISTICS, area=area).model_dump(mode="json")]
        claims = {
            "iss": PARTNER_ISSUER, "aud": self._audience, "sub": partner_id, "name": name, "grants": grants,
            "jti": new_id("evt"), "iat": now, "exp": now + int(lifetime.total_seconds()),
        }  # fmt: skip
        key = self._keys[0]
        return jwt.encode({"alg": "Ed25519", "kid": key.kid}, claims, key, algorithms=ALGORITHMS)


def _ed25519(seed: bytes) -> OKPKey:
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    x, d = (urlsafe_b64encode(part).decode() for part in (public, seed))
    key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": x, "d": d, "use": "sig", "alg": "Ed25519"})
    return OKPKey.import_key({**key.as_dict(private=True), "kid": key.thumbprint()})


class Verifier:
    """Checks bearer tokens of one issuer for one audience, and those of partners, which are `partners`' own."""

    def __init__(self, jwks: str, issuer: str, audience: str, partners: PartnerIssuer | None = None) -> None:
        keys = KeySet.import_key_set(cast(KeySetSerialization, json.loads(jwks)))
        self._issuers = [(issuer, keys)]
        if partners is not None:
            self._issuers.append((PARTNER_ISSUER, partners.public))
        self._audience = audience
        self.partners = partners
        self.fingerprints = tuple(sorted(key.thumbprint() for key in keys.keys))
        """RFC 7638 thumbprints of the issuer's public keys."""

    def verify(self, token: str, at: float | None = None) -> Claims:
        """Returns the claims of a token that is valid now, or was at the Unix time `at`.

        Raises Unauthenticated with code token_missing, token_invalid, token_expired, token_early, token_issuer,
        token_audience or token_subject_personal: a subject that stands in the public log must show nobody.
        """
        if not token:
            raise Unauthenticated("token_missing")
        issuer, claims = self._decoded(token)
        return self._checked(issuer, claims, time.time() if at is None else at)

    def _decoded(self, token: str) -> tuple[str, dict[str, Any]]:
        """The issuer whose key signed the token, and the claims. Each issuer's keys speak for that issuer alone."""
        for issuer, keys in self._issuers:
            try:
                return issuer, jwt.decode(token, keys, algorithms=ALGORITHMS).claims
            except (JoseError, ValueError):
                continue
        raise Unauthenticated("token_invalid")

    def _checked(self, issuer: str, claims: dict[str, Any], now: float) -> Claims:
        if claims.get("iss") != issuer:
            raise Unauthenticated("token_issuer")
        named = claims.get("aud")
        if self._audience not in (named if isinstance(named, list) else [named]):
            raise Unauthenticated("token_audience")
        try:
            expires = float(claims["exp"])
            if expires + _LEEWAY < now:
                raise Unauthenticated("token_expired")
            if float(claims.get("nbf", 0)) - _LEEWAY > now:
                raise Unauthenticated("token_early")
            subject = claims["sub"]
            if not isinstance(subject, str) or not subject:
                raise ValueError("sub")
            if not is_opaque(subject):
                raise Unauthenticated("token_subject_personal")
            # Only we name partners: another issuer's `sub` that looks like one is a user of that issuer.
            own = "Partner" if issuer == PARTNER_ISSUER else "User"
            return Claims(
                subject=subject if kind_of(subject) == own else derived_id("usr", issuer, subject),
                name=str(claims.get("name") or subject)[:200],
                grants=tuple(Grant.model_validate(g) for g in claims.get("grants", ())),
                token_id=str(claims.get("jti") or f"{subject}:{claims.get('iat', 0)}"),
                issuer=issuer,
                expires_at=datetime.fromtimestamp(expires, UTC),
            )
        except (KeyError, TypeError, ValueError, ValidationError) as error:
            raise Unauthenticated("token_invalid.claims") from error


def person_id(name: str) -> str:
    """The id of the person whom the trial issuer calls `name`."""
    return derived_id("usr", "trial", " ".join(name.lower().split()))


def written_once(path: Path, make: Any) -> str:
    """Returns the text of a secret file that only its owner can read; `make` makes it on first use, in one process only."""
    try:
        return path.read_text()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(make())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # fails when another process was quicker: then theirs is the one
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text()


class CallSigner:
    """Signs the actor into calls between services (HS256 under the service key) and reads it back.

    `fingerprint` names the key. Who sees it can try guesses at a key that somebody made up, so it is for keyed hashes only.
    """

    def __init__(self, secret: str) -> None:
        if len(secret) < 32:
            raise ValueError("the service key needs at least 32 characters")
        self._key = OctKey.import_key(secret)
        self.fingerprint = hmac.new(secret.encode(), b"fingerprint", hashlib.sha256).hexdigest()

    def sign(self, actor: Actor, service: str) -> str:
        """The actor, for one service, for a minute."""
        claims = {"aud": service, "exp": int(time.time()) + _CALL_LIFETIME, "actor": actor.model_dump(mode="json")}
        return jwt.encode({"alg": "HS256"}, claims, self._key)

    def read(self, token: str, service: str) -> Actor:
        """The actor of a call. Raises Unauthenticated."""
        try:
            claims = jwt.decode(token, self._key, algorithms=["HS256"]).claims
            if claims["aud"] != service or claims["exp"] + _LEEWAY < time.time():
                raise ValueError
            return Actor.model_validate(claims["actor"])
        except (JoseError, KeyError, TypeError, ValueError, ValidationError) as error:
            raise Unauthenticated("token_invalid.call") from error
