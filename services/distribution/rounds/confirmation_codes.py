"""Confirmation codes of entitlements: derived from the keyring, found by a keyed hash, never stored."""

from amanah.runtime.crypto import Keyring
from services.distribution.rounds.rules.codes import from_digest


def code_of(keys: Keyring, entitlement_id: str) -> str:
    """Returns the code of an entitlement."""
    return from_digest(keys.blind(entitlement_id, "confirmation-code"))


def hash_of(keys: Keyring, code: str) -> str:
    """Returns the stored hash of a code, by which its entitlement is found."""
    return keys.blind(code, "confirmation-lookup")


def code_hash(keys: Keyring, entitlement_id: str) -> str:
    """Returns the stored hash of an entitlement's code."""
    return hash_of(keys, code_of(keys, entitlement_id))
