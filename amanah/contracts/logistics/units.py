"""Units."""

from decimal import Decimal


def convert(quantity: Decimal, uom: str, unit: str) -> Decimal | None:
    """Converts."""
    known = {"TNE": (1000, "kg"), "KGM": (1, "kg"), "LTR": (1, "liter")}.get(uom)
    return quantity * known[0] if known and unit.lower().startswith(known[1]) else None
