"""Credentials of partners: made with a random secret that is shown once, and checked against what is stored of it."""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from amanah.contracts.partners import CredentialKind, Signature
from amanah.runtime.crypto import CannotDecrypt, Keyring
from services.distribution.partners.documents import CredentialDocument, PartnerDocument
from services.distribution.partners.rules import is_valid

SCRAM_ITERATIONS = 8_192
"""Kafka demands 4,096 at least; the passwords are random, so that more would slow every login and protect nothing."""

_SCHEME = "v1="
_WEBHOOK_PREFIX = "whsec_"


@dataclass(frozen=True)
class ScramUser:
    """User of Kafka as its brokers keep it (RFC 5802, SCRAM-SHA-512)."""

    name: str
    salt: bytes
    salted_password: bytes
    iterations: int


def new_credential(
    keys: Keyring, partner_id: str, kind: CredentialKind, now: datetime
) -> tuple[CredentialDocument, str]:
    """A credential of a partner, and its secret."""
    secret = _webhook_secret() if kind is CredentialKind.WEBHOOK else secrets.token_urlsafe(32)
    # Kafka keeps one password a user: each has a user of its own, so that the earlier one stays valid for a while.
    name = f"{partner_id}.{secrets.token_hex(3)}" if kind is CredentialKind.KAFKA else partner_id
    kept = (
        keys.blind(secret, _purpose(partner_id))
        if kind is CredentialKind.OAUTH2
        else _sealed(keys, partner_id, kind, secret)
    )
    return {"kind": kind, "name": name, "secret": kept, "since": now, "until": None}, secret


def check_secret(keys: Keyring, partner: PartnerDocument, secret: str, now: datetime) -> bool:
    """Checks the secret of an OAuth2 client."""
    hashed = keys.blind(secret, _purpose(partner["_id"]))
    valid = [hmac.compare_digest(each["secret"], hashed) for each in _valid(partner, CredentialKind.OAUTH2, now)]
    return any(valid)


def check_signature(keys: Keyring, partner: PartnerDocument, given: Signature, now: datetime) -> bool:
    """Checks the signature of an HTTP request."""
    for each in _valid(partner, CredentialKind.HMAC, now):
        key = keys.decrypt(each["secret"], _context(partner["_id"], CredentialKind.HMAC))
        expected = _SCHEME + hmac.digest(key.encode(), given.signed(), "sha256").hex()
        if hmac.compare_digest(expected.encode(), given.signature.encode()):
            return True
    return False


def scram_users(keys: Keyring, partner: PartnerDocument, now: datetime) -> list[ScramUser]:
    """The users that a partner has at Kafka. Raises CannotDecrypt."""
    return [_scram_user(keys, partner["_id"], each) for each in _valid(partner, CredentialKind.KAFKA, now)]


def webhook_keys(keys: Keyring, partner: PartnerDocument, now: datetime) -> list[bytes]:
    """The keys that sign the webhooks of a partner: during a rotation the earlier one, too. Raises CannotDecrypt."""
    context = _context(partner["_id"], CredentialKind.WEBHOOK)
    kept = [keys.decrypt(each["secret"], context) for each in _valid(partner, CredentialKind.WEBHOOK, now)]
    return [base64.b64decode(secret.removeprefix(_WEBHOOK_PREFIX)) for secret in kept]


def _webhook_secret() -> str:
    """A secret as Standard Webhooks writes it."""
    return _WEBHOOK_PREFIX + base64.b64encode(os.urandom(32)).decode()


def _scram_user(keys: Keyring, partner_id: str, credential: CredentialDocument) -> ScramUser:
    kept: Mapping[str, Any] = orjson.loads(
        keys.decrypt(credential["secret"], _context(partner_id, CredentialKind.KAFKA))
    )
    salt, salted = (base64.b64decode(kept[part]) for part in ("salt", "salted"))
    return ScramUser(credential["name"], salt, salted, kept["iterations"])


def _sealed(keys: Keyring, partner_id: str, kind: CredentialKind, secret: str) -> str:
    if kind in (CredentialKind.HMAC, CredentialKind.WEBHOOK):
        return keys.encrypt(secret, _context(partner_id, kind))
    salt = os.urandom(32)
    salted = hashlib.pbkdf2_hmac("sha512", secret.encode(), salt, SCRAM_ITERATIONS)
    kept = {
        "salt": base64.b64encode(salt).decode(), "salted": base64.b64encode(salted).decode(), "iterations": SCRAM_ITERATIONS,
    }  # fmt: skip
    return keys.encrypt(orjson.dumps(kept).decode(), _context(partner_id, kind))


def _valid(partner: PartnerDocument, kind: CredentialKind, now: datetime) -> Iterator[CredentialDocument]:
    return (each for each in partner["credentials"] if each["kind"] == kind and is_valid(each["until"], now))


def _purpose(partner_id: str) -> str:
    return f"partner-secret:{partner_id}"


def _context(partner_id: str, kind: CredentialKind) -> str:
    return f"partner:{partner_id}:{kind}"


__all__ = [
    "CannotDecrypt",
    "ScramUser",
    "check_secret",
    "check_signature",
    "new_credential",
    "scram_users",
    "webhook_keys",
]
