"""Distances on earth, and local days."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from math import asin, cos, radians, sin, sqrt
from typing import Any

from amanah.contracts.handovers.events import Spot
from amanah.contracts.message import Location

_EARTH_RADIUS_M = 6_371_008.8
_WIB, _WITA, _WIT = (timezone(timedelta(hours=h)) for h in (7, 8, 9))
# Keppres 41/1987: Bali, Nusa Tenggara, Sulawesi and the east and south of Kalimantan; then Maluku and Papua.
_CENTRAL = frozenset({"51", "52", "53", "63", "64", "65"}) | {f"7{n}" for n in range(1, 7)}


def distance_m(one: Location, other: Location) -> int:
    """Returns the metres between two places along a great circle (haversine; within 0.6% of the ellipsoid)."""
    lat1, lat2 = radians(one.latitude), radians(other.latitude)
    half_lat = (lat2 - lat1) / 2
    half_lon = radians(other.longitude - one.longitude) / 2
    root = sqrt(sin(half_lat) ** 2 + cos(lat1) * cos(lat2) * sin(half_lon) ** 2)
    return round(2 * _EARTH_RADIUS_M * asin(min(1.0, root)))


def spot(place: Mapping[str, Any]) -> Spot:
    """Returns a place as events carry it: rounded to some eleven metres."""
    grain = 100
    return Spot(
        latitude_e6=round(place["latitude_e6"] / grain) * grain,
        longitude_e6=round(place["longitude_e6"] / grain) * grain,
    )


def local_zone(area: str) -> timezone:
    """Returns the time zone of an area: WIB, WITA or WIT by its province; WIB for the nation."""
    province = area[:2]
    if province in _CENTRAL:
        return _WITA
    return _WIT if province[0] in "89" else _WIB


def local_date(moment: datetime, area: str) -> date:
    """Returns the local day of `moment` in `area`."""
    return moment.astimezone(local_zone(area)).date()
