"""Increments of counters by event. Counters only ever add, so that neither order nor partition matters.

An event counts in its village and in every area around it, up to the nation; what happens on a day also counts there
for that local day. So the figures of an area are the sum of those below it, and no query has to add anything up.
"""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from amanah.contracts.areas import NATION, lineage, parent
from amanah.contracts.cases import CaseOpened, CaseStatus, CaseUpdated
from amanah.contracts.handovers.events import (
    EntitlementReopened,
    HandoverAccepted,
    HandoverDisputed,
    HandoverFailed,
    HandoverReversed,
    HandoverUpheld,
)
from amanah.contracts.message import Event, Item, milli
from amanah.contracts.payments.events import PaymentConfirmed, PaymentSettled
from amanah.contracts.rounds import RoundOpened
from amanah.contracts.time_zones import local_date

_AREAS_NAMED = 500


class Figure(StrEnum):
    """A counter: entitlements, cases (`OPEN_CASES`), and goods in thousandths (the last two, by SKU).

    `BY_PAYMENT` are deliveries by payment: they have no handover.
    """

    ENTITLED = "entitled"
    DELIVERED = "delivered"
    BY_PAYMENT = "by_payment"
    FAILED = "failed"
    FLAGGED = "flagged"
    DISPUTED = "disputed"
    OPEN_CASES = "open_cases"
    GOODS_ENTITLED = "goods_entitled"
    GOODS_DELIVERED = "goods_delivered"


class Cell(NamedTuple):
    """The place of a counter: a round in an area; over the whole round when `day` is None."""

    round_id: str
    area: str
    day: date | None


class Counter(NamedTuple):
    """A counter of a cell; `sku` for goods only."""

    figure: Figure
    sku: str | None = None


class Increment(NamedTuple):
    """One addition."""

    cell: Cell
    counter: Counter
    amount: int


def increments(event: Event) -> list[Increment]:
    """Returns the additions of an event in every area and day it counts in; none for an event without figures."""
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
            counted = _on_a_day(event.round_id, event.area, event.occurred_at, _handed_over(event, 1))
            if event.was_failed:
                # The failure is undone for the round; that it happened, on its day, stays.
                counted += _around(event.round_id, event.area, None, [(Counter(Figure.FAILED), -1)])
            return counted
        case HandoverReversed():
            # It no longer counts, neither for the round nor on its day.
            counted = _on_a_day(event.round_id, event.area, event.occurred_at, _handed_over(event, -1))
            if event.was_disputed:
                counted += _around(event.round_id, event.area, None, [(Counter(Figure.DISPUTED), -1)])
            return counted
        case HandoverFailed():
            return _on_a_day(event.round_id, event.area, event.occurred_at, [(Counter(Figure.FAILED), 1)])
        case EntitlementReopened(was="FAILED"):
            return _around(event.round_id, event.area, None, [(Counter(Figure.FAILED), -1)])
        case HandoverDisputed():
            return _around(event.round_id, event.area, None, [(Counter(Figure.DISPUTED), 1)])
        case HandoverUpheld():
            return _around(event.round_id, event.area, None, [(Counter(Figure.DISPUTED), -1)])
        case CaseOpened():
            return _cases(event, 1)
        case CaseUpdated():
            return _cases(event, (event.was is CaseStatus.RESOLVED) - (event.status is CaseStatus.RESOLVED))
        case PaymentSettled():
            return [
                increment
                for village in event.villages
                for increment in _paid(event.round_id, village.area, event.at, village.delivered - village.undelivered)
            ]
        case PaymentConfirmed(delivered=True):
            return _paid(event.round_id, event.area, event.at, 1)
        case _:
            return []


def merge(additions: Iterable[Increment]) -> dict[Cell, dict[Counter, int]]:
    """Sums additions by cell and counter; sums of zero are left out."""
    sums: dict[Cell, dict[Counter, int]] = {}
    for cell, counter, amount in additions:
        row = sums.setdefault(cell, {})
        row[counter] = row.get(counter, 0) + amount
    kept = {cell: {counter: amount for counter, amount in row.items() if amount} for cell, row in sums.items()}
    return {cell: row for cell, row in kept.items() if row}


def changed_areas(cells: Iterable[Cell]) -> dict[str, tuple[str, ...]]:
    """The smallest areas of each round among the cells; when they are too many, the larger ones that hold them."""
    found: dict[str, set[str]] = {}
    for cell in cells:
        found.setdefault(cell.round_id, set()).add(cell.area)
    return {round_id: tuple(sorted(_smallest(areas))) for round_id, areas in found.items()}


def _smallest(areas: set[str]) -> set[str]:
    smallest = areas - {parent(area) for area in areas}
    while len(smallest) > _AREAS_NAMED:
        smallest = {parent(area) or NATION for area in smallest}
    return smallest


def _handed_over(event: HandoverAccepted | HandoverReversed, sign: int) -> list[tuple[Counter, int]]:
    additions = [(Counter(Figure.DELIVERED), sign)]
    additions += [(counter, sign * amount) for counter, amount in _goods(Figure.GOODS_DELIVERED, event.items)]
    if event.flags:
        additions.append((Counter(Figure.FLAGGED), sign))
    return additions


def _paid(round_id: str, area: str, at: datetime, count: int) -> list[Increment]:
    # Returned money counts on the day of its return: the event does not say on which day it had been paid.
    additions = [(Counter(figure), count) for figure in (Figure.DELIVERED, Figure.BY_PAYMENT)]
    return _on_a_day(round_id, area, at, additions) if count else []


def _cases(event: CaseOpened | CaseUpdated, count: int) -> list[Increment]:
    if event.round_id is None or not count:
        return []
    return _around(event.round_id, event.area, None, [(Counter(Figure.OPEN_CASES), count)])


def _goods(figure: Figure, items: Iterable[Item]) -> list[tuple[Counter, int]]:
    return [(Counter(figure, item.sku), milli(item.quantity)) for item in items]


def _on_a_day(round_id: str, area: str, at: datetime, additions: list[tuple[Counter, int]]) -> list[Increment]:
    """Returns the additions to the round and to the local day of `at`."""
    return _around(round_id, area, None, additions) + _around(round_id, area, local_date(at, area), additions)


def _around(round_id: str, area: str, day: date | None, additions: list[tuple[Counter, int]]) -> list[Increment]:
    return [
        Increment(Cell(round_id, place, day), counter, amount)
        for place in lineage(area)
        for counter, amount in additions
    ]
