"""The trial issuer of tokens, for one machine without an identity provider."""

import json
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey

from amanah.contracts.actor import Grant
from amanah.contracts.ids import new_id
from amanah.runtime.identity import ALGORITHMS, person_id, written_once

TRIAL_LIFETIME = timedelta(days=7)


class LocalIssuer:
    """The trial issuer: its key lies in the data folder, so whoever can read the folder can be anyone.

    It exists so that one machine works without an identity provider.
    """

    def __init__(self, folder: Path, issuer: str, audience: str) -> None:
        self._path = folder / "issuer.json"
        self._issuer = issuer
        self._audience = audience
        self._key = self._load()

    def _load(self) -> OKPKey:
        text = written_once(self._path, lambda: json.dumps(_new_issuer_key()))
        return OKPKey.import_key(json.loads(text))

    def jwks(self) -> str:
        """The public key as a JWK Set."""
        return json.dumps({"keys": [self._key.as_dict(private=False)]})

    def issue(self, name: str, grants: Sequence[Grant], lifetime: timedelta = TRIAL_LIFETIME) -> str:
        """A token for the person called `name`; the same name is the same person."""
        now = int(time.time())
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": person_id(name),
            "name": name,
            "grants": [g.model_dump(mode="json") for g in grants],
            "jti": new_id("evt"),
            "iat": now,
            "exp": now + int(lifetime.total_seconds()),
        }
        return jwt.encode({"alg": "Ed25519", "kid": self._key.kid}, claims, self._key, algorithms=ALGORITHMS)


def _new_issuer_key() -> dict[str, Any]:
    key = OKPKey.generate_key("Ed25519", {"kid": new_id("evt"), "use": "sig", "alg": "Ed25519"}, private=True)
    return dict(key.as_dict(private=True))
