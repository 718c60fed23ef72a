"""Balances of accounts, added up from the ledgers of packages. Pure: the poster stores them, queries add them in memory."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypedDict

from amanah.contracts.areas import lineage
from services.distribution.custody.rules.ledger import ALL_LEGS, ALL_PLACES, COLUMNS, Column, LedgerEntry, leg_ends

BalanceKey = tuple[str, str, str, str]
"""Round, area, account and good."""

BalanceChanges = Mapping[BalanceKey, Counter[Column]]


class PackageLedger(TypedDict):
    """The ledger of a package, and the part of it that is in balances already."""

    round: str
    area: str
    ledger: list[LedgerEntry]
    posted: list[LedgerEntry]


def unposted_changes(packages: Iterable[PackageLedger]) -> BalanceChanges:
    """Amounts to add to balances, by round, the packages' own area, account and good; without those that are zero."""
    found: dict[BalanceKey, Counter[Column]] = {}
    for package in packages:
        for sign, entries in ((1, package["ledger"]), (-1, package["posted"])):
            for entry in entries:
                key = (package["round"], package["area"], entry["account"], entry["sku"])
                columns = found.setdefault(key, Counter())
                for column in COLUMNS:
                    columns[column] += sign * entry.get(column, 0)
    return {key: columns for key, columns in found.items() if any(columns.values())}


def rolled_up(changes: BalanceChanges) -> BalanceChanges:
    """The same amounts at every level of area, with the sums of all places and of all legs."""
    found: dict[BalanceKey, Counter[Column]] = {}
    for (round_id, area, account, sku), columns in changes.items():
        for above in lineage(area):
            for name in (account, ALL_PLACES if leg_ends(account) is None else ALL_LEGS):
                total = found.setdefault((round_id, above, name, sku), Counter())
                for column, quantity in columns.items():
                    total[column] += quantity
    return found


def account_kind(account: str) -> str:
    """The kind of an account: `place`, `leg`, or `sum` for all places or all legs."""
    if account in (ALL_PLACES, ALL_LEGS):
        return "sum"
    return "place" if leg_ends(account) is None else "leg"
