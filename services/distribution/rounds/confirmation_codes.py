"""Confirmation codes of entitlements: they follow from the keyring, and are found again by a keyed hash alone."""

from amanah.runtime.crypto import Keyring
from services.distribution.rounds.rules.codes import from_digest


def code_of(keys: Keyring, entitlement_id: str) -> str:
    """The one code of an entitlement. It is not stored anywhere."""
    return from_digest(keys.blind(entitlement_id, "confirmation-code"))


def hash_of(keys: Keyring, code: str) -> str:
    """What is stored of a code, to find its entitlement."""
    return keys.blind(code, "confirmation-lookup")


def code_hash(keys: Keyring, entitlement_id: str) -> str:
    """What is stored of an entitlement's code."""
    return hash_of(keys, code_of(keys, entitlement_id))
