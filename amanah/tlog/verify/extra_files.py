"""Check of extra files: partial tiles of earlier sizes, and files beyond the checkpoint.

A log serves the partial tiles of every published size at least until the tile is full (tlog-tiles, "Partial Tiles"). The
newest checkpoint verifies without them, but readers with an older one need them: each must be a prefix of the wider tile.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from amanah.tlog import layout
from amanah.tlog.layout import WIDTH, Malformed, Span
from amanah.tlog.merkle import leaf_hash, tree_root
from amanah.tlog.tile_reader import Listing, TileReader
from amanah.tlog.verify.rebuild import first_difference
from amanah.tlog.verify.report import VerificationReport


def check(files: TileReader, size: int, listing: Listing | None, report: VerificationReport) -> None:
    """Compares every extra file of a log of `size` entries with the files of the checkpoint.

    Without a listing these are the narrower partials of each level's last tile, at most 255 a level and as many bundles.
    """
    extra = _ExtraFiles(files, size, report)
    candidates = extra.among(listing()) if listing else _narrower(size)
    for (path, span), data in files.ahead(lambda candidate: files.read(candidate[0]), candidates):
        if data is not None:
            extra.compare(path, span, data)


def _narrower(size: int) -> Iterator[tuple[str, Span]]:
    for last in layout.partial_spans(size):
        for width in range(1, last.width):
            span = replace(last, width=width)
            yield span.path, span
            if span.level == 0:
                yield span.bundle, span


def _items(path: str, span: Span, data: bytes) -> Sequence[bytes]:
    """Returns the entries of a bundle or the hashes of a tile. Raises Malformed unless their number is that in the path."""
    return (layout.decode_bundle if path == span.bundle else layout.split_hashes)(data, span.width)


class _ExtraFiles:
    def __init__(self, files: TileReader, size: int, report: VerificationReport) -> None:
        self._files = files
        self._size = size
        self._report = report
        self._cached: tuple[str, Sequence[bytes]] = ("", ())

    def among(self, paths: Iterable[str]) -> Iterator[tuple[str, Span]]:
        """Yields the paths of extra files; reports paths that no log can have."""
        for path in paths:
            span = layout.parse_path(path)
            if span is None:
                self._report.add(path, None, f"{path} is not a file of a log")
            elif span.width != self._covered(span):
                yield path, span

    def _covered(self, span: Span) -> int:
        """Returns the number of hashes that the signed tree has in this tile."""
        return max(0, min(WIDTH, (self._size >> (8 * span.level)) - span.number * WIDTH))

    def compare(self, path: str, span: Span, data: bytes) -> None:
        """Compares a file with the signed and the full file of the same tile, as far as both reach."""
        try:
            items = _items(path, span, data)
        except Malformed as error:
            self._report.add(path, None, f"{path}: {error}")
            return
        covered = self._covered(span)
        others = [covered, WIDTH] if span.width > covered else [covered]
        if not all(self._agrees(path, items, replace(span, width=width)) for width in others if width):
            return
        if span.width < covered:
            self._report.earlier_files += 1
            return
        self._report.beyond_checkpoint.append(path)
        if path == span.path:
            self._compare_beyond(path, items[covered:], span, covered)

    def _agrees(self, path: str, items: Sequence[bytes], other: Span) -> bool:
        """Tells if a file and that of another width begin alike. A missing or broken file is reported elsewhere."""
        bundle = path.startswith("tile/entries/")
        known = self._read(other.bundle if bundle else other.path, other, bundle)
        shared = min(len(items), len(known))
        at = first_difference(items[:shared], known[:shared])
        if at is not None:
            index = other.first + (at << (8 * other.level))
            self._report.add(path, index, f"{path} and the wider file of this tile differ from entry {index} on")
        return at is None

    def _read(self, path: str, span: Span, bundle: bool) -> Sequence[bytes]:
        # The partials of one tile come one after the other, so caching the last file read is enough.
        if self._cached[0] != path:
            data = self._files.bundle(span) if bundle else self._files.tile(span)
            try:
                self._cached = (path, _items(path, span, data) if data is not None else ())
            except Malformed:
                self._cached = (path, ())
        return self._cached[1]

    def _compare_beyond(self, path: str, hashes: Sequence[bytes], span: Span, covered: int) -> None:
        for own, built in zip(hashes, self._built(span, covered), strict=False):
            if built is not None and own != built:
                self._report.add(path, None, f"{path} is beyond the checkpoint and does not match the tiles below it")
                return

    def _built(self, span: Span, covered: int) -> Iterator[bytes | None]:
        """Computes a tile's hashes from number `covered` on from the files below; None where these are missing."""
        if span.level == 0:
            yield from map(leaf_hash, self._read(span.bundle, span, bundle=True)[covered:])
            return
        first = span.number * WIDTH
        for number in range(first + covered, first + span.width):
            below = Span(span.level - 1, number, WIDTH)
            hashes = self._read(below.path, below, bundle=False)
            yield tree_root(hashes) if hashes else None
