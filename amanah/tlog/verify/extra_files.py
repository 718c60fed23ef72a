"""What lies beside the files that a checkpoint needs: partial tiles of earlier sizes, and what goes beyond it.

Partials of every published size are served for good or until their tile is full (tlog-tiles, "Partial Tiles"). Nobody needs
them to check the newest checkpoint, but whoever kept an older one reads them: each must be what the wider tile begins with.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from amanah.tlog import layout
from amanah.tlog.layout import WIDTH, Malformed, Span
from amanah.tlog.merkle import leaf_hash, tree_root
from amanah.tlog.tile_reader import Files, Listing
from amanah.tlog.verify.rebuild import first_difference
from amanah.tlog.verify.report import Report


def compare(files: Files, size: int, listing: Listing | None, report: Report) -> None:
    """Hold every file beside those of a log of `size` entries against them: those listed, or the ones that may be served.

    Without a listing these are the narrower partials of each level's last tile, at most 255 a level and the bundles.
    """
    beside = _Beside(files, size, report)
    others = beside.among(listing()) if listing else _narrower(size)
    for (path, span), data in files.ahead(lambda other: files.read(other[0]), others):
        if data is not None:
            beside.compare(path, span, data)


def _narrower(size: int) -> Iterator[tuple[str, Span]]:
    for last in layout.partial_spans(size):
        for width in range(1, last.width):
            span = replace(last, width=width)
            yield span.path, span
            if span.level == 0:
                yield span.bundle, span


def _items(path: str, span: Span, data: bytes) -> Sequence[bytes]:
    """The entries of a bundle, or the hashes of a tile. Raises Malformed unless there are as many as its path says."""
    return (layout.decode_bundle if path == span.bundle else layout.split_hashes)(data, span.width)


class _Beside:
    def __init__(self, files: Files, size: int, report: Report) -> None:
        self._files = files
        self._size = size
        self._report = report
        self._known: tuple[str, Sequence[bytes]] = ("", ())

    def among(self, paths: Iterable[str]) -> Iterator[tuple[str, Span]]:
        """Those of the paths that are beside the log's own; what can be no file of any log is told."""
        for path in paths:
            span = layout.read_path(path)
            if span is None:
                self._report.find(path, None, f"{path} is no file of a log")
            elif span.width != self._covered(span):
                yield path, span

    def _covered(self, span: Span) -> int:
        """How many hashes the signed tree has in this tile."""
        return max(0, min(WIDTH, (self._size >> (8 * span.level)) - span.number * WIDTH))

    def compare(self, path: str, span: Span, data: bytes) -> None:
        """Hold one file against those of the same tile that a reader needs, as far as both reach."""
        try:
            items = _items(path, span, data)
        except Malformed as error:
            self._report.find(path, None, f"{path}: {error}")
            return
        covered = self._covered(span)
        others = [covered, WIDTH] if span.width > covered else [covered]
        if not all(self._agrees(path, items, replace(span, width=width)) for width in others if width):
            return
        if span.width < covered:
            self._report.earlier += 1
            return
        self._report.beyond.append(path)
        if path == span.path:
            self._compare_beyond(path, items[covered:], span, covered)

    def _agrees(self, path: str, items: Sequence[bytes], other: Span) -> bool:
        """Whether a file begins as the one of another width does; one that is not there, or broken, is told elsewhere."""
        bundle = path.startswith("tile/entries/")
        known = self._read(other.bundle if bundle else other.path, other, bundle)
        shared = min(len(items), len(known))
        at = first_difference(items[:shared], known[:shared])
        if at is not None:
            index = other.first + (at << (8 * other.level))
            self._report.find(path, index, f"{path} and the wider file of this tile differ from entry {index} on")
        return at is None

    def _read(self, path: str, span: Span, bundle: bool) -> Sequence[bytes]:
        # The partials of one tile come one after the other: the last one read is worth remembering.
        if self._known[0] != path:
            data = self._files.bundle(span) if bundle else self._files.tile(span)
            try:
                self._known = (path, _items(path, span, data) if data is not None else ())
            except Malformed:
                self._known = (path, ())
        return self._known[1]

    def _compare_beyond(self, path: str, hashes: Sequence[bytes], span: Span, covered: int) -> None:
        for own, built in zip(hashes, self._built(span, covered), strict=False):
            if built is not None and own != built:
                self._report.find(
                    path, None, f"{path} goes beyond the checkpoint, and is not built over what is below it"
                )
                return

    def _built(self, span: Span, covered: int) -> Iterator[bytes | None]:
        """A tile's hashes from number `covered` on, built over what is below them; None where that is not there."""
        if span.level == 0:
            yield from map(leaf_hash, self._read(span.bundle, span, bundle=True)[covered:])
            return
        first = span.number * WIDTH
        for number in range(first + covered, first + span.width):
            below = Span(span.level - 1, number, WIDTH)
            hashes = self._read(below.path, below, bundle=False)
            yield tree_root(hashes) if hashes else None
