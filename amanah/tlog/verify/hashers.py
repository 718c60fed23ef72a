"""Parallel hashing of the full tiles of a local copy: of each tile only the root is returned."""

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
"""Tiles per task: some 15 ms of hashing, against a fraction of a millisecond for sending the task."""


@dataclass(frozen=True)
class Hashers:
    """An executor of `number` parallel tasks, used when `least` entries or more are to be read.

    Starting a process takes as long as hashing some 50,000 entries.
    """

    pool: Executor
    number: int
    least: int = 1 << 16

    def roots(self, fetch: Fetch, spans: Iterable[Span]) -> Iterator[tuple[Span, bytes | None]]:
        """Yields each tile of level 0 with the root over its entries, in order; None unless it is full and consistent.

        None means that the caller must check the tile itself, and so meets whatever the hasher met, a failed read too.
        At most two tasks a hasher are pending, so memory does not grow with the log.
        """
        rest = iter(spans)
        pending: deque[tuple[list[Span], Future[list[bytes | None]]]] = deque()
        while part := list(islice(rest, _PART)):
            pending.append((part, self.pool.submit(_roots, fetch, part)))
            if len(pending) >= 2 * self.number:
                yield from _results(*pending.popleft())
        while pending:
            yield from _results(*pending.popleft())


def _results(part: list[Span], future: Future[list[bytes | None]]) -> Iterator[tuple[Span, bytes | None]]:
    try:
        roots = future.result()
    except Exception:  # The hasher died: the caller checks its tiles.
        roots = [None] * len(part)
    return zip(part, roots, strict=True)


def _roots(fetch: Fetch, part: Iterable[Span]) -> list[bytes | None]:
    return [_root(fetch, span) for span in part]


def _root(fetch: Fetch, span: Span) -> bytes | None:
    if span.width < WIDTH:
        return None
    try:
        bundle, tile = fetch(span.bundle), fetch(span.path)
    except Exception:  # The caller meets the same error in order, after all entries before it.
        return None
    entries, whole = layout.split_bundle(bundle)
    leaves = [leaf_hash(entry) for entry in entries]
    return tree_root(leaves) if whole and len(leaves) == WIDTH and tile == b"".join(leaves) else None
