"""Rules of rounds: dates, items, rosters and areas."""

from collections.abc import Iterable
from datetime import date

from amanah.contracts.areas import contains
from amanah.contracts.errors import Refused
from amanah.contracts.rounds import ProgramItem


def check_dates(starts_on: date, ends_on: date) -> None:
    """Refuses an end before the start (`dates_reversed`)."""
    if ends_on < starts_on:
        raise Refused("dates_reversed", "endsOn")


def check_items(items: Iterable[ProgramItem]) -> None:
    """Refuses a program with the same item twice (`item_repeated`)."""
    seen: set[str] = set()
    for number, item in enumerate(items):
        if item.sku in seen:
            raise Refused("item_repeated", f"items.{number}.sku", sku=item.sku)
        seen.add(item.sku)


def check_roster(program_id: str, roster_program_id: str) -> None:
    """Refuses a roster that was approved for another program (`roster_not_for_program`)."""
    if program_id != roster_program_id:
        raise Refused("roster_not_for_program", "rosterId")


def check_within(area: str, round_area: str, field: str) -> None:
    """Refuses an area that does not overlap the round's (`area_outside_round`)."""
    if not contains(round_area, area) and not contains(area, round_area):
        raise Refused("area_outside_round.named", field, area=area, round_area=round_area)
