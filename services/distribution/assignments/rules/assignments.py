"""Assignments end: on which day, and who goes on."""

from datetime import date, timedelta

from amanah.contracts.errors import Refused


def last_day(starts_on: date, ends_on: date, today: date) -> date:
    """The last day of an assignment that is ended `today`; the day before its first when it has not begun.

    Refuses one whose days are over (`assignment_over`).
    """
    if ends_on < today:
        raise Refused("assignment_over", "assignmentId")
    return today if starts_on <= today else starts_on - timedelta(days=1)


def successor_days(starts_on: date, ends_on: date, today: date) -> tuple[date, date]:
    """The days of whoever goes on with an assignment that is ended `today`: what is left of it, today included."""
    return max(starts_on, today), ends_on


def check_other_officer(officer_id: str, new_officer_id: str) -> None:
    """Refuses to give an assignment to whom it belongs (`officer_same`)."""
    if officer_id == new_officer_id:
        raise Refused("officer_same", "officerId")
