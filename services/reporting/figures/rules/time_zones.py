"""The local day of an event: Indonesia keeps three time zones, by province, and no summer time."""

from datetime import date, datetime, timedelta, timezone

from amanah.contracts.areas import NATION

WIB = timezone(timedelta(hours=7), "WIB")
WITA = timezone(timedelta(hours=8), "WITA")
WIT = timezone(timedelta(hours=9), "WIT")

# Provinces that are not on WIB, which is also the zone of the nation as a whole (Keppres 41/1987).
_BY_PROVINCE = {
    **dict.fromkeys(("51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"), WITA),
    **dict.fromkeys(("81", "82", "91", "92", "93", "94", "95", "96"), WIT),
}


def zone(area: str) -> timezone:
    """The time zone of the area's province; WIB for the nation."""
    return WIB if area == NATION else _BY_PROVINCE.get(area[:2], WIB)


def local_day(moment: datetime, area: str) -> date:
    """The calendar day that people in `area` had at `moment` (aware)."""
    return moment.astimezone(zone(area)).date()
