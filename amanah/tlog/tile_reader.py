"""How a log is read: one file by its path, many a few reads ahead."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self, TypeVar

from amanah.tlog import layout
from amanah.tlog.layout import HASH_BYTES, WIDTH, Malformed, Span

Fetch = Callable[[str], bytes]
"""Reads a path of the log, from several threads at once. Raises LookupError, as Missing, when nothing is there."""
Listing = Callable[[], Iterable[str]]
"""The paths of all files below `tile/`, those of one folder together; only who has a copy of the log at hand can tell."""

_READERS = 8
_AHEAD = 16

T = TypeVar("T")
R = TypeVar("R")


class Missing(LookupError):
    """The log does not serve this path."""


class Files:
    """The files of a log, as they are served; a context in which threads read ahead.

    Of a copy at hand nothing is read ahead: handing files from thread to thread costs more than reading them.
    """

    def __init__(self, fetch: Fetch, *, at_hand: bool = False) -> None:
        self.fetch = fetch
        self._at_hand = at_hand
        self._pool = ThreadPoolExecutor(_READERS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def read(self, path: str) -> bytes | None:
        """What is served at `path`; None when nothing is."""
        try:
            return self.fetch(path)
        except LookupError:
            return None

    def tile(self, span: Span) -> bytes | None:
        """A tile. One that has become full may be served in place of the partial (tlog-tiles, "Partial Tiles")."""
        data = self.read(span.path)
        if data is None and span.width < WIDTH:
            full = self.read(layout.tile_path(span.level, span.number))
            return full and full[: span.width * HASH_BYTES]
        return data

    def bundle(self, span: Span) -> bytes | None:
        """A bundle; the first entries of the full one when it has taken the partial one's place."""
        data = self.read(span.bundle)
        if data is None and span.width < WIDTH:
            full = self.read(layout.bundle_path(span.number))
            try:
                return full and layout.cut_bundle(full, span.width)
            except Malformed:
                return full
        return data

    def ahead(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[tuple[T, R]]:
        """Each item with what `work` makes of it, in order. It is done a little ahead, so that memory does not grow."""
        if self._at_hand:
            yield from ((item, work(item)) for item in items)
            return
        pending: deque[tuple[T, Future[R]]] = deque()
        for item in items:
            pending.append((item, self._pool.submit(work, item)))
            if len(pending) >= _AHEAD:
                first, future = pending.popleft()
                yield first, future.result()
        while pending:
            first, future = pending.popleft()
            yield first, future.result()
