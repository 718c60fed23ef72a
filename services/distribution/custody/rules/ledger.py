"""Double-entry ledger of a package: columns by account, which is a place or a leg between two places.

At every account, for every good: in = out + stock + handed + lost + damaged + returned + difference, where `difference` is
what is missing without an explanation (negative: too many).
"""

from collections import Counter
from collections.abc import Mapping
from typing import Literal, TypedDict

from services.distribution.rounds.rules.quantities import Amounts

Column = Literal["made", "in", "out", "stock", "handed", "lost", "damaged", "returned", "difference"]
"""`made` stands beside the equation: what a package was given when it was created, at the account without a name."""

COLUMNS: tuple[Column, ...] = ("made", "in", "out", "stock", "handed", "lost", "damaged", "returned", "difference")

# By calls, because `in` is a keyword.
Columns = TypedDict(
    "Columns",
    {
        "made": int, "in": int, "out": int, "stock": int, "handed": int, "lost": int, "damaged": int, "returned": int,
        "difference": int,
    },
    total=False,
)  # fmt: skip
"""Thousandths by column; those that are zero are left out."""

Totals = TypedDict(
    "Totals",
    {
        "made": int, "in": int, "out": int, "stock": int, "handed": int, "lost": int, "damaged": int, "returned": int,
        "difference": int,
    },
)  # fmt: skip
"""Thousandths of every column."""


class LedgerEntry(Columns):
    """The columns of a good at an account, as packages store them."""

    account: str
    sku: str


NOWHERE = ""
"""The account of what was not seen at any named place yet."""

ALL_PLACES = "*places"
"""The account of balances that are sums of all places; no place has such a code."""

ALL_LEGS = "*legs"
"""The account of balances that are sums of all legs."""

Ledger = Mapping[str, Mapping[str, Columns]]
"""Columns by account and good."""

_LEG = ">"


def leg_account(origin: str | None, destination: str | None) -> str:
    """The account of a leg between two places; no code of a place contains the character between them."""
    return f"{origin or ''}{_LEG}{destination or ''}"


def leg_ends(account: str) -> tuple[str | None, str | None] | None:
    """Origin and destination of a leg's account; None for the account of a place."""
    origin, separator, destination = account.partition(_LEG)
    return (origin or None, destination or None) if separator else None


class Book:
    """Postings of one package. An account may be renamed once its destination is known."""

    def __init__(self) -> None:
        self._entries: Counter[tuple[str, str, Column]] = Counter()

    def post(self, account: str, column: Column, amounts: Amounts, sign: int = 1) -> None:
        """Adds the amounts, or with `sign` -1 takes them away."""
        for sku, quantity in amounts.items():
            self._entries[account, sku, column] += sign * quantity

    def amounts(self, account: str, column: Column) -> dict[str, int]:
        """The amounts of a column of an account, by good."""
        return {s: q for (a, s, c), q in self._entries.items() if (a, c) == (account, column) and q}

    def rename(self, account: str, name: str) -> None:
        """Moves all postings of `account` to `name`."""
        for key in [k for k in self._entries if k[0] == account]:
            self._entries[name, key[1], key[2]] += self._entries.pop(key)

    def ledger(self) -> Ledger:
        """The postings by account and good, in the order of names."""
        found: dict[str, dict[str, Columns]] = {}
        for (account, sku, column), quantity in sorted(self._entries.items()):
            if quantity:
                found.setdefault(account, {}).setdefault(sku, {})[column] = quantity
        return found


def entries(ledger: Ledger) -> list[LedgerEntry]:
    """The ledger as packages store it."""
    return [{"account": a, "sku": s, **columns} for a, goods in ledger.items() for s, columns in goods.items()]


def totals(columns: Mapping[Column, int]) -> Totals:
    """Every column, those that are left out as zero."""
    return {
        "made": columns.get("made", 0),
        "in": columns.get("in", 0),
        "out": columns.get("out", 0),
        "stock": columns.get("stock", 0),
        "handed": columns.get("handed", 0),
        "lost": columns.get("lost", 0),
        "damaged": columns.get("damaged", 0),
        "returned": columns.get("returned", 0),
        "difference": columns.get("difference", 0),
    }


def is_balanced(entry: Columns) -> bool:
    """True when in = out + stock and all else, for one good at one account."""
    return entry.get("in", 0) == sum(entry.get(c, 0) for c in COLUMNS if c not in ("made", "in"))
