"""Audit of settings and keys: each change between two starts of a service is an audit entry.

They are compared at every start with those that the service stored last in its own database. A secret is never stored: a
secret setting is stored as a keyed hash, a key as its fingerprint, from which neither can be found.
"""

import hashlib
import platform
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from amanah.contracts.actor import SYSTEM
from amanah.contracts.audit.actions import ACTIONS
from amanah.contracts.audit.entry import Subject, canonical
from amanah.runtime import telemetry
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.crypto import Keyring
from amanah.runtime.mongo import Tx

_SECRET = re.compile(r"(secret|password|token|key)$")
# Key sets, recorded by their fingerprints.
_KEY_SETS = frozenset({"master_keys", "service_key", "audit_key"})
_CREDENTIALS = re.compile(r"//[^@/]*@")
# The stores of one machine take another port at each start; that is no change.
_OWN_PORT = re.compile(r"\b(127\.0\.0\.1|localhost):\d+")
_SETTINGS = "settings"


class SettingsAudit:
    """Audit of the settings and keys of one start."""

    def __init__(
        self, outbox: Outbox, keys: Keyring, settings: Iterable[BaseSettings], key_sets: Mapping[str, Iterable[str]]
    ) -> None:
        """`key_sets` has the fingerprints of each set, the newest first."""
        self._outbox = outbox
        self._stored = outbox.db["effective"]
        self._settings = {
            name: _storable(keys, name, value)
            for each in settings
            for name, value in each
            if name not in _KEY_SETS
        }  # fmt: skip
        self._key_sets = {name: list(fingerprints) for name, fingerprints in key_sets.items()}

    async def note(self) -> None:
        """Records the changes since the last start; at the first start, everything."""
        await self._stored.ensure_indexes([])
        with telemetry.originating(service=self._outbox.service, device=platform.node()):
            await self._outbox.db.transaction(self._note)

    async def _note(self, tx: Tx) -> None:
        stored = {document["_id"]: document["values"] for document in await self._stored.list({}, tx=tx)}
        if (before := stored.get(_SETTINGS)) != self._settings:
            changed = sorted(n for n in {*(before or {}), *self._settings} if _differs(n, before, self._settings))
            subject = Subject(type="Settings", id=self._outbox.service)
            await self._record(tx, _SETTINGS, "settings:change", subject, before, self._settings, " ".join(changed))
        for name, prints in self._key_sets.items():
            if (known := stored.get(name)) != prints:
                fresh, gone = [p for p in prints if p not in (known or [])], [p for p in known or [] if p not in prints]
                changes = f"{name}: {len(fresh)} added, {len(gone)} removed"
                subject = Subject(type="Key", id=next(iter(fresh or gone or prints), name))
                await self._record(tx, name, "key:rotate", subject, known, prints, changes)

    async def _record(
        self, tx: Tx, name: str, what: str, subject: Subject, before: Any, after: Any, reason: str
    ) -> None:
        await self._stored.put({"_id": name, "values": after, "at": datetime.now(UTC)}, tx=tx)
        await self._outbox.record(
            tx,
            SYSTEM,
            action=ACTIONS[f"{self._outbox.service}:{what}"],
            subject=subject,
            reason=reason if before is not None else f"first start; {reason}",
            before=_hash(before),
            after=_hash(after),
        )


def _differs(name: str, before: Mapping[str, str] | None, after: Mapping[str, str]) -> bool:
    return before is None or before.get(name) != after.get(name)


def _hash(values: Any) -> str:
    return "" if values is None else f"sha256:{hashlib.sha256(canonical(values)).hexdigest()}"


def _storable(keys: Keyring, name: str, value: Any) -> str:
    """Returns a setting as it is stored."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    elif not _SECRET.search(name):
        text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
        return _OWN_PORT.sub(r"\1", _CREDENTIALS.sub("//", text))
    return "unset" if value is None else f"hmac:{keys.blind(value, f'setting {name}')[:16]}"
