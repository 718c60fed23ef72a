"""Skip list over the entries: reads those with a term, from the newest on.

A scan reads short ranges of the order and keeps what fits; `rules/terms.py` says how the ranges are found. So its cost depends
on the number of entries that it reads, and hardly on the length of the log.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from amanah.runtime.mongo import Collection
from services.audit.search.documents import EntryDocument
from services.audit.search.rules.terms import STEP, TOP, OrderRange, Terms, on_level

READ = 2_000
"""The number of entries that a scan reads at most."""

_A_FEW = 4


@dataclass(frozen=True)
class Scan:
    """Result of a scan: the entries that fit, the newest first, and the place of the last one read, unless it was the very last."""

    entries: list[EntryDocument]
    stopped: str | None = None


class SkipList:
    """The skip list over a collection of entries."""

    def __init__(self, entries: Collection[EntryDocument]) -> None:
        self._entries = entries

    async def newest(
        self,
        terms: Terms,
        within: OrderRange,
        fits: Callable[[EntryDocument], bool],
        *,
        enough: int,
        most: int | None = READ,
        level: int = 0,
    ) -> Scan:
        """Returns the newest `enough` entries in the range that have one of the terms on this level and fit.

        It reads at most `most` entries with one of the terms; None reads all.
        """
        fitting: list[EntryDocument] = []
        read, last = 0, None
        async with aclosing(self._parts(terms, within, TOP, level)) as parts:
            async for part in parts:
                for entry in await self._read(terms, level, part):
                    if read == most or len(fitting) == enough:
                        return Scan(fitting, last)
                    read, last = read + 1, entry["order"]
                    if fits(entry):
                        fitting.append(entry)
        return Scan(fitting)

    async def estimate(self, terms: Terms, within: OrderRange) -> int:
        """Estimates the number of entries in the range with one of the terms, from the highest level that has a few of them."""
        for level in range(TOP, 1, -1):
            there = len(await self._read(terms, level, within))
            if there >= _A_FEW:
                return int(there * STEP**level)
        return STEP * len(await self._read(terms, 1, within))

    async def _parts(
        self, terms: Terms, within: OrderRange, level: int, lowest: int
    ) -> AsyncGenerator[OrderRange, None]:
        """Yields the range in short parts, the newest first: cut at the entries of this level, each part at those below it."""
        if level == lowest:
            yield within
            return
        cuts = [entry["order"] for entry in await self._read(terms, level, within)]
        for low, high in zip([*cuts, within.low], [within.high, *cuts], strict=True):
            async with aclosing(self._parts(terms, OrderRange(low, high), level - 1, lowest)) as parts:
                async for part in parts:
                    yield part

    async def _read(self, terms: Terms, level: int, within: OrderRange) -> Sequence[EntryDocument]:
        """Returns all entries in the range with one of the terms on this level, the newest first.

        One term and one range a query, and whole documents: the embedded store uses no more of an index than that, and takes
        longer to project a document than to return it.
        """
        bounds = {"$gte": within.low, "$lt": within.high}
        found = await asyncio.gather(
            *(self._entries.list({"found": on_level(level, term), "order": bounds}) for term in terms)
        )
        once = {entry["order"]: entry for entries in found for entry in entries}
        return [once[place] for place in sorted(once, reverse=True)]
