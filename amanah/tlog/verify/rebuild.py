"""Rebuild of a log's tree from its entries, in one pass and with constant memory, comparing every served tile."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import zip_longest

from amanah.tlog import layout
from amanah.tlog.layout import HASH_BYTES, WIDTH, Span, Tile
from amanah.tlog.merkle import RightEdge, leaf_hash
from amanah.tlog.tile_reader import Fetch, TileReader
from amanah.tlog.verify.report import VerificationReport

Served = tuple[bytes | None, bytes | None]
Roots = Callable[[Fetch, Iterable[Span]], Iterator[tuple[Span, bytes | None]]]

_STEP = 1 << 16
"""Entries between two saves: a fraction of a second of hashing, a few seconds over a network."""


class Rebuild:
    """Hashes the entries of a log of `size` entries, rebuilds the tiles from them, and compares these with the served ones.

    `edge` is that of the entries which are not read again. Rebuilt tiles in `wanted` are stored for `hashes`. `roots`
    yields the roots of full, consistent tiles, where they are hashed in parallel (see `Hashers.roots`).
    """

    def __init__(
        self,
        files: TileReader,
        size: int,
        edge: RightEdge,
        wanted: Collection[Span],
        report: VerificationReport,
        roots: Roots | None = None,
    ) -> None:
        self.edge = edge
        self._stored: dict[Span, tuple[bytes, ...]] = {}
        self._files = files
        self._size = size
        self._wanted = wanted
        self._report = report
        self._roots = roots

    def run(self, progress: Callable[[int, int], None], save: Callable[[], None]) -> bool:
        """Runs the pass; returns False when too many files are missing. Calls `save` on the way, and when it is interrupted."""
        saved = self.edge.size
        spans = layout.level_spans(0, self._size, self.edge.size // WIDTH)
        try:
            for span, result in self._results(spans):
                if isinstance(result, bytes):
                    self._append_tile(result)
                elif (leaves := self._leaves(span, *result)) is not None:
                    self._append(span, leaves)
                else:
                    self._report.stopped_at = span.first
                    return False
                progress(self.edge.size, self._size)
                if saved + _STEP <= self.edge.size < self._size:
                    saved = self.edge.size
                    save()
        finally:
            if saved < self.edge.size < self._size:
                save()
        self._compare(self.edge.partials())
        return True

    def hashes(self, span: Span) -> Sequence[bytes]:
        """Returns the hashes of a wanted tile: as rebuilt, or as served where an earlier run rebuilt it. Raises LookupError."""
        if span not in self._stored:
            served = self._files.tile(span)
            if served is None or len(served) != span.width * HASH_BYTES:
                raise LookupError(span.path)
            return chunks(served)
        return self._stored[span]

    def _results(self, spans: Iterable[Span]) -> Iterator[tuple[Span, bytes | Served]]:
        """Yields each tile of level 0 with its root, when a hasher verified it and that is enough, or with its two files."""
        if self._roots is None:
            yield from self._files.ahead(self._read, spans)
            return
        for span, root in self._roots(self._files.fetch, spans):
            enough = span not in self._wanted and not self.edge.unfilled
            yield span, root if root is not None and enough else self._read(span)

    def _read(self, span: Span) -> Served:
        return self._files.bundle(span), self._files.tile(span)

    def _leaves(self, span: Span, bundle: bytes | None, tile: bytes | None) -> list[bytes] | None:
        """Returns the leaf hashes under `span`, from its entries or, without these, from its tile; None without both."""
        entries, whole = layout.split_bundle(bundle or b"")
        leaves = [leaf_hash(entry) for entry in entries]
        whole = whole and len(leaves) == span.width
        self._report.tiles += tile is not None
        self._report.entries += len(leaves)
        if whole and tile == b"".join(leaves):
            return leaves
        self._explain(span, bundle, tile, leaves, whole)
        if whole:
            return leaves
        return chunks(tile) if tile is not None and len(tile) == span.width * HASH_BYTES else None

    def _explain(
        self, span: Span, bundle: bytes | None, tile: bytes | None, leaves: Sequence[bytes], whole: bool
    ) -> None:
        if bundle is None:
            self._report.add(span.bundle, span.first, f"{span.bundle} is missing")
        if tile is None:
            self._report.add(span.path, span.first, f"{span.path} is missing")
        elif bundle is not None and (at := first_difference(leaves, chunks(tile))) is not None:
            index = span.first + min(at, span.width - 1)
            self._report.add(span.bundle, index, f"entry {index} in {span.bundle} and its hash in {span.path} differ")
            return
        elif len(tile) != span.width * HASH_BYTES:
            self._report.add(span.path, span.first, f"{span.path} does not hold {span.width} hashes")
        if bundle is not None and not whole:
            first_missing = span.first + len(leaves) if len(leaves) < span.width else None
            message = f"{span.bundle} does not hold exactly {span.width} entries"
            self._report.add(span.bundle, first_missing, message)

    def _append_tile(self, root: bytes) -> None:
        self._report.tiles += 1
        self._report.entries += WIDTH
        self._compare(self.edge.append_tile(root))

    def _append(self, span: Span, leaves: Sequence[bytes]) -> None:
        """Appends the leaves that are not on the edge yet; those that an earlier run verified must be the same."""
        known = self.edge.unfilled
        at = first_difference(known, leaves[: len(known)])
        if at is not None:
            index = span.first + at
            self._report.add(span.bundle, index, f"entry {index} is not the one that an earlier run verified")
        self._compare(self.edge.extend(leaves[len(known) :]))

    def _compare(self, tiles: Sequence[Tile]) -> None:
        for tile in tiles:
            if tile.span in self._wanted:
                self._stored[tile.span] = tile.hashes
            if tile.level > 0:
                self._compare_above(tile)

    def _compare_above(self, tile: Tile) -> None:
        """Compares a tile above level 0 with the served one; reports a difference unless a finding below explains it."""
        span = tile.span
        served = self._files.tile(span)
        if served is None:
            self._report.add(span.path, span.first, f"{span.path} is missing")
            return
        self._report.tiles += 1
        if served == tile.data:
            return
        at = first_difference(tile.hashes, chunks(served))
        leaves = 1 << (8 * tile.level)
        first = span.first + min(at or 0, span.width - 1) * leaves
        if not any(f.index is not None and first <= f.index < first + leaves for f in self._report.findings):
            self._report.add(span.path, first, f"{span.path} does not match the entries from {first} on")


def chunks(tile: bytes) -> list[bytes]:
    """Splits a tile of any length into hashes."""
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]


def first_difference(ours: Sequence[bytes], served: Sequence[bytes]) -> int | None:
    """Returns the position at which two sequences begin to differ; None when they are equal."""
    return next((at for at, (own, other) in enumerate(zip_longest(ours, served)) if own != other), None)
