"""Others who hash the entries of a copy at hand: each full tile stands alone, only its root is needed here."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from itertools import islice

from amanah.tlog import layout
from amanah.tlog.layout import WIDTH, Span
from amanah.tlog.merkle import leaf_hash, tree_root
from amanah.tlog.tile_reader import Fetch

_PART = 32
"""So many tiles are handed over at once: some 15 milliseconds of hashing, against a fraction of one for handing over."""


@dataclass(frozen=True)
class Hashers:
    """An executor that does `number` things at once. It is asked where `least` entries or more are to be read.

    Starting a process takes as long as hashing some 50,000 entries.
    """

    pool: Executor
    number: int
    least: int = 1 << 16

    def roots(self, fetch: Fetch, spans: Iterable[Span]) -> Iterator[tuple[Span, bytes | None]]:
        """Each tile of level 0 with the root over its entries, in order; None unless it is full and served as built.

        None says no more than that somebody else must look: what a hasher meets, a failed read too, is found again then.
        Two parts a hasher are under way, so that memory does not grow.
        """
        rest = iter(spans)
        pending: deque[tuple[list[Span], Future[list[bytes | None]]]] = deque()
        while part := list(islice(rest, _PART)):
            pending.append((part, self.pool.submit(_roots, fetch, part)))
            if len(pending) >= 2 * self.number:
                yield from _answered(*pending.popleft())
        while pending:
            yield from _answered(*pending.popleft())


def _answered(part: list[Span], answer: Future[list[bytes | None]]) -> Iterator[tuple[Span, bytes | None]]:
    try:
        roots = answer.result()
    except Exception:  # The hasher itself is lost: what it was asked is looked at here.
        roots = [None] * len(part)
    return zip(part, roots, strict=True)


def _roots(fetch: Fetch, part: Iterable[Span]) -> list[bytes | None]:
    return [_root(fetch, span) for span in part]


def _root(fetch: Fetch, span: Span) -> bytes | None:
    if span.width < WIDTH:
        return None
    try:
        bundle, tile = fetch(span.bundle), fetch(span.path)
    except Exception:  # Whoever looks again meets it in its place, after all entries before it.
        return None
    entries, whole = layout.split_bundle(bundle)
    leaves = [leaf_hash(entry) for entry in entries]
    return tree_root(leaves) if whole and len(leaves) == WIDTH and tile == b"".join(leaves) else None
