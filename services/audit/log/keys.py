"""Signing keys of the audit log: from AMANAH_AUDIT_KEY, or from `keys/audit.key` below the data folder.

Both hold base64 of 32-byte Ed25519 seeds (RFC 8032), the newest first, separated by commas or newlines. All of them sign:
during a key rotation the log can be verified with the old key as well as with the new one. The keys are in no store, so no
backup of a store contains them.
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
    """Returns all signing keys, the newest first; creates one on first use. Raises BadSettings."""
    return parse(settings.audit_origin, settings.audit_key or written_once(settings.data / FILE, new_key))


def parse(origin: str, text: str) -> tuple[Signer, ...]:
    """Parses the keys in `text`. Raises BadSettings."""
    try:
        seeds = [base64.b64decode(part, validate=True) for part in lines(text)]
        found = tuple(Signer(origin, seed) for seed in seeds)
    except (binascii.Error, ValueError) as error:
        raise BadSettings("AMANAH_AUDIT_KEY: each signing key of the log must be base64 of 32 bytes") from error
    if not found:
        raise BadSettings("AMANAH_AUDIT_KEY: the log has no signing key")
    return found


def lines(text: str) -> list[str]:
    """Splits `text` into the encoded keys."""
    return text.replace(",", "\n").split()


def new_key() -> str:
    """Generates a key, encoded as in the file."""
    return base64.b64encode(os.urandom(32)).decode() + "\n"


def replace(file: Path, keys: Sequence[str]) -> None:
    """Writes the encoded keys, the newest first, atomically and durably; only the file's owner can read it."""
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
