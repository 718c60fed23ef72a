"""Walks along entries with a term, from the newest on.

A walk reads short parts of the order, and keeps what fits (`domain/terms.py` says how the parts are found). So what it costs
depends on how many entries it reads, and hardly on how many there are.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from amanah.runtime.mongo import Collection
from amanah.runtime.tables import Document
from services.audit.search.rules.terms import STEP, TOP, Span, Terms, on

READ = 2_000
"""How many entries a walk reads at most."""

_A_FEW = 4


@dataclass(frozen=True)
class Walked:
    """The entries that fitted, the newest first; and the place of the last that was read, unless it was the very last."""

    entries: list[Document]
    stopped: str | None = None


class Walks:
    """Walks over a collection of entries."""

    def __init__(self, documents: Collection[Document]) -> None:
        self._documents = documents

    async def along(
        self,
        terms: Terms,
        span: Span,
        fits: Callable[[Document], bool],
        *,
        enough: int,
        most: int | None = READ,
        level: int = 0,
    ) -> Walked:
        """The newest `enough` entries of the span that have one of the terms on this level and fit, of the first `most` that
        have one.
        """
        fitting: list[Document] = []
        read, last = 0, None
        async with aclosing(self._parts(terms, span, TOP, level)) as parts:
            async for part in parts:
                for entry in await self._read(terms, level, part):
                    if read == most or len(fitting) == enough:
                        return Walked(fitting, last)
                    read, last = read + 1, entry["order"]
                    if fits(entry):
                        fitting.append(entry)
        return Walked(fitting)

    async def size(self, terms: Terms, span: Span) -> int:
        """About how many entries of the span have one of the terms, as the highest level tells that has a few of them."""
        for level in range(TOP, 1, -1):
            there = len(await self._read(terms, level, span))
            if there >= _A_FEW:
                return int(there * STEP**level)
        return STEP * len(await self._read(terms, 1, span))

    async def _parts(self, terms: Terms, span: Span, level: int, lowest: int) -> AsyncGenerator[Span, None]:
        """The span in short parts, the newest first: cut at the entries of this level, and each part at those below it."""
        if level == lowest:
            yield span
            return
        cuts = [entry["order"] for entry in await self._read(terms, level, span)]
        for low, high in zip([*cuts, span.low], [span.high, *cuts], strict=True):
            async with aclosing(self._parts(terms, Span(low, high), level - 1, lowest)) as parts:
                async for part in parts:
                    yield part

    async def _read(self, terms: Terms, level: int, span: Span) -> Sequence[Document]:
        """All entries of the span with one of the terms on this level, the newest first.

        One term and one range a query, and whole documents: the embedded store uses no more of an index than that, and takes
        longer to leave something out of a document than to hand it over.
        """
        within = {"$gte": span.low, "$lt": span.high}
        found = await asyncio.gather(
            *(self._documents.list({"found": on(level, term), "order": within}) for term in terms)
        )
        once = {entry["order"]: entry for entries in found for entry in entries}
        return [once[place] for place in sorted(once, reverse=True)]
