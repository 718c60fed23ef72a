"""The audit log's signing keys, where they lie: AMANAH_AUDIT_KEY, or `keys/audit.key` below the data folder.

Both hold base64 of 32-byte Ed25519 seeds (RFC 8032), the newest first, separated by commas or new lines. Every one of them
signs: while a rotation is under way, whoever knows only the old key or only the new one can check the log. They lie in no
store, so no backup of a store holds them.
"""

import base64
import binascii
import os
from collections.abc import Sequence
from pathlib import Path

from amanah.runtime.identity import written_once
from amanah.runtime.settings import BadSettings, Settings
from amanah.tlog.checkpoint import Signer

FILE = Path("keys") / "audit.key"


def signers(settings: Settings) -> tuple[Signer, ...]:
    """Every key that signs now, the newest first; one is made on first use. Raises BadSettings naming what is wrong."""
    return parse(settings.audit_origin, settings.audit_key or written_once(settings.data / FILE, new_key))


def parse(origin: str, text: str) -> tuple[Signer, ...]:
    """The keys in `text`. Raises BadSettings."""
    try:
        seeds = [base64.b64decode(part, validate=True) for part in lines(text)]
        found = tuple(Signer(origin, seed) for seed in seeds)
    except (binascii.Error, ValueError) as error:
        raise BadSettings("AMANAH_AUDIT_KEY: each signing key of the log must be base64 of 32 bytes") from error
    if not found:
        raise BadSettings("AMANAH_AUDIT_KEY: the log has no signing key")
    return found


def lines(text: str) -> list[str]:
    """The keys in `text`, each as it is written."""
    return text.replace(",", "\n").split()


def new_key() -> str:
    """A new key, as the file holds it."""
    return base64.b64encode(os.urandom(32)).decode() + "\n"


def replace(file: Path, keys: Sequence[str]) -> None:
    """Writes the keys, the newest first, so that a power cut leaves the old file or the new one; only its owner reads it."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as written:
        written.write("".join(f"{key}\n" for key in keys))
        written.flush()
        os.fsync(written.fileno())
    draft.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
