"""Units."""

from decimal import Decimal


def convert(quantity: Decimal, uom: str, unit: str) -> Decimal | None:
    """Converts."""
    factor = {"TNE": Decimal(1000), "KGM": Decimal(1)}.get(uom)
    return quantity * factor if factor and unit.lower() in ("kg", "kilogram") else None
