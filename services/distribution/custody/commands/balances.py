"""Posting of balances of places and legs, asynchronously, so that no handover waits for another's sum.

A package has its ledger, and the part of it that was posted. A change of the ledger marks the package as unposted;
`post_balances` adds the differences to one document for each round, area (at every level), account and good, and publishes
them as an event. Reading a page of balances costs what the page holds, whatever the number of packages and handovers behind it.
"""

from collections.abc import Mapping

from amanah.contracts.actor import SYSTEM
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.custody.events import BalanceChange, CustodyBalanced
from amanah.contracts.message import from_milli
from amanah.runtime.mongo import Condition, Operation, Tx, Update
from services.distribution.custody.documents import BALANCES, PACKAGES, of_accounts
from services.distribution.custody.rules import (
    BalanceChanges,
    BalanceKey,
    Column,
    account_kind,
    leg_ends,
    rolled_up,
    totals,
    unposted_changes,
)
from services.distribution.store import Store, filter_by

_BATCH = 100

_EVENT_FIELDS: Mapping[Column, str] = {"in": "arrived", "out": "left", "handed": "handed_over"}


async def post_balances(store: Store, round_id: str | None = None) -> bool:
    """Posts a batch of packages whose ledger changed; True when there may be more. The work of a background worker."""
    condition: Condition = {"unposted": True, **filter_by(round=round_id)}

    async def work(tx: Tx) -> int:
        fields = {"round": 1, "area": 1, "ledger": 1, "posted": 1, "version": 1}
        found = await store[PACKAGES].list(condition, limit=_BATCH, projection=fields, tx=tx)
        changes = unposted_changes(found)
        await store[BALANCES].bulk([_add(key, columns) for key, columns in rolled_up(changes).items()], tx=tx)
        await store[PACKAGES].bulk(
            [Update({"_id": p["_id"]}, {"$set": {"posted": p["ledger"]}, "$unset": {"unposted": ""}}) for p in found],
            tx=tx,
        )
        await _announce(store, tx, changes)
        return len(found)

    if await store[PACKAGES].get(condition, projection={"_id": 1}) is None:
        return False
    return await store.db.transaction(work) == _BATCH


def _add(key: BalanceKey, columns: Mapping[Column, int]) -> Operation:
    round_id, area, account, sku = key
    fixed = {"round": round_id, "area": area, "kind": account_kind(account), "account": account, "sku": sku}
    return Update({"_id": "~".join(key)}, {"$setOnInsert": fixed, "$inc": totals(columns)}, upsert=True)


async def _announce(store: Store, tx: Tx, changes: BalanceChanges) -> None:
    by_area: dict[tuple[str, str], list[BalanceChange]] = {}
    for (round_id, area, account, sku), columns in sorted(changes.items()):
        by_area.setdefault((round_id, area), []).append(_change(account, sku, columns))
    # The entries of the packages have the reasons; these are found by place.
    for (round_id, area), listed in by_area.items():
        accounts = [account for of, inside, account, _ in changes if (of, inside) == (round_id, area)]
        await store.outbox.record(
            tx,
            SYSTEM,
            action=AuditAction.CUSTODY_BALANCE,
            subject=Subject(type="Round", id=round_id),
            concerns=of_accounts(accounts),
            area=area,
            event=CustodyBalanced(round_id=round_id, area=area, changes=tuple(listed)),
        )


def _change(account: str, sku: str, columns: Mapping[Column, int]) -> BalanceChange:
    leg = leg_ends(account)
    amounts = {_EVENT_FIELDS.get(c, c): from_milli(q) for c, q in columns.items() if q}
    if leg is None:
        return BalanceChange(sku=sku, place=account or None, **amounts)
    return BalanceChange(sku=sku, is_leg=True, from_place=leg[0], to_place=leg[1], **amounts)
