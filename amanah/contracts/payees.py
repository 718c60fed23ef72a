"""Payees of a roster: the format of the object beside a roster that was proposed for payment.

Gzip of JSON lines `{"account","recipientId","sealed"}` sorted by recipientId; `account` is true if the payee has one.
`sealed` is a `Payee` as JSON, encrypted with the keyring for `payee_context`, so that a line is of no use for another
roster or recipient.
"""

from pydantic import Field

from amanah.contracts.message import Answer


class Payee(Answer):
    """Name and, if there is one, bank account of a recipient. `bank` is a code of three digits, a BIC or a name."""

    name: str = Field(repr=False)
    bank: str | None = Field(default=None, repr=False)
    account: str | None = Field(default=None, repr=False)


def payee_context(roster_id: str, recipient_id: str) -> str:
    """The encryption context of a payee, which binds it to its roster and recipient."""
    return f"payee:{roster_id}:{recipient_id}"
