"""A recipient's record as the store keeps it: numbers sealed, and beside them blind keys to find and compare by."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from amanah.contracts.ids import derived_id
from amanah.runtime.crypto import Keyring
from amanah.runtime.tables import Document
from services.recipients.duplicates.rules import Candidate, person_text
from services.recipients.register.rules.nik import masked
from services.recipients.register.rules.register import PARTS, SEALED, content_text, words

KEYS = ("nikBlind", "householdBlind", "personBlind", "accountBlind", "content")

# What a checked row calls a part, where it is not its name in a record.
_SAID = {
    "householdNumber": "household_number",
    "birthDate": "birth_date",
    "householdSize": "household_size",
    "bankAccount": "bank_account",
}


@dataclass(frozen=True)
class Row:
    """A row that is right in itself: what it says, its blind keys (KEYS), and the codes of what is odd about it.

    `plain` holds personal numbers and never leaves memory; `sealed` makes of it what may be stored.
    """

    number: int
    plain: Document
    keys: Document
    warnings: list[str]

    @property
    def candidate(self) -> Candidate:
        """The row as duplicates are told by."""
        return Candidate(self.number, self.keys["nikBlind"], self.keys["personBlind"], self.keys["content"])


def rows(keys: Keyring, accepted: Iterable[dict[str, Any]]) -> list[Row]:
    """The rows of `Checked.accepted`, each with its keys."""
    return [_row(keys, said) for said in accepted]


def _row(keys: Keyring, said: dict[str, Any]) -> Row:
    plain = {part: _stored(said[_SAID.get(part, part)]) for part in PARTS}
    person = person_text(plain["householdNumber"], plain["name"], plain["birthDate"])
    household = plain["householdNumber"]
    blind = {
        "nikBlind": nik_blind(keys, plain["nik"]),
        "householdBlind": keys.blind(household, "kk") if household else "",
        "personBlind": keys.blind(person, "person") if person else None,
        "accountBlind": keys.blind(plain["bankAccount"], "account") if plain["bankAccount"] else None,
        "content": keys.blind(content_text(plain), "recipient"),
    }
    return Row(said["row"], plain, blind, said["warnings"])


def _stored(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def nik_blind(keys: Keyring, digits: str) -> str:
    """The key by which a NIK is found."""
    return keys.blind(digits, "nik")


def recipient_id(blind: str) -> str:
    """The id under which a NIK is first registered; the same on every instance and every run."""
    return derived_id("rcp", blind)


def sealed(keys: Keyring, row: Row, owner: str) -> Document:
    """The row's record as it may be stored for the recipient `owner`."""
    record = dict(row.plain)
    for part in SEALED:
        if record[part]:
            record[part] = keys.encrypt(record[part], _context(owner, part))
    return record | row.keys | {"words": words(record["name"]), "warnings": row.warnings}


def number(keys: Keyring, owner: str, part: str, token: str) -> str:
    """A sealed number of the recipient `owner`, in full."""
    return keys.decrypt(token, _context(owner, part))


def masked_number(keys: Keyring, owner: str, part: str, token: str | None) -> str:
    """A sealed number of the recipient `owner` as most may see it; empty when there is none."""
    return masked(number(keys, owner, part, token)) if token else ""


def account(keys: Keyring, owner: str, token: str | None) -> tuple[str | None, str | None]:
    """Bank and number of a sealed account of the recipient `owner`, in the clear; None and None when there is none."""
    if not token:
        return None, None
    bank, _, number = keys.decrypt(token, _context(owner, "bankAccount")).rpartition(":")
    return bank, number


def _context(owner: str, part: str) -> str:
    return f"{owner}:{part}"
