"""Rules on partners: names, what a partner may speak of, and the overlap of a rotation."""

from collections.abc import Collection
from datetime import datetime, timedelta

from amanah.contracts.areas import contains

OVERLAP = timedelta(hours=24)
"""Time for which an earlier secret stays valid after a rotation."""


def name_key(name: str) -> str:
    """The form in which names are compared: without regard to case and to the number of blanks."""
    return " ".join(name.casefold().split())


def may_carry(area: str, prefixes: Collection[str], package_area: str, code: str) -> bool:
    """Tells if a partner of `area` may carry a package: their areas meet, and its code has one of the prefixes, if any."""
    meet = contains(area, package_area) or contains(package_area, area)
    return meet and (not prefixes or code.startswith(tuple(prefixes)))


def may_name(area: str, places: Collection[str], place_area: str, code: str) -> bool:
    """Tells if a partner of `area` may name a place: one of its `places`, or any of its area when it has none."""
    return code in places if places else contains(area, place_area) or contains(place_area, area)


def is_valid(until: datetime | None, now: datetime) -> bool:
    """Tells if a credential that ends at `until` is valid."""
    return until is None or until > now
