"""Rows that passed every check, with their blind indexes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from amanah.runtime.crypto import Keyring
from services.recipients.duplicates.rules import Candidate
from services.recipients.register.documents import BlindIndexes, Parts, RecordDocument
from services.recipients.register.personal_data import blind_indexes, encrypt_record
from services.recipients.register.rules.records import PARTS

# The column of a checked row for each part of a record that has another name there.
_COLUMNS = {
    "householdNumber": "household_number",
    "birthDate": "birth_date",
    "householdSize": "household_size",
    "bankAccount": "bank_account",
}


@dataclass(frozen=True)
class AcceptedRow:
    """A row without problems: its parts, its blind indexes, and the codes of its warnings.

    `plain` holds personal numbers and never leaves memory; `encrypted` returns it as it may be stored.
    """

    number: int
    plain: Parts
    blind: BlindIndexes
    warnings: list[str]

    @property
    def candidate(self) -> Candidate:
        """The row as duplicates are found by."""
        return Candidate(self.number, self.blind["nikBlind"], self.blind["personBlind"], self.blind["content"])

    def encrypt(self, keys: Keyring, owner: str) -> RecordDocument:
        """The row's record for the recipient `owner`, its numbers encrypted."""
        return encrypt_record(keys, owner, self.plain, self.blind, self.warnings)


def accepted_rows(keys: Keyring, checked: Iterable[Mapping[str, Any]]) -> list[AcceptedRow]:
    """The rows of `BatchCheck.accepted`, each with its blind indexes."""
    return [_accepted_row(keys, row) for row in checked]


def _accepted_row(keys: Keyring, row: Mapping[str, Any]) -> AcceptedRow:
    plain = cast(Parts, {part: _stored(row[_COLUMNS.get(part, part)]) for part in PARTS})
    return AcceptedRow(row["row"], plain, blind_indexes(keys, plain), row["warnings"])


def _stored(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
