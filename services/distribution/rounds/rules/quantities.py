"""Quantities by SKU, in integer thousandths so that they add up exactly."""

from collections.abc import Iterable, Mapping

from amanah.contracts.message import Item, from_milli, milli, plain

Amounts = Mapping[str, int]


def amounts(items: Iterable[Item]) -> dict[str, int]:
    """Returns the thousandths of each SKU; repeated SKUs are added up."""
    total: dict[str, int] = {}
    for item in items:
        total[item.sku] = total.get(item.sku, 0) + milli(item.quantity)
    return total


def items(quantities: Amounts) -> tuple[Item, ...]:
    """Returns the quantities as items, in the order of the mapping."""
    return tuple(Item(sku=sku, quantity=from_milli(q)) for sku, q in quantities.items())


def quantity_text(thousandths: int) -> str:
    """Returns a quantity as people write it."""
    return plain(from_milli(thousandths))
