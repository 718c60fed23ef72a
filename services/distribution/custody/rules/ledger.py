"""What came in and went out at every account of a package: a place, or a leg between two of them.

At every account, for every good: in = out + stock + handed + lost + damaged + returned + difference, where `difference` is
what is missing without an explanation (negative: too many).
"""

from collections import Counter
from collections.abc import Mapping

from services.distribution.rounds.rules.quantities import Amounts

COLUMNS = ("made", "in", "out", "stock", "handed", "lost", "damaged", "returned", "difference")
"""`made` stands beside the equation: what a package was given when it was created, at the account without a name."""

NOWHERE = ""
"""The account of what was not seen at any named place yet."""

Ledger = Mapping[str, Mapping[str, Mapping[str, int]]]
"""Account -> good -> column -> thousandths; columns that are zero are left out."""

_LEG = ">"


def leg_account(origin: str | None, destination: str | None) -> str:
    """The account of the way between two places; no code of a place has the character between them."""
    return f"{origin or ''}{_LEG}{destination or ''}"


def leg_ends(account: str) -> tuple[str | None, str | None] | None:
    """The places that a leg's account lies between; None for the account of a place."""
    origin, way, destination = account.partition(_LEG)
    return (origin or None, destination or None) if way else None


class Book:
    """Postings as they are made. An account may be renamed once it is known what it is."""

    def __init__(self) -> None:
        self._entries: Counter[tuple[str, str, str]] = Counter()

    def post(self, account: str, column: str, amounts: Amounts, sign: int = 1) -> None:
        """Adds the amounts, or with `sign` -1 takes them away."""
        for sku, quantity in amounts.items():
            self._entries[account, sku, column] += sign * quantity

    def amounts(self, account: str, column: str) -> dict[str, int]:
        """What a column of an account holds."""
        return {s: q for (a, s, c), q in self._entries.items() if (a, c) == (account, column) and q}

    def rename(self, account: str, name: str) -> None:
        """What was posted to `account` belongs to `name`."""
        for key in [k for k in self._entries if k[0] == account]:
            self._entries[name, key[1], key[2]] += self._entries.pop(key)

    def ledger(self) -> Ledger:
        """The postings by account and good, in the order of names."""
        found: dict[str, dict[str, dict[str, int]]] = {}
        for (account, sku, column), quantity in sorted(self._entries.items()):
            if quantity:
                found.setdefault(account, {}).setdefault(sku, {})[column] = quantity
        return found


def is_balanced(entry: Mapping[str, int]) -> bool:
    """Whether in = out + stock and all else holds for one good at one account."""
    return entry.get("in", 0) == sum(entry.get(c, 0) for c in COLUMNS if c not in ("made", "in"))
