"""Pages of entries that match filters within a viewer's scope."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from amanah.contracts.areas import NATION, Scope
from amanah.contracts.audit.search import COUNTED
from amanah.runtime.mongo import Collection
from services.audit.search.documents import EntryDocument
from services.audit.search.rules.terms import EVERY, STEP, Conditions, OrderRange, SearchFilters, Terms
from services.audit.search.skip_list import READ, SkipList

_COUNTED_OF = 500
"""The number of entries, from the newest on, among which those that match several conditions are counted."""


@dataclass(frozen=True)
class EntryPage:
    """A page: its entries; the place below which the next page begins, if there may be one; and a lower bound of the total.

    No more than COUNTED are counted; where several conditions hold, among the newest 500 that match the rarest of them.
    """

    entries: Sequence[EntryDocument]
    end: str | None
    total: int


@dataclass(frozen=True)
class _Route:
    """The terms that a page follows: alternatives, the number of entries it may read (None: all), and whether all match."""

    terms: Terms
    most: int | None
    alone: bool = False


async def find_page(
    entries: Collection[EntryDocument], scope: Scope, filters: SearchFilters, first: int, after: str | None
) -> EntryPage:
    """Returns at most `first` entries that match and that the viewer may see, from below the place `after` on."""
    skip_list = SkipList(entries)
    conditions = Conditions.of(scope, filters)
    route = await _route(skip_list, scope, conditions, filters.within)

    def fits(entry: EntryDocument) -> bool:
        return conditions.hold(entry["found"], entry["action"])

    scan = await skip_list.newest(route.terms, filters.within.below(after), fits, enough=first + 1, most=route.most)
    page = scan.entries[:first]
    end = page[-1]["order"] if len(scan.entries) > first else scan.stopped
    if after is None and end is None:
        return EntryPage(page, end, len(page))
    return EntryPage(page, end, max(len(page), await _count(skip_list, route, filters.within, fits)))


async def _route(skip_list: SkipList, scope: Scope, conditions: Conditions, within: OrderRange) -> _Route:
    """Chooses the condition that the fewest entries match.

    A scan that stops because it has read enough shows where it stopped. That must be at an entry that the viewer may see: a
    condition that reaches beyond their scope is scanned to its end, so it is chosen only if few entries match it.
    """
    choices = [terms for terms in (conditions.sight, *conditions.others) if terms != (EVERY,)] or [(EVERY,)]
    if len(choices) == 1:
        return _Route(choices[0], READ, alone=not conditions.action)
    sizes = await asyncio.gather(*(skip_list.estimate(terms, within) for terms in choices))
    sees_all = NATION in scope.codes
    routes = [
        (size, _Route(terms, READ if sees_all or terms is conditions.sight else None))
        for size, terms in zip(sizes, choices, strict=True)
        if sees_all or terms is conditions.sight or size <= READ
    ]
    return min(routes, key=lambda route: route[0])[1]


async def _count(skip_list: SkipList, route: _Route, within: OrderRange, fits: Callable[[EntryDocument], bool]) -> int:
    """Counts entries in the range that match; the result is a lower bound."""
    if not route.alone:
        scan = await skip_list.newest(route.terms, within, fits, enough=COUNTED, most=_COUNTED_OF)
        return len(scan.entries)
    # With twice as many on the next level as there should be, there are enough, as good as certainly.
    sample = 2 * COUNTED // STEP
    if len((await skip_list.newest(route.terms, within, fits, enough=sample, level=1)).entries) == sample:
        return COUNTED
    return len((await skip_list.newest(route.terms, within, fits, enough=COUNTED)).entries)
