"""Working hours, in which deadlines are counted: 08:00 to 16:00, Monday to Friday, without holidays."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from amanah.contracts.time_zones import local_zone

OPENS, CLOSES = time(8), time(16)
HOURS_A_DAY = CLOSES.hour - OPENS.hour
_SATURDAY = 5


def is_working_day(day: date, holidays: Collection[date] = ()) -> bool:
    """Checks that a day is from Monday to Friday and not a holiday."""
    return day.weekday() < _SATURDAY and day not in holidays


def after_working_hours(start: datetime, hours: int, area: str, holidays: Collection[date] = ()) -> datetime:
    """Returns the time `hours` working hours after `start`, in the time zone of `area`; always within working hours."""
    zone = local_zone(area)
    here, left = start.astimezone(zone), timedelta(hours=hours)
    while True:
        opens, closes = (datetime.combine(here.date(), at, zone) for at in (OPENS, CLOSES))
        if is_working_day(here.date(), holidays):
            begins = max(here, opens)
            if left <= closes - begins:
                return (begins + left).astimezone(start.tzinfo)
            left -= max(closes - begins, timedelta())
        here = datetime.combine(here.date() + timedelta(days=1), OPENS, zone)
