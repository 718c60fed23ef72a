"""Goods of a round."""

from typing import NamedTuple


class Good(NamedTuple):
    """A good of a round; `each` is the quantity per recipient, in thousandths."""

    sku: str
    name: str
    unit: str
    each: int = 0
