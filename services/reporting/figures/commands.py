"""Updates of the figures, in one bulk write per collection. Counters only add: the order of events does not matter."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from amanah.contracts.actor import SYSTEM
from amanah.contracts.areas import parent
from amanah.contracts.custody.events import CustodyBalanced
from amanah.contracts.figures import FiguresCounted
from amanah.contracts.rounds import RoundCreated
from amanah.runtime.bus.consumer import Received
from amanah.runtime.mongo import Put, Tx, Update
from amanah.runtime.tables import Document
from services.reporting.figures.documents import (
    BALANCES,
    CASES,
    DAYS,
    HANDOVERS,
    MARKS,
    ROUNDS,
    TOTALS,
    counter_field,
)
from services.reporting.figures.rows import round_document, row_changes
from services.reporting.figures.rules.balances import BalanceKey, balance_changes
from services.reporting.figures.rules.counters import Cell, Counter, changed_areas, increments, merge
from services.reporting.store import Store


async def count_events(store: Store, tx: Tx, received: Sequence[Received[Any]]) -> None:
    """Adds events to the counters and balances, saves the rows behind them, and moves the position's time on.

    Each round whose counters changed has one event of its own for the whole batch.
    """
    sums = merge(addition for each in received for addition in increments(each.event))
    await _add_counters(store, tx, sums)
    for round_id, areas in changed_areas(sums).items():
        store.outbox.publish(tx, SYSTEM, round_id, [FiguresCounted(round_id=round_id, areas=areas)])
    balanced = [each.event for each in received if isinstance(each.event, CustodyBalanced)]
    await _add_balances(store, tx, balance_changes(balanced))
    await _save_rows(store, tx, received)
    await _move_marks(store, tx, received)


async def _add_counters(store: Store, tx: Tx, sums: Mapping[Cell, Mapping[Counter, int]]) -> None:
    totals, days = [], []
    for cell, row in sums.items():
        change: Document = {"$inc": {counter_field(counter): amount for counter, amount in row.items()}}
        known: Document = {"round": cell.round_id, "area": cell.area, "parent": parent(cell.area)}
        key = f"{cell.round_id}|{cell.area}"
        if cell.day is None:
            totals.append(Update({"_id": key}, {**change, "$setOnInsert": known}, upsert=True))
        else:
            day = cell.day.isoformat()
            known["day"] = day
            days.append(Update({"_id": f"{key}|{day}"}, {**change, "$setOnInsert": known}, upsert=True))
    await store[TOTALS].bulk(totals, tx=tx)
    await store[DAYS].bulk(days, tx=tx)


async def _add_balances(store: Store, tx: Tx, changes: Mapping[BalanceKey, Mapping[str, int]]) -> None:
    updates = []
    for key, row in changes.items():
        known = {"round": key.round_id, "area": key.area, "account": key.account, "sku": key.sku}
        updates.append(Update({"_id": "|".join(key)}, {"$inc": dict(row), "$setOnInsert": known}, upsert=True))
    await store[BALANCES].bulk(updates, tx=tx)


async def _save_rows(store: Store, tx: Tx, received: Sequence[Received[Any]]) -> None:
    created = [each for each in received if isinstance(each.event, RoundCreated)]
    await store[ROUNDS].bulk([Put(round_document(each)) for each in created], tx=tx)
    changes = row_changes(received)
    await store[HANDOVERS].bulk([each.update() for each in changes if each.table is HANDOVERS], tx=tx)
    await store[CASES].bulk([each.update() for each in changes if each.table is CASES], tx=tx)


async def _move_marks(store: Store, tx: Tx, received: Sequence[Received[Any]]) -> None:
    # By partition, so that consumers of different partitions do not write to the same document.
    latest: dict[int, datetime] = {}
    for each in received:
        latest[each.partition] = max(each.envelope.time, latest.get(each.partition, each.envelope.time))
    marks = [Update({"_id": number}, {"$max": {"at": at}}, upsert=True) for number, at in latest.items()]
    await store[MARKS].bulk(marks, tx=tx)
