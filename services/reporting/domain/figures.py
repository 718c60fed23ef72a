"""What one event adds to which counters. Counters only ever add, so that neither order nor partition matters.

An event counts in its village and in every area around it, up to the nation; what happens on a day also counts there
for that local day. So the figures of an area are the sum of those below it, and no query has to add anything up.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from amanah.contracts.areas import lineage
from amanah.contracts.distribution import HandoverAccepted, HandoverFailed, RoundOpened
from amanah.contracts.message import Event, Item, milli
from services.reporting.domain.zones import local_day


class Figure(StrEnum):
    """What is counted: entitlements, cases (`OPEN_CASES`), and goods in thousandths (the last two, by SKU)."""

    ENTITLED = "entitled"
    DELIVERED = "delivered"
    FAILED = "failed"
    FLAGGED = "flagged"
    DISPUTED = "disputed"
    OPEN_CASES = "open_cases"
    GOODS_ENTITLED = "goods_entitled"
    GOODS_DELIVERED = "goods_delivered"


class Cell(NamedTuple):
    """Where a counter stands: a round in an area; over the whole round when `day` is None."""

    round_id: str
    area: str
    day: date | None


class Counter(NamedTuple):
    """Which counter of a cell; `sku` for goods only."""

    figure: Figure
    sku: str | None = None


class Increment(NamedTuple):
    """One addition."""

    cell: Cell
    counter: Counter
    amount: int


def increments(event: Event) -> list[Increment]:
    """All that `event` adds, in every area and day it counts in; nothing for an event without figures."""
    match event:
        case RoundOpened():
            return [
                increment
                for village in event.villages
                for increment in _around(
                    event.round_id,
                    village.area,
                    None,
                    [(Counter(Figure.ENTITLED), village.count), *_goods(Figure.GOODS_ENTITLED, village.quantities)],
                )
            ]
        case HandoverAccepted():
            additions = [(Counter(Figure.DELIVERED), 1), *_goods(Figure.GOODS_DELIVERED, event.items)]
            if event.flags:
                additions.append((Counter(Figure.FLAGGED), 1))
            day = local_day(event.occurred_at, event.area)
            counted = _around(event.round_id, event.area, None, additions)
            counted += _around(event.round_id, event.area, day, additions)
            if event.was_failed:
                # The failure is undone for the round; that it happened, on its day, stays.
                counted += _around(event.round_id, event.area, None, [(Counter(Figure.FAILED), -1)])
            return counted
        case HandoverFailed():
            failed = [(Counter(Figure.FAILED), 1)]
            day = local_day(event.occurred_at, event.area)
            return _around(event.round_id, event.area, None, failed) + _around(event.round_id, event.area, day, failed)
        case _:
            return []


def merged(additions: Iterable[Increment]) -> dict[Cell, dict[Counter, int]]:
    """The same additions, one for each counter of each cell; those that come to nothing are left out."""
    sums: dict[Cell, dict[Counter, int]] = {}
    for cell, counter, amount in additions:
        row = sums.setdefault(cell, {})
        row[counter] = row.get(counter, 0) + amount
    kept = {cell: {counter: amount for counter, amount in row.items() if amount} for cell, row in sums.items()}
    return {cell: row for cell, row in kept.items() if row}


def _goods(figure: Figure, items: Iterable[Item]) -> list[tuple[Counter, int]]:
    return [(Counter(figure, item.sku), milli(item.quantity)) for item in items]


def _around(round_id: str, area: str, day: date | None, additions: list[tuple[Counter, int]]) -> list[Increment]:
    return [
        Increment(Cell(round_id, place, day), counter, amount)
        for place in lineage(area)
        for counter, amount in additions
    ]
