"""Encryption, blind indexes and masking of a recipient's numbers.

Each number is encrypted for its recipient and field, so that a ciphertext is of no use in another place.
"""

from typing import cast

from amanah.contracts.ids import derived_id
from amanah.runtime.crypto import Keyring
from services.recipients.duplicates.rules import person_text
from services.recipients.register.documents import BlindIndexes, Parts, RecordDocument
from services.recipients.register.rules.nik import mask
from services.recipients.register.rules.records import SEALED, content_text, words


def nik_blind_index(keys: Keyring, digits: str) -> str:
    """The blind index by which a NIK is found."""
    return keys.blind(digits, "nik")


def blind_indexes(keys: Keyring, plain: Parts) -> BlindIndexes:
    """The blind indexes of a record whose numbers are not encrypted yet."""
    household, account = plain["householdNumber"], plain["bankAccount"]
    person = person_text(household, plain["name"], plain["birthDate"])
    return {
        "nikBlind": nik_blind_index(keys, plain["nik"]),
        "householdBlind": keys.blind(household, "kk") if household else "",
        "personBlind": keys.blind(person, "person") if person else None,
        "accountBlind": keys.blind(account, "account") if account else None,
        "content": keys.blind(content_text(plain), "recipient"),
    }


def derive_recipient_id(nik_blind: str) -> str:
    """The id under which a NIK is first registered; the same on every instance and every run."""
    return derived_id("rcp", nik_blind)


def encrypt_record(keys: Keyring, owner: str, plain: Parts, blind: BlindIndexes, warnings: list[str]) -> RecordDocument:
    """The record as it may be stored for the recipient `owner`."""
    numbers = {part: value for part, value in plain.items() if part in SEALED and isinstance(value, str) and value}
    encrypted = {part: keys.encrypt(value, number_context(owner, part)) for part, value in numbers.items()}
    parts = cast(Parts, {**plain, **encrypted})
    return {**parts, **blind, "words": words(plain["name"]), "warnings": warnings}


def decrypt_number(keys: Keyring, owner: str, part: str, token: str) -> str:
    """A number of the recipient `owner`, in full."""
    return keys.decrypt(token, number_context(owner, part))


def masked_number(keys: Keyring, owner: str, part: str, token: str | None) -> str:
    """A number of the recipient `owner`, masked; empty when there is none."""
    return mask(decrypt_number(keys, owner, part, token)) if token else ""


def decrypt_account(keys: Keyring, owner: str, token: str | None) -> tuple[str | None, str | None]:
    """Bank and account number of the recipient `owner`; None and None when there is no account."""
    if not token:
        return None, None
    bank, _, number = keys.decrypt(token, number_context(owner, "bankAccount")).rpartition(":")
    return bank, number


def number_context(owner: str, part: str) -> str:
    """The context that binds a ciphertext to its recipient and field."""
    return f"{owner}:{part}"
