"""Reader of a log's files (C2SP tlog-tiles): tiles and entry bundles by position, or any file by its path."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self, TypeVar

from amanah.tlog import layout
from amanah.tlog.layout import HASH_BYTES, WIDTH, Malformed, Span

Fetch = Callable[[str], bytes]
"""Returns the file at a path of the log; called from several threads at once. Raises LookupError, as Missing, without one."""
Listing = Callable[[], Iterable[str]]
"""Returns the paths of all files below `tile/`, those of one folder together; only a local copy of a log can be listed."""

_THREADS = 8
_AHEAD = 16

T = TypeVar("T")
R = TypeVar("R")


class Missing(LookupError):
    """The log does not serve this path."""


class TileReader:
    """Reads the files of a log; a context in which threads read ahead.

    A `local` copy is read without threads: handing a file from thread to thread costs more than reading it.
    """

    def __init__(self, fetch: Fetch, *, local: bool = False) -> None:
        self.fetch = fetch
        self._local = local
        self._pool = ThreadPoolExecutor(_THREADS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def read(self, path: str) -> bytes | None:
        """Returns the file at `path`; None when it is not served."""
        try:
            return self.fetch(path)
        except LookupError:
            return None

    def tile(self, span: Span) -> bytes | None:
        """Returns a tile; a partial one may be cut from the full one (tlog-tiles, "Partial Tiles")."""
        data = self.read(span.path)
        if data is None and span.width < WIDTH:
            full = self.read(layout.tile_path(span.level, span.number))
            return full and full[: span.width * HASH_BYTES]
        return data

    def bundle(self, span: Span) -> bytes | None:
        """Returns an entry bundle; a partial one may be cut from the full one."""
        data = self.read(span.bundle)
        if data is None and span.width < WIDTH:
            full = self.read(layout.bundle_path(span.number))
            try:
                return full and layout.cut_bundle(full, span.width)
            except Malformed:
                return full
        return data

    def ahead(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[tuple[T, R]]:
        """Yields each item with the result of `work`, in order; a bounded number of items is worked on ahead."""
        if self._local:
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
