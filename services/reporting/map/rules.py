"""Map cells: handovers are counted by cell at a few levels, so that no map reads the handovers themselves.

A cell of level z has a quarter of the side of a web map's tile at zoom z, 360 / 2^(z+2) degrees, in longitude and in latitude.
Each level is kept for areas of one grain: the larger the cells, the larger the areas. So a viewer of any area reads only
cells of areas that lie in it, and not many more cells than the map shows.
"""

from collections.abc import Iterable
from typing import NamedTuple

from amanah.contracts.areas import AreaLevel, Scope, level, lineage
from amanah.contracts.handovers.events import HandoverAccepted, HandoverFailed, HandoverReversed, Spot
from amanah.contracts.message import Event

GRAINS = {
    5: AreaLevel.PROVINCE,
    8: AreaLevel.REGENCY,
    11: AreaLevel.DISTRICT,
    14: AreaLevel.VILLAGE,
    17: AreaLevel.VILLAGE,
}
"""Levels of the grid, and the level of the areas that each keeps cells for."""

MOST_ROWS, MOST_COLUMNS = 48, 64
"""The largest number of cells of a map; a request for more is answered with larger cells."""

_ORDER = (AreaLevel.NATION, AreaLevel.PROVINCE, AreaLevel.REGENCY, AreaLevel.DISTRICT, AreaLevel.VILLAGE)
_WORLD = 360_000_000
# Cells are looked up by blocks of sixteen by sixteen: a map shows a few blocks, found by name in any store.
_BLOCK = 4


class MapCell(NamedTuple):
    """A cell of a round: its level, row from the south and column from the west, and the area it is kept for."""

    round_id: str
    level: int
    row: int
    column: int
    area: str

    @property
    def tile(self) -> str:
        """The block of cells that the store finds it by."""
        return _tile(self.level, self.row >> _BLOCK, self.column >> _BLOCK)


class CellCounts(NamedTuple):
    """Counts of a cell, and the sums of the coordinates (microdegrees), for its centre."""

    delivered: int = 0
    failed: int = 0
    flagged: int = 0
    latitude: int = 0
    longitude: int = 0

    def plus(self, other: "CellCounts") -> "CellCounts":
        """Returns the sum of both."""
        return CellCounts(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    @property
    def all(self) -> int:
        """The number of handovers and failed attempts."""
        return self.delivered + self.failed


class MapBounds(NamedTuple):
    """A part of the earth, in microdegrees."""

    south: int
    west: int
    north: int
    east: int


class Window(NamedTuple):
    """The rows and columns of a level that a map shows, the last included."""

    level: int
    rows: range
    columns: range

    @property
    def tiles(self) -> list[str]:
        """The blocks of cells in the window."""
        rows = range(self.rows.start >> _BLOCK, (self.rows.stop - 1 >> _BLOCK) + 1)
        columns = range(self.columns.start >> _BLOCK, (self.columns.stop - 1 >> _BLOCK) + 1)
        return [_tile(self.level, row, column) for row in rows for column in columns]

    def contains(self, row: int, column: int) -> bool:
        """Returns whether a cell of its level lies in the window."""
        return row in self.rows and column in self.columns


def _tile(level_: int, row: int, column: int) -> str:
    return f"{level_}/{row}/{column}"


def row_of(latitude_e6: int, level_: int) -> int:
    """Returns the row of a latitude, counted from the south pole."""
    return (latitude_e6 + 90_000_000) * (1 << (level_ + 2)) // _WORLD


def column_of(longitude_e6: int, level_: int) -> int:
    """Returns the column of a longitude, counted from the date line."""
    return (longitude_e6 + 180_000_000) * (1 << (level_ + 2)) // _WORLD


def window(bounds: MapBounds, zoom: int) -> Window:
    """Returns the window of `bounds` at `zoom`: the finest level that is not finer than asked and has not too many cells.

    It is the coarsest level where even that has too many.
    """
    for level_ in sorted(GRAINS, reverse=True):
        rows = range(row_of(bounds.south, level_), row_of(bounds.north, level_) + 1)
        columns = range(column_of(bounds.west, level_), column_of(bounds.east, level_) + 1)
        if level_ <= zoom and len(rows) <= MOST_ROWS and len(columns) <= MOST_COLUMNS:
            return Window(level_, rows, columns)
    return Window(min(GRAINS), rows, columns)


def kept_level(shown: int, scope: Scope) -> int:
    """Returns the level to read: the one shown, or the first finer one that is kept for areas as small as the scope's."""
    smallest = max((_ORDER.index(level(code)) for code in scope.codes), default=0)
    return next(z for z in sorted(GRAINS) if z >= shown and _ORDER.index(GRAINS[z]) >= smallest)


def within(shown: Window, kept: int) -> Window:
    """Returns the same part of the earth in cells of the level that is read."""
    finer = kept - shown.level
    return Window(
        kept,
        range(shown.rows.start << finer, shown.rows.stop << finer),
        range(shown.columns.start << finer, shown.columns.stop << finer),
    )


def shown_cell(row: int, column: int, kept: int, shown: int) -> tuple[int, int]:
    """Returns the cell of level `shown` in which a cell of the finer level `kept` lies."""
    return row >> (kept - shown), column >> (kept - shown)


def cell_counts(events: Iterable[Event]) -> dict[MapCell, CellCounts]:
    """Sums events by cell; those without coordinates add nothing."""
    sums: dict[MapCell, CellCounts] = {}
    for event in events:
        match event:
            case HandoverAccepted(location=Spot() as spot):
                counts = CellCounts(1, 0, bool(event.flags), spot.latitude_e6, spot.longitude_e6)
            case HandoverReversed(location=Spot() as spot):
                counts = CellCounts(-1, 0, -bool(event.flags), -spot.latitude_e6, -spot.longitude_e6)
            case HandoverFailed(location=Spot() as spot):
                counts = CellCounts(0, 1, 0, spot.latitude_e6, spot.longitude_e6)
            case _:
                continue
        for level_, grain in GRAINS.items():
            area = _of_grain(event.area, grain)
            row, column = row_of(spot.latitude_e6, level_), column_of(spot.longitude_e6, level_)
            cell = MapCell(event.round_id, level_, row, column, area)
            sums[cell] = sums.get(cell, CellCounts()).plus(counts)
    return {cell: counts for cell, counts in sums.items() if any(counts)}


def _of_grain(area: str, grain: AreaLevel) -> str:
    """Returns the area of that level around `area`; the area itself where it is larger."""
    around = lineage(area)
    return around[min(_ORDER.index(grain), len(around) - 1)]
