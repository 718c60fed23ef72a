"""Documents of reporting's store: how far was counted, what a row is told, and what stands in a document of counters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import unquote

from amanah.contracts.topics import DISTRIBUTION
from amanah.runtime.mongo import Update
from amanah.runtime.tables import Document
from services.reporting.figures.rules.figures import Counter, Figure
from services.reporting.reports.rules.composing import Good

Goods = dict[str, dict[str, int]]
"""By SKU: `entitled` and `delivered` in thousandths."""


@dataclass(frozen=True)
class Position:
    """How far events were counted: the next offset of each partition, and the time of the last event counted."""

    offsets: Mapping[int, int]
    as_of: datetime | None

    def __str__(self) -> str:
        return " ".join([DISTRIBUTION.name, *(f"{number}:{offset}" for number, offset in sorted(self.offsets.items()))])

    def covers(self, row: Mapping[str, Any]) -> bool:
        """Whether the row of a handover or case, or a state of it, had been counted here."""
        offset: int = row["offset"]
        return offset < self.offsets.get(row["partition"], 0)


@dataclass(frozen=True)
class Told:
    """What one event tells of a row: what it is, or what has become of it."""

    id: str
    fields: Document = field(default_factory=dict)
    state: Document | None = None


def row_update(told: Told) -> Update:
    """The change that one event makes to its row, whether it is there yet or not."""
    change: Document = {}
    if told.fields:
        change["$set"] = told.fields
    if told.state is not None:
        change["$push"] = {"states": told.state}
    return Update({"_id": told.id}, change, upsert=True)


def counted(document: Document, figure: Figure) -> int:
    """A counter of a document; 0 where nothing was counted."""
    value: int = document.get(figure.value, 0)
    return value


def goods(document: Document, known: Sequence[Good] = ()) -> Goods:
    """The goods counted in a document. Who was paid got what the round gives each: no event names goods for them."""
    found = {unquote(key): dict(amounts) for key, amounts in document.get("goods", {}).items()}
    paid = counted(document, Figure.BY_PAYMENT)
    for good in known if paid else ():
        row = found.setdefault(good.sku, {})
        row["delivered"] = row.get("delivered", 0) + paid * good.each
    return found


def goods_of(round_: Document) -> tuple[Good, ...]:
    """The goods that a round gives."""
    return tuple(Good(item["sku"], item["name"], item["unit"], item.get("milli", 0)) for item in round_["items"])


def now() -> datetime:
    """The time, as the store keeps it: UTC, whole milliseconds."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def field_of(counter: Counter) -> str:
    """Where a counter stands in its document."""
    if counter.sku is None:
        return counter.figure.value
    # A partner chooses the SKU; a field's name must not have these characters.
    key = "".join(f"%{ord(char):02X}" if char in "%.$\0" else char for char in counter.sku)
    return f"goods.{key}.{counter.figure.value.removeprefix('goods_')}"


def between(since: date | None, until: date | None) -> Document:
    """The condition on days, both ends included."""
    bounds = {"$gte": since.isoformat() if since else None, "$lte": until.isoformat() if until else None}
    kept = {operator: day for operator, day in bounds.items() if day}
    return {"day": kept} if kept else {}
