"""Rules for the end and the successor of an assignment."""

from datetime import date, timedelta

from amanah.contracts.errors import Refused


def last_day(starts_on: date, ends_on: date, today: date) -> date:
    """Returns the last day of an assignment that is ended `today`; the day before its first if it has not begun.

    Refuses an assignment whose days are over (`assignment_over`).
    """
    if ends_on < today:
        raise Refused("assignment_over", "assignmentId")
    return today if starts_on <= today else starts_on - timedelta(days=1)


def successor_days(starts_on: date, ends_on: date, today: date) -> tuple[date, date]:
    """Returns the days of the successor of an assignment that is ended `today`: the rest, today included."""
    return max(starts_on, today), ends_on


def check_other_officer(officer_id: str, new_officer_id: str) -> None:
    """Refuses to reassign an assignment to the same officer (`officer_same`)."""
    if officer_id == new_officer_id:
        raise Refused("officer_same", "officerId")
