"""Search terms of an entry, and its place in the order of lists.

A list of the entries with a term is scanned from the newest on, a few entries at a time, however many there are. A store finds
few documents quickly only if it is asked for a short range, so the ends of short ranges have to be found first. The levels
serve that. By the digits of a hash of its id, one entry in `STEP` has its terms on level 1 too, one in
`STEP`^2 on level 2, and so on: a skip list, as terms. Between two neighbours of a level lie about `STEP` of the level
below, whatever the term and however the entries are spread over time. Nothing is counted or changed when an entry is added.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from amanah.contracts.areas import NATION, Scope, is_code, lineage
from amanah.contracts.audit.proofs import PROVES
from services.audit.search.rules.entry import Entry

TERMS = 2
"""The version of the terms: one more whenever an entry gets others than before, so that stored entries are updated."""

STEP = 32
TOP = 4
"""The highest level: among ten million entries it has ten."""

EVERY = "*"
"""The term of every entry."""

FIRST, LAST = "", "~"
"""Places at and above everything in the order."""

_WORDS = 200
_SHORT = 64
_WORD = re.compile(r"\w+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = re.compile(r"[0-9a-f]{22}")


def order_at(moment: datetime) -> str:
    """Returns the place in the order at which a moment's entries begin. Times are in milliseconds, rounded up."""
    milliseconds = -((_EPOCH - moment) // timedelta(milliseconds=1))
    return f"{max(milliseconds, 0):012x}"


def order_of(entry: Entry, index: int) -> str:
    """Returns an entry's place in the order: by its own time, then by its index."""
    return f"{order_at(entry.time)}{index:010x}"


def is_order(text: str) -> bool:
    """Tests that `text` is a place in the order."""
    return _PLACE.fullmatch(text) is not None


def entry_terms(entry: Entry) -> list[str]:
    """Returns the terms of an entry, on each of its levels."""
    terms = sorted(set(_terms(entry)))
    return [on_level(level, term) for level in range(_height(entry.id) + 1) for term in terms]


def on_level(level: int, term: str) -> str:
    """Returns a term on a level. On level 0, all entries that match have it."""
    return f"{level}{term}"


def actor_term(actor_id: str) -> str:
    """Returns the term of an actor's entries."""
    return _term("by", actor_id)


def subject_term(subject_id: str) -> str:
    """Returns the term of entries with this subject."""
    return _term("of", subject_id)


def about_term(subject_id: str) -> str:
    """Returns the term of entries whose subject, actor or related id it is."""
    return _term("about", subject_id)


def evidence_term(action: str, proven_id: str) -> str:
    """Returns the term of entries with an action of `PROVES` that are evidence of this id."""
    return _term("proves", f"{action}:{proven_id}")


def action_term(action: str) -> str:
    """Returns the term of entries with an action, or with all that begin with `action` if it ends in a colon."""
    return _term("does", action)


def authority_term(authority: str) -> str:
    """Returns the term of entries with this authority, in whatever case and spacing."""
    return _term("under", " ".join(_fold(authority).split()))


def area_term(area: str) -> str:
    """Returns the term of entries whose actor acted for an area at or below this one, or whose subject lies there."""
    return EVERY if area == NATION else _term("in", area)


def word_terms(text: str) -> list[str]:
    """Returns a term for each word of a reason, for the first 200 different ones."""
    return [_term("says", word) for word in dict.fromkeys(_WORD.findall(_fold(text)))][:_WORDS]


def _terms(entry: Entry) -> Iterator[str]:
    yield from (EVERY, actor_term(entry.actor_id), subject_term(entry.subject_id))
    concerned = {entry.actor_id, entry.subject_id, *(concern.id for concern in entry.concerns)}
    yield from map(about_term, concerned - {""})
    if proven := _proven_id(entry):
        yield evidence_term(entry.action, proven)
    yield action_term(entry.action)
    yield from (action_term(entry.action[: colon.end()]) for colon in re.finditer(":", entry.action))
    if entry.authority:
        yield authority_term(entry.authority)
    areas = {above for area in (entry.area, entry.actor_area) if is_code(area) for above in lineage(area)}
    yield from map(area_term, areas - {NATION})
    yield from word_terms(entry.reason)


def _proven_id(entry: Entry) -> str | None:
    kind = PROVES.get(entry.action)
    if kind == entry.subject_type:
        return entry.subject_id
    return next((concern.id for concern in entry.concerns if concern.type == kind), None)


def _term(kind: str, value: str) -> str:
    """Returns a short term: a long value is replaced by its hash."""
    if len(value) > _SHORT:
        value = "#" + sha256(value.encode()).hexdigest()[:32]
    return f"{kind}:{value}"


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _height(entry_id: str) -> int:
    digits = int.from_bytes(sha256(entry_id.encode()).digest()[:8])
    height = 0
    while height < TOP and digits % STEP == 0:
        digits //= STEP
        height += 1
    return height


Terms = tuple[str, ...]
"""Alternatives: an entry has to have one of them."""


@dataclass(frozen=True)
class OrderRange:
    """A range of the order: from `low` on and below `high`."""

    low: str = FIRST
    high: str = LAST

    def below(self, place: str | None) -> "OrderRange":
        """Returns the part of it below a place; all of it for None."""
        return self if place is None else OrderRange(self.low, min(self.high, place))


@dataclass(frozen=True)
class SearchFilters:
    """Filters of a list: entries with all of `terms`, of this area, whose action begins so, in this range."""

    terms: Terms = ()
    area: str | None = None
    action: str = ""
    within: OrderRange = OrderRange()


@dataclass(frozen=True)
class Conditions:
    """Conditions on an entry: it has a term of `sight`, the viewer's scope, and one of each of `others`."""

    sight: Terms
    others: tuple[Terms, ...]
    action: str

    @classmethod
    def of(cls, scope: Scope, filters: SearchFilters) -> "Conditions":
        """Derives the conditions. An area within the viewer's scope narrows `sight`; another is one more condition."""
        others = [(term,) for term in filters.terms]
        if filters.area is None:
            sight = tuple(map(area_term, scope.codes))
        elif scope.covers(filters.area):
            sight = (area_term(filters.area),)
        else:
            sight = tuple(map(area_term, scope.codes))
            others.append((area_term(filters.area),))
        return cls(sight, tuple(others), filters.action)

    def hold(self, found: Collection[str], action: str) -> bool:
        """Tests that they hold for an entry with these terms and this action."""
        have = set(found)
        return action.startswith(self.action) and all(
            any(on_level(0, term) in have for term in terms) for terms in (self.sight, *self.others)
        )
