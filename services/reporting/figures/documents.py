"""Stored counters, rows and balances of rounds, with their indexes."""

from datetime import date, datetime
from typing import NotRequired, TypedDict

from amanah.runtime.mongo import Condition
from amanah.runtime.tables import Table, index
from services.reporting.figures.rules.counters import Counter


class RoundItem(TypedDict):
    """A good of a round; `milli` is the quantity per recipient in thousandths, absent in old documents."""

    sku: str
    name: str
    unit: str
    milli: NotRequired[int]


class RoundDocument(TypedDict):
    """A round as reports describe it."""

    _id: str
    name: str
    programId: str
    programName: str
    area: str
    decree: str
    startsOn: str
    endsOn: str
    items: list[RoundItem]
    at: datetime


class GoodCounters(TypedDict, total=False):
    """Counters of one good, in thousandths."""

    entitled: int
    delivered: int


class Counters(TypedDict, total=False):
    """Counters of a cell by figure; an absent one is 0. `goods` is by escaped SKU (`counter_field`)."""

    entitled: int
    delivered: int
    by_payment: int
    failed: int
    flagged: int
    disputed: int
    open_cases: int
    goods: dict[str, GoodCounters]


class TotalDocument(Counters):
    """Counters of one round in one area; `_id` is round|area, `parent` the area above."""

    _id: str
    round: str
    area: str
    parent: str | None


class DayDocument(TotalDocument):
    """Counters of one local day; `_id` is round|area|day."""

    day: str


class BusPlace(TypedDict):
    """The place on the bus of the event that a row or status comes from."""

    partition: int
    offset: int


class HandoverStateDocument(BusPlace):
    """A status change of a handover."""

    status: str


class HandoverItem(TypedDict):
    """A quantity that was handed over, in thousandths."""

    sku: str
    milli: int


class HandoverDocument(BusPlace):
    """A handover behind a figure, without its recipient. A status change that arrives first leaves a document without a round."""

    _id: str
    round: str
    area: str
    day: str
    at: datetime
    receivedAt: datetime
    officer: str
    items: list[HandoverItem]
    photo: str
    flags: list[str]
    states: NotRequired[list[HandoverStateDocument]]


class CaseStateDocument(BusPlace):
    """A status change of a case."""

    status: str
    level: str
    dueAt: datetime


class CaseDocument(BusPlace):
    """A case behind a figure, without text or persons."""

    _id: str
    round: str | None
    area: str
    day: str
    at: datetime
    reference: str
    kind: str
    channel: str
    states: list[CaseStateDocument]


class BalanceColumns(TypedDict, total=False):
    """Quantities of a balance in thousandths; an absent one is 0."""

    made: int
    arrived: int
    left: int
    stock: int
    handed_over: int
    lost: int
    damaged: int
    returned: int
    difference: int


class BalanceDocument(BalanceColumns):
    """The balance of one good at a place or on a leg; `_id` is round|area|account|sku."""

    _id: str
    round: str
    area: str
    account: str
    sku: str


class MarkDocument(TypedDict):
    """The time of the last event counted of a partition of distribution's events."""

    _id: int
    at: datetime


class PositionDocument(TypedDict):
    """The next offset of group/topic/partition; the consumer stores it in the transaction of its projection."""

    _id: str
    next: int


ROUNDS = Table("rounds", RoundDocument)
TOTALS = Table("totals", TotalDocument, index("round", "parent"))
DAYS = Table("days", DayDocument, index("round", "area", "day"), index("round", "parent", "day"))
HANDOVERS = Table("handovers", HandoverDocument, index("round", "area", "day", "at", "_id"))
CASES = Table("cases", CaseDocument, index("round", "area", "at", "_id"))
BALANCES = Table("balances", BalanceDocument, index("round", "area", "_id"))
MARKS = Table("marks", MarkDocument)
POSITIONS = Table("positions", PositionDocument)


def counter_field(counter: Counter) -> str:
    """Returns the field of a counter in its document."""
    if counter.sku is None:
        return counter.figure.value
    # A partner chooses the SKU; a field's name must not have these characters.
    key = "".join(f"%{ord(char):02X}" if char in "%.$\0" else char for char in counter.sku)
    return f"goods.{key}.{counter.figure.value.removeprefix('goods_')}"


def days_between(since: date | None, until: date | None) -> Condition:
    """Requires a day from `since` to `until`, both included; None leaves a side open."""
    bounds = {"$gte": since.isoformat() if since else None, "$lte": until.isoformat() if until else None}
    limits = {operator: day for operator, day in bounds.items() if day}
    return {"day": limits} if limits else {}
