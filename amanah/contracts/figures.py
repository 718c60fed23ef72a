"""Figures of a round: progress by area, good and day."""

from datetime import date
from typing import ClassVar

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.message import Answer, Moment, Quantity
from amanah.contracts.reporting import VIEWERS, ReportingRequest


class ItemFigures(Answer):
    """How much of one good is due, and how much was handed over."""

    sku: str
    unit: str
    entitled: Quantity
    delivered: Quantity


class AreaFigures(Answer):
    """The figures of one area."""

    area: AreaCode
    entitled: int
    delivered: int
    failed: int
    remaining: int
    flagged: int


class DayFigures(Answer):
    """What happened on one local day."""

    date: date
    delivered: int
    failed: int


class ProgressView(Answer):
    """Where a round stands in an area, in the areas one level below, and by day; `as_of` is the last event counted.

    `disputed` are handovers that their recipients contradict; they count as delivered until a correction reverses them.
    """

    as_of: Moment
    area: AreaCode
    entitled: int
    delivered: int
    failed: int
    remaining: int
    flagged: int
    open_cases: int
    disputed: int = 0
    quantities: tuple[ItemFigures, ...]
    children: tuple[AreaFigures, ...]
    daily: tuple[DayFigures, ...]


class GetProgress(ReportingRequest[ProgressView]):
    """Figures of a round in `area`, or in the largest area of the round that the viewer may see.

    News of a round that was just made is waited for up to 5 s, then NotYet; NotFound for any other that is not known.
    """

    roles: ClassVar[frozenset[Role]] = VIEWERS
    round_id: str
    area: AreaCode | None = None
