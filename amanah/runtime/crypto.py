"""Encryption and keyed hashes for personal data, under keys that a single master key wraps.

Numbers that identify people are stored encrypted (AES-256-GCM, NIST SP 800-38D) beside a keyed HMAC as blind index for
exact lookup. Commitments of the audit log are HMACs under a key per subject: they reveal nothing without that key.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from amanah.contracts.audit.entry import canonical

_NONCE = 12


class CannotDecrypt(Exception):
    """The text was encrypted under no key of the ring, for another context, or was changed."""


def _derive(master: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=b"amanah/v1", info=purpose.encode()).derive(master)


class Keyring:
    """The keys under one or more master keys, by version; the newest encrypts, all decrypt.

    The blind index has a key of its own that outlives the rotation of master keys: it comes from the oldest.
    `fingerprints` name the master keys, the newest first, and tell nothing of them.
    """

    def __init__(self, masters: Mapping[int, bytes]) -> None:
        if not masters or any(len(m) != 32 for m in masters.values()):
            raise ValueError("a master key has 32 bytes")
        self._newest = max(masters)
        self._ciphers = {version: AESGCM(_derive(m, "encrypt")) for version, m in masters.items()}
        oldest = masters[min(masters)]
        self._blind = _derive(oldest, "blind-index")
        self._subjects = _derive(oldest, "subjects")
        self._masters = tuple(masters[version] for version in sorted(masters, reverse=True))
        self.fingerprints = tuple(
            f"{version}:{_derive(masters[version], 'fingerprint').hex()[:16]}"
            for version in sorted(masters, reverse=True)
        )

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """A ring from `1:<base64>,2:<base64>`, as AMANAH_MASTER_KEYS has it."""
        masters = {}
        for part in text.split(","):
            version, _, encoded = part.strip().partition(":")
            masters[int(version)] = base64.b64decode(encoded, validate=True)
        return cls(masters)

    @staticmethod
    def generate() -> str:
        """A new ring of one key, in the form that `parse` reads."""
        return f"1:{base64.b64encode(os.urandom(32)).decode()}"

    def derive(self, purpose: str) -> tuple[bytes, ...]:
        """Keys of 32 bytes for a purpose, one under each master key, the newest first. All instances derive the same."""
        return tuple(_derive(master, purpose) for master in self._masters)

    def encrypt(self, text: str, context: str) -> str:
        """`text` encrypted for `context` (the record and field it belongs to); another context cannot read it."""
        nonce = os.urandom(_NONCE)
        sealed = self._ciphers[self._newest].encrypt(nonce, text.encode(), context.encode())
        return f"{self._newest}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def decrypt(self, token: str, context: str) -> str:
        """Returns the text that `encrypt` was given. Raises CannotDecrypt."""
        version, _, encoded = token.partition(".")
        try:
            raw = base64.urlsafe_b64decode(encoded)
            return self._ciphers[int(version)].decrypt(raw[:_NONCE], raw[_NONCE:], context.encode()).decode()
        except (ValueError, KeyError, InvalidTag) as error:
            raise CannotDecrypt from error

    def blind(self, value: str, purpose: str) -> str:
        """The blind index of `value`: equal for equal values, and tells nothing without the key. 64 hex digits."""
        return hmac.new(self._blind, f"{purpose}\x1f{value}".encode(), hashlib.sha256).hexdigest()

    def subject_key(self, subject: str) -> bytes:
        """The commitment key of a subject: derived, so it need not be stored."""
        return hmac.new(self._subjects, subject.encode(), hashlib.sha256).digest()


def commitment(key: bytes, state: Mapping[str, Any] | None) -> str:
    """`hmac-sha256:<hex>` of the canonical JSON of a subject's state; the empty string for no state."""
    if state is None:
        return ""
    return "hmac-sha256:" + hmac.new(key, canonical(dict(state)), hashlib.sha256).hexdigest()
