"""Figures of a round: progress by area, good and day."""

from datetime import date
from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.message import Answer, Event, Moment, Quantity
from amanah.contracts.reporting import VIEWERS, ReportingRequest
from amanah.contracts.topics import REPORTING


class ItemFigures(Answer):
    """Figures of one good."""

    sku: str
    unit: str
    entitled: Quantity = Field(description="Quantity that recipients are due.")
    delivered: Quantity = Field(description="Quantity handed over.")


class AreaFigures(Answer):
    """Figures of one area."""

    area: AreaCode
    entitled: int
    delivered: int
    failed: int
    remaining: int
    flagged: int


class DayFigures(Answer):
    """Figures of one local day."""

    date: date
    delivered: int
    failed: int


class ProgressView(Answer):
    """Figures of a round in an area, in the areas one level below, and by day."""

    as_of: Moment = Field(description="Time of the latest event counted.")
    area: AreaCode
    entitled: int = Field(description="Number of entitlements.")
    delivered: int = Field(description="Number of entitlements delivered.")
    failed: int = Field(description="Number of entitlements that could not be handed over.")
    remaining: int = Field(description="Number of entitlements still to be handed over.")
    flagged: int = Field(description="Number of handovers with flags.")
    open_cases: int
    disputed: int = Field(
        default=0,
        description="Number of handovers that their recipients dispute; they count as delivered until they are reversed.",
    )
    quantities: tuple[ItemFigures, ...] = Field(description="Figures by good.")
    children: tuple[AreaFigures, ...] = Field(description="Figures of the areas one level below.")
    daily: tuple[DayFigures, ...] = Field(description="Figures by day.")


class GetProgress(ReportingRequest[ProgressView]):
    """Figures of a round in `area`, or in the largest area of the round that the viewer may see.

    It waits up to 5 s for the events of a new round, then raises NotYet; NotFound for any other unknown round.
    """

    roles: ClassVar[frozenset[Role]] = VIEWERS
    round_id: str
    area: AreaCode | None = None


class FiguresCounted(Event):
    """The figures of a round have changed in these areas, and in those around them.

    The areas are the smallest ones; when there are too many, larger ones stand for those in them.
    """

    type: ClassVar[str] = "id.amanah.reporting.figures.counted.v1"
    topic: ClassVar[str] = REPORTING.name
    round_id: str
    areas: tuple[AreaCode, ...]

    def key(self) -> str:
        """Returns the round's id."""
        return self.round_id
