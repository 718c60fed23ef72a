"""Money in programs and entitlements: cash is whole rupiah, and is paid at most once."""

from collections.abc import Iterable, Mapping

from amanah.contracts.errors import Refused
from amanah.contracts.payments.payments import PaymentStatus
from amanah.contracts.rounds import ProgramItem, ProgramKind

CURRENCY = "IDR"


# A thousand million rupiah: more for one person is a typing error, and sums stay within ISO's 18 digits.
MOST = 1_000_000_000


LIVE = frozenset({PaymentStatus.INCLUDED, PaymentStatus.PAID})
"""An entitlement whose payment is live is in no other batch, and is not handed over."""


def kind_of(items: Iterable[ProgramItem]) -> ProgramKind:
    """Returns CASH if an item has the unit IDR."""
    return ProgramKind.CASH if any(i.unit.upper() == CURRENCY for i in items) else ProgramKind.GOODS


def check_money(items: Iterable[ProgramItem], stated: str | None) -> None:
    """Refuses a cash program that is not one amount of whole rupiah, or a program of another kind than stated.

    kind_mismatch, money_not_alone, money_not_whole, money_too_much.
    """
    found = list(items)
    kind = kind_of(found)
    if stated is not None and stated != kind:
        raise Refused("kind_mismatch", "kind")
    if kind is ProgramKind.GOODS:
        return
    if len(found) > 1:
        raise Refused("money_not_alone", "items")
    amount = found[0].quantity_per_recipient
    if amount != int(amount):
        raise Refused("money_not_whole", "items.0.quantity_per_recipient")
    if amount > MOST:
        raise Refused("money_too_much", "items.0.quantity_per_recipient", most=MOST)


def amount_due(items: Iterable[Mapping[str, object]]) -> int | None:
    """Returns the rupiah for each recipient of a round, from its stored items; None for a round of goods."""
    money = [i["quantity"] for i in items if str(i["unit"]).upper() == CURRENCY]
    return int(str(money[0])) // 1000 if money else None
