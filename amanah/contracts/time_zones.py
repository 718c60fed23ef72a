"""Time zones of Indonesia: three, by province, without daylight saving time (Keppres 41/1987)."""

from datetime import date, datetime, timedelta, timezone

WIB = timezone(timedelta(hours=7), "WIB")
WITA = timezone(timedelta(hours=8), "WITA")
WIT = timezone(timedelta(hours=9), "WIT")

# Bali, Nusa Tenggara, the east and south of Kalimantan, and Sulawesi.
_CENTRAL = frozenset({"51", "52", "53", "63", "64", "65"}) | {f"7{n}" for n in range(1, 7)}
# Maluku and Papua.
_EASTERN = ("8", "9")


def local_zone(area: str) -> timezone:
    """The time zone of an area: WIB, WITA or WIT by its province; WIB for the nation."""
    province = area[:2]
    if province in _CENTRAL:
        return WITA
    return WIT if province.startswith(_EASTERN) else WIB


def local_date(moment: datetime, area: str) -> date:
    """The calendar date in `area` at a moment with a time zone."""
    return moment.astimezone(local_zone(area)).date()
