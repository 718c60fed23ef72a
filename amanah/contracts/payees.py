"""Whom a roster pays: the form of the object that lies beside a roster that was proposed for payment.

Gzip of JSON lines `{"account","recipientId","sealed"}` sorted by recipientId; `account` is whether there is one. `sealed` is
a `Payee` as JSON, encrypted with the house's keyring for `payee_context`, so that a line is of no use to another roster or
recipient.
"""

from pydantic import Field

from amanah.contracts.message import Answer


class Payee(Answer):
    """A name, and the account where there is one; `bank` is a code of three digits, a BIC or a name."""

    name: str = Field(repr=False)
    bank: str | None = Field(default=None, repr=False)
    account: str | None = Field(default=None, repr=False)


def payee_context(roster_id: str, recipient_id: str) -> str:
    """What a payee is encrypted for."""
    return f"payee:{roster_id}:{recipient_id}"
