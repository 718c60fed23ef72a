"""Payment instructions and the header of their file, in both formats."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from amanah.contracts.payments.payments import Debtor

_CODE = re.compile(r"\d{3}")


# A BIC of a bank in Indonesia. Names have eight letters too: only the country tells them apart.
_BIC = re.compile(r"[A-Z0-9]{4}ID[A-Z0-9]{2}(?:[A-Z0-9]{3})?")


@dataclass(frozen=True)
class Instruction:
    """A payment to a recipient; one without an account is paid at the post office on the entitlement's id."""

    entitlement_id: str
    amount: int
    name: str = field(repr=False)
    bank: str | None = field(default=None, repr=False)
    account: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Head:
    """Header of a file. `message_id` is the batch's id and the file's number: at most 35 characters."""

    batch_id: str
    number: int
    created: datetime
    executes: date
    debtor: Debtor
    purpose: str
    post_office: str
    sender: str

    @property
    def message_id(self) -> str:
        """The id to which the bank's report refers."""
        return message_id(self.batch_id, self.number)


def message_id(batch_id: str, number: int) -> str:
    """Returns the id of a batch's file."""
    return f"{batch_id}-{number:04}"


def file_number(batch_id: str, message: str) -> int | None:
    """Returns the number of the file with a message id, 0 for the whole batch, None for another batch.

    Some banks change the case, or replace the underscore, which they do not accept.
    """
    found = re.fullmatch(re.escape(_plain(batch_id)) + r"(?:-?(\d{4}))?", _plain(message))
    return None if found is None else int(found[1] or 0)


def entitlement_of(end_to_end_id: str) -> str:
    """Returns the entitlement's id in a bank's reference, which may have another case and sign for the underscore."""
    return re.sub(r"^ent[^0-9a-z]?", "ent_", end_to_end_id.strip().lower())


def _plain(identifier: str) -> str:
    return re.sub(r"^pay[^0-9a-z]?", "pay_", identifier.strip().lower())


def total(instructions: Sequence[Instruction]) -> int:
    """Returns the control sum."""
    return sum(i.amount for i in instructions)


def bank_code(bank: str) -> str | None:
    """Returns `bank` if it is a code of three digits of Bank Indonesia."""
    return bank if _CODE.fullmatch(bank) else None


def bic(bank: str) -> str | None:
    """Returns `bank` in capitals if it is the BIC of a bank in Indonesia."""
    return bank.upper() if _BIC.fullmatch(bank.upper()) else None
