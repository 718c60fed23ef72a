"""Distances on earth, and coordinates as events carry them."""

from collections.abc import Mapping
from math import asin, cos, radians, sin, sqrt
from typing import Any

from amanah.contracts.handovers.events import Spot
from amanah.contracts.message import Location

_EARTH_RADIUS_M = 6_371_008.8


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
