"""Balances of custody: incoming and outgoing quantities of each good, by place and leg, in every area around."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from amanah.contracts.areas import lineage
from amanah.contracts.custody.events import BalanceChange, CustodyBalanced
from amanah.contracts.message import Model, milli
from services.reporting.figures.rules.goods import Good

COLUMNS = ("made", "arrived", "left", "stock", "handed_over", "lost", "damaged", "returned", "difference")
"""In thousandths. arrived = left + stock + handed_over + lost + damaged + returned + difference; `made` stands beside."""

_LEG = ">"
_SUMMED = ("made", "handed_over", "lost", "damaged", "returned", "difference")


class BalanceKey(NamedTuple):
    """One good at one account, of a round's packages for an area or the areas below it."""

    round_id: str
    area: str
    account: str
    sku: str


def account_of(change: BalanceChange) -> str:
    """Returns the account's name: a place's code, `<from>><to>` for a leg; empty where the place has no name."""
    return f"{change.from_place or ''}{_LEG}{change.to_place or ''}" if change.is_leg else change.place or ""


def leg_of(account: str) -> tuple[str, str] | None:
    """Returns the ends of a leg; None for a place. No code of a place has the character between them."""
    start, way, end = account.partition(_LEG)
    return (start, end) if way else None


def balance_changes(events: Iterable[CustodyBalanced]) -> dict[BalanceKey, dict[str, int]]:
    """Sums the changes of the events by key and column; sums of zero are left out."""
    sums: dict[BalanceKey, dict[str, int]] = {}
    for event in events:
        for change in event.changes:
            amounts = {column: milli(getattr(change, column)) for column in COLUMNS}
            for area in lineage(event.area):
                row = sums.setdefault(BalanceKey(event.round_id, area, account_of(change), change.sku), {})
                for column, amount in amounts.items():
                    row[column] = row.get(column, 0) + amount
    kept = {entry: {column: amount for column, amount in row.items() if amount} for entry, row in sums.items()}
    return {entry: row for entry, row in kept.items() if row}


def is_balanced(row: Mapping[str, int]) -> bool:
    """Returns whether the quantity that arrived is fully accounted for."""
    return row.get("arrived", 0) == sum(row.get(c, 0) for c in COLUMNS if c not in ("made", "arrived"))


class BalanceLine(NamedTuple):
    """The balance of one good at one account, by column."""

    account: str
    sku: str
    row: Mapping[str, int]


class GoodBalance(Model):
    """One good over all places and legs, in thousandths: the quantity packed, and its whereabouts."""

    sku: str
    name: str
    unit: str
    made: int = 0
    at_places: int = 0
    on_the_way: int = 0
    handed_over: int = 0
    lost: int = 0
    damaged: int = 0
    returned: int = 0
    difference: int = 0


def good_balances(goods: Sequence[Good], lines: Iterable[BalanceLine]) -> tuple[GoodBalance, ...]:
    """Sums all accounts by good: those of the round in its order, then any other."""
    sums: dict[str, dict[str, int]] = {}
    for line in lines:
        row = sums.setdefault(line.sku, {})
        stock = "at_places" if leg_of(line.account) is None else "on_the_way"
        for column in _SUMMED:
            row[column] = row.get(column, 0) + line.row.get(column, 0)
        row[stock] = row.get(stock, 0) + line.row.get("stock", 0)
    others = [Good(sku, sku, "") for sku in sorted(sums.keys() - {good.sku for good in goods})]
    return tuple(
        GoodBalance(sku=good.sku, name=good.name, unit=good.unit, **sums.get(good.sku, {}))
        for good in [*goods, *others]
    )
