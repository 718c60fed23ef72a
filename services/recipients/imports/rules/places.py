"""Finds the village of a row by its area code, or by the names on the path from province to village.

Names are compared without case, spaces and punctuation, and without the words for the kind of area (KAB., KOTA, KEC.,
DESA, KEL. ...). A path that fits no village is unknown, one that fits several is ambiguous; nothing is guessed.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple, Protocol

from amanah.contracts.areas import NATION, is_code


class AreaLookup(Protocol):
    """The table of areas in force, as far as it is needed to find villages."""

    def get(self, code: str) -> object | None:
        """The area with this code, None when there is none."""

    def name(self, code: str) -> str:
        """The area's name."""

    def children(self, code: str) -> Sequence[str]:
        """The codes one level below."""


class PlacePath(NamedTuple):
    """Place as a row names it; empty strings for empty cells."""

    area_code: str = ""
    village: str = ""
    district: str = ""
    regency: str = ""
    province: str = ""


@dataclass(frozen=True)
class PlaceMatch:
    """Code of a village; or an error code, and the field that is wrong."""

    code: str | None = None
    fault: str | None = None
    field: str = "village"


LEVELS = ("province", "regency", "district", "village")

# Words before a name, by level, and the kind of area that they tell, if any.
_KIND_WORDS: dict[str, tuple[tuple[str, str], ...]] = {
    "province": ((r"PROVINSI|PROPINSI|PROV", ""),),
    "regency": (
        (r"KABUPATEN ADMINISTRASI|KABUPATEN ADM|KAB ADM|KABUPATEN|KAB", "regency"),
        (r"KOTA ADMINISTRASI|KOTA ADM|KOTAMADYA|KODYA|KOTA", "city"),
    ),
    "district": ((r"KECAMATAN|KEC|DISTRIK|KAPANEWON|KEMANTREN", ""),),
    "village": (
        (r"KELURAHAN|KEL|LURAH", "urban"),
        (r"DESA|DS|GAMPONG|NAGARI|KALURAHAN|PEKON|KAMPUNG|KAMPONG|KP", "rural"),
    ),
}
_PREFIXES = {
    level: tuple((re.compile(rf"^(?:{words})\s+(?=\S)"), kind) for words, kind in table)
    for level, table in _KIND_WORDS.items()
}

# Other names of provinces, by the name in the table.
_ALIASES = {
    "DAERAHKHUSUSIBUKOTAJAKARTA": ("DKIJAKARTA", "DKI", "JAKARTA", "DAERAHKHUSUSJAKARTA", "DKJ", "DKJAKARTA"),
    "DAERAHISTIMEWAYOGYAKARTA": ("DIYOGYAKARTA", "DIY", "YOGYAKARTA", "JOGJAKARTA"),
    "ACEH": ("NANGGROEACEHDARUSSALAM", "NAD"),
    "KEPULAUANBANGKABELITUNG": ("BANGKABELITUNG", "BABEL", "KEPBANGKABELITUNG"),
    "KEPULAUANRIAU": ("KEPRIAU", "KEPRI"),
    "NUSATENGGARABARAT": ("NTB",),
    "NUSATENGGARATIMUR": ("NTT",),
    "SUMATERAUTARA": ("SUMATRAUTARA", "SUMUT"),
    "SUMATERABARAT": ("SUMATRABARAT", "SUMBAR"),
    "SUMATERASELATAN": ("SUMATRASELATAN", "SUMSEL"),
    "JAWABARAT": ("JABAR",),
    "JAWATENGAH": ("JATENG",),
    "JAWATIMUR": ("JATIM",),
}


def _words(text: str) -> str:
    return " ".join(re.sub(r"[^A-Z0-9]+", " ", text.upper()).split())


class _Name(NamedTuple):
    """Name for comparison: in full, without a first word for the kind of area, and that kind."""

    full: str
    bare: str
    kind: str


@lru_cache(maxsize=200_000)
def _name(level: str, text: str) -> _Name:
    words = _words(text)
    for pattern, kind in _PREFIXES[level]:
        bare = pattern.sub("", words)
        if bare != words:
            return _Name(words.replace(" ", ""), bare.replace(" ", ""), kind)
    key = words.replace(" ", "")
    return _Name(key, key, "")


class _Area(NamedTuple):
    code: str
    name: _Name
    kind: str


def _area(level: str, code: str, text: str) -> _Area:
    name = _name(level, text)
    if level == "village":  # Kemendagri counts urban villages from 1001 and rural ones from 2001
        return _Area(code, name, "urban" if code.rpartition(".")[2].startswith("1") else "rural")
    return _Area(code, name, name.kind)


class Places:
    """Index of the villages of an area table by name. Building it reads the whole table (some 0.5 s)."""

    def __init__(self, table: AreaLookup) -> None:
        self._table = table
        self._by_name: dict[str, dict[str, list[_Area]]] = {level: {} for level in LEVELS}
        self._fill(table.children(NATION), 0)
        self.find = lru_cache(maxsize=100_000)(self._find)

    def _fill(self, codes: Iterable[str], depth: int) -> None:
        level = LEVELS[depth]
        index = self._by_name[level]
        for code in codes:
            area = _area(level, code, self._table.name(code))
            for key in {area.name.full, area.name.bare, *_ALIASES.get(area.name.full, ())}:
                index.setdefault(key, []).append(area)
            if depth + 1 < len(LEVELS):
                self._fill(self._table.children(code), depth + 1)

    def _find(self, path: PlacePath) -> PlaceMatch:
        if path.area_code:
            return self._by_code(path.area_code)
        if not _words(path.village):
            return PlaceMatch(fault="area_missing")
        within: list[_Area] | None = None
        for level in LEVELS:
            name: str = getattr(path, level)
            if _words(name):
                within = self._narrow(level, name, within)
                if not within:
                    return PlaceMatch(fault="area_unknown", field=level)
        if within is None or len(within) != 1:
            return PlaceMatch(fault="area_ambiguous")
        return PlaceMatch(code=within[0].code)

    def _narrow(self, level: str, text: str, within: list[_Area] | None) -> list[_Area]:
        name, index = _name(level, text), self._by_name[level]
        above = None if within is None else {a.code for a in within}

        def below(key: str) -> list[_Area]:
            found = index.get(key, [])
            return found if above is None else [a for a in found if _lies_in(a.code, above)]

        # "Desa Baru" is the name of some villages: the full name takes precedence over the name without its first word.
        if found := below(name.full):
            return [a for a in found if a.name.full == name.full] or found
        found = below(name.bare)
        same_kind = [a for a in found if a.kind == name.kind]
        # A regency and a city with one name are different areas; the kind of a village is often written wrongly.
        return same_kind if same_kind or (level == "regency" and name.kind) else found

    def _by_code(self, text: str) -> PlaceMatch:
        digits = re.sub(r"\D", "", re.sub(r"^(\d{10})\.0+$", r"\1", text.strip()))
        code = f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}.{digits[6:]}"
        if len(digits) != 10 or not is_code(code) or self._table.get(code) is None:
            return PlaceMatch(fault="area_unknown", field="area_code")
        return PlaceMatch(code=code)


@cache
def places_of(table: AreaLookup) -> Places:
    """The index of an area table, built on first use."""
    return Places(table)


def _lies_in(code: str, above: set[str]) -> bool:
    head = code
    while head:
        head, _, _ = head.rpartition(".")
        if head in above:
            return True
    return False
