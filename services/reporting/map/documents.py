"""Stored cells of the map, with their indexes."""

from typing import TypedDict

from amanah.runtime.tables import Table, index


class CellColumns(TypedDict, total=False):
    """Counts of a cell and sums of coordinates in microdegrees; an absent one is 0."""

    delivered: int
    failed: int
    flagged: int
    latitude: int
    longitude: int


class CellDocument(CellColumns):
    """The handovers of a round in a cell, kept for an area; `_id` is round|level|row|column|area, `tile` its block."""

    _id: str
    round: str
    level: int
    row: int
    column: int
    area: str
    tile: str


CELLS = Table("squares", CellDocument, index("round", "tile"), index("round", "level", "area"))
