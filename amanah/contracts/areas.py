"""Area codes of the Ministry of Home Affairs (Kemendagri): `PP.RR.DD.VVVV` at four levels, and `ID` for the nation."""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any

from pydantic import StringConstraints

NATION = "ID"
PATTERN = r"^(ID|[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?)$"
_pattern = re.compile(PATTERN)

AreaCode = Annotated[str, StringConstraints(pattern=PATTERN)]


class AreaLevel(StrEnum):
    """Level of an area."""

    NATION = "NATION"
    PROVINCE = "PROVINCE"
    REGENCY = "REGENCY"
    DISTRICT = "DISTRICT"
    VILLAGE = "VILLAGE"


_LEVELS = (AreaLevel.PROVINCE, AreaLevel.REGENCY, AreaLevel.DISTRICT, AreaLevel.VILLAGE)


def is_code(text: str) -> bool:
    """Checks that `text` has the form of an area code; no area need have that code."""
    return _pattern.fullmatch(text) is not None


def level(code: str) -> AreaLevel:
    """The level that the form of `code` says."""
    return AreaLevel.NATION if code == NATION else _LEVELS[code.count(".")]


def parent(code: str) -> str | None:
    """The code one level up; None above the nation."""
    if code == NATION:
        return None
    head, dot, _ = code.rpartition(".")
    return head if dot else NATION


def lineage(code: str) -> list[str]:
    """`code` and everything above it, the nation first."""
    path = [code]
    while (above := parent(path[-1])) is not None:
        path.append(above)
    return path[::-1]


def contains(outer: str, inner: str) -> bool:
    """Tells whether `inner` is `outer` or lies in it."""
    return outer == NATION or inner == outer or inner.startswith(outer + ".")


class Scope:
    """The areas a viewer may see: everything at and below each code. Every store query takes one."""

    def __init__(self, codes: Iterable[str]) -> None:
        unique = set(codes)
        self.codes = tuple(sorted(c for c in unique if not any(o != c and contains(o, c) for o in unique)))

    def covers(self, code: str) -> bool:
        """Tells whether the area `code` lies in the scope."""
        return any(contains(own, code) for own in self.codes)

    def narrowed(self, code: str | None) -> "Scope":
        """The part of this scope that lies in `code`; all of it when `code` is None; empty when they do not meet."""
        if code is None:
            return self
        if self.covers(code):
            return Scope([code])
        return Scope(own for own in self.codes if contains(code, own))

    def condition(self, field: str) -> dict[str, Any]:
        """The store condition that `field` holds an area code of this scope; it uses an index on `field`."""
        if NATION in self.codes:
            return {}
        ranges = [{field: _at_and_below(code)} for code in self.codes]
        if not ranges:
            return {field: {"$in": []}}
        return ranges[0] if len(ranges) == 1 else {"$or": ranges}

    def touching(self, field: str) -> dict[str, Any]:
        """The store condition that the area in `field` lies in this scope, or has a part of it within."""
        above = {code for own in self.codes for code in lineage(own)[:-1]}
        return {"$or": [self.condition(field), {field: {"$in": sorted(above)}}]}

    def __bool__(self) -> bool:
        return bool(self.codes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scope) and self.codes == other.codes

    def __hash__(self) -> int:
        return hash(self.codes)

    def __repr__(self) -> str:
        return f"Scope({list(self.codes)})"


def _at_and_below(code: str) -> Any:
    """One condition, since not every store uses an index for alternatives. No two codes of a level differ in length, and "/"
    is the character after ".": the half-open range has the code and those below it, and a village has none below it.
    """
    return code if level(code) is AreaLevel.VILLAGE else {"$gte": code, "$lt": code + "/"}
