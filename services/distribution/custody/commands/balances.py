"""Balances of places and legs, added up from packages a little later, so that no handover waits for another's sum.

A package has its ledger, and what of it was posted. Whatever changes a ledger marks the package as unposted; `post_balances`
adds the differences to one document for each round, area (at every level), account and good, and tells them as an event.
Reading a page of balances costs what the page holds, whatever the number of packages and handovers behind it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from amanah.contracts.actor import SYSTEM
from amanah.contracts.areas import lineage
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.custody.events import BalanceChange, CustodyBalanced
from amanah.contracts.message import from_milli
from amanah.runtime.mongo import Operation, Tx, Update
from amanah.runtime.tables import Document
from services.distribution.custody.documents import ALL_LEGS, ALL_PLACES, BALANCES, PACKAGES, of_accounts
from services.distribution.custody.rules import COLUMNS, leg_ends
from services.distribution.store import Store

_BATCH = 100

Key = tuple[str, str, str, str]
"""Round, area, account and good."""

_OUTSIDE = {"in": "arrived", "out": "left", "handed": "handed_over"}


async def post_balances(store: Store, round_id: str | None = None) -> bool:
    """Posts a batch of packages whose ledger changed; answers whether there may be more. The work of a background worker."""
    condition: dict[str, Any] = {"unposted": True}
    if round_id is not None:
        condition["round"] = round_id

    async def work(tx: Tx) -> int:
        fields = {"round": 1, "area": 1, "ledger": 1, "posted": 1, "version": 1}
        found = await store[PACKAGES].list(condition, limit=_BATCH, projection=fields, tx=tx)
        changes = _changes(found)
        await store[BALANCES].bulk([_add(key, columns) for key, columns in _rolled_up(changes).items()], tx=tx)
        await store[PACKAGES].bulk(
            [Update({"_id": p["_id"]}, {"$set": {"posted": p["ledger"]}, "$unset": {"unposted": ""}}) for p in found],
            tx=tx,
        )
        await _tell(store, tx, changes)
        return len(found)

    if await store[PACKAGES].get(condition, projection={"_id": 1}) is None:
        return False
    return await store.db.transaction(work) == _BATCH


def _changes(packages: Iterable[Document]) -> dict[Key, Counter[str]]:
    """What is to be added, by round, the packages' own area, account and good; nothing that adds up to nothing."""
    found: dict[Key, Counter[str]] = {}
    for package in packages:
        for sign, name in ((1, "ledger"), (-1, "posted")):
            for entry in package[name]:
                key = (package["round"], package["area"], entry["account"], entry["sku"])
                columns = found.setdefault(key, Counter())
                for column in COLUMNS:
                    columns[column] += sign * entry.get(column, 0)
    return {key: columns for key, columns in found.items() if any(columns.values())}


def _rolled_up(changes: Mapping[Key, Counter[str]]) -> dict[Key, Counter[str]]:
    """The same at every level of area, with the sums of all places and of all legs."""
    found: dict[Key, Counter[str]] = {}
    for (round_id, area, account, sku), columns in changes.items():
        for above in lineage(area):
            for name in (account, ALL_PLACES if leg_ends(account) is None else ALL_LEGS):
                total = found.setdefault((round_id, above, name, sku), Counter())
                for column, quantity in columns.items():
                    total[column] += quantity
    return found


def _add(key: Key, columns: Counter[str]) -> Operation:
    round_id, area, account, sku = key
    kind = "sum" if account in (ALL_PLACES, ALL_LEGS) else "place" if leg_ends(account) is None else "leg"
    fixed = {"round": round_id, "area": area, "kind": kind, "account": account, "sku": sku}
    return Update(
        {"_id": "~".join(key)}, {"$setOnInsert": fixed, "$inc": {c: columns[c] for c in COLUMNS}}, upsert=True
    )


async def _tell(store: Store, tx: Tx, changes: Mapping[Key, Counter[str]]) -> None:
    by_area: dict[tuple[str, str], list[BalanceChange]] = {}
    for (round_id, area, account, sku), columns in sorted(changes.items()):
        by_area.setdefault((round_id, area), []).append(_change(account, sku, columns))
    # The packages' own entries tell why; here people look for a place.
    for (round_id, area), told in by_area.items():
        accounts = [account for of, inside, account, _ in changes if (of, inside) == (round_id, area)]
        await store.outbox.record(
            tx,
            SYSTEM,
            action=AuditAction.CUSTODY_BALANCE,
            subject=Subject(type="Round", id=round_id),
            concerns=of_accounts(accounts),
            area=area,
            event=CustodyBalanced(round_id=round_id, area=area, changes=tuple(told)),
        )


def _change(account: str, sku: str, columns: Counter[str]) -> BalanceChange:
    way = leg_ends(account)
    names: dict[str, Any] = (
        {"place": account or None} if way is None else {"is_leg": True, "from_place": way[0], "to_place": way[1]}
    )
    amounts = {_OUTSIDE.get(c, c): from_milli(q) for c, q in columns.items() if q}
    return BalanceChange(sku=sku, **names, **amounts)
