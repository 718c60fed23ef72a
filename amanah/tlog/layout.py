"""Paths and formats of a log's files (C2SP tlog-tiles): tiles, partial tiles, entry bundles.

Paths are relative to the log's prefix: `checkpoint`, `tile/0/x001/x234/067`, `tile/entries/000.p/12`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

HASH_BYTES = 32
WIDTH = 256
MAX_ENTRY_BYTES = 0xFFFF
CHECKPOINT = "checkpoint"

# A number has one path only: no leading groups of zeros, and six groups are enough for 2^63 entries.
_tile = re.compile(
    r"tile/(?P<level>entries|[0-9]|[1-5][0-9]|6[0-3])/(?P<number>(?:x(?!000)[0-9]{3}/(?:x[0-9]{3}/){0,4})?[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?"
)


class Malformed(ValueError):
    """The bytes do not have the expected format; the message says what is wrong."""


def _number(number: int) -> str:
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03}")
    return "/".join(reversed(groups))


def _suffix(width: int) -> str:
    if not 1 <= width <= WIDTH:
        raise ValueError(f"a tile holds 1 to {WIDTH} hashes, not {width}")
    return "" if width == WIDTH else f".p/{width}"


def tile_path(level: int, number: int, width: int = WIDTH) -> str:
    """Returns the path of a hash tile (tlog-tiles, "Merkle Tree"), of the partial tile where `width` is below 256."""
    return f"tile/{level}/{_number(number)}{_suffix(width)}"


def bundle_path(number: int, width: int = WIDTH) -> str:
    """Returns the path of an entry bundle (tlog-tiles, "Log entries"), of the partial one where `width` is below 256."""
    return f"tile/entries/{_number(number)}{_suffix(width)}"


def is_path(path: str) -> bool:
    """Tells if a log may serve a file at `path` (tlog-tiles, "APIs"). No other path may reach a store or a disk."""
    return path == CHECKPOINT or _tile.fullmatch(path) is not None


def parse_path(path: str) -> "Span | None":
    """Returns the tile at `path` (tlog-tiles, "APIs"), or the level 0 tile of a bundle; None for any other path.

    It is a bundle where `path == span.bundle`.
    """
    parts = _tile.fullmatch(path)
    if parts is None:
        return None
    level = 0 if parts["level"] == "entries" else int(parts["level"])
    return Span(level, int(re.sub("[x/]", "", parts["number"])), int(parts["width"] or WIDTH))


@dataclass(frozen=True)
class Span:
    """A tile or bundle of a tree (tlog-tiles, "Merkle Tree"): level, number within the level, count of hashes or entries."""

    level: int
    number: int
    width: int

    @property
    def path(self) -> str:
        """Path of the hash tile."""
        return tile_path(self.level, self.number, self.width)

    @property
    def bundle(self) -> str:
        """Path of the entry bundle of a tile of level 0."""
        return bundle_path(self.number, self.width)

    @property
    def first(self) -> int:
        """Index of the first leaf under this tile."""
        return (self.number * WIDTH) << (8 * self.level)


@dataclass(frozen=True)
class Tile:
    """The hashes of one tile (tlog-tiles, "Merkle Tree"), 1 to 256 of them: hash i is the root of 256^level leaves."""

    level: int
    number: int
    hashes: tuple[bytes, ...]

    @property
    def span(self) -> Span:
        """Level, number and width of this tile."""
        return Span(self.level, self.number, len(self.hashes))

    @property
    def data(self) -> bytes:
        """The tile as served: its hashes, concatenated."""
        return b"".join(self.hashes)


def span(level: int, number: int, size: int) -> Span:
    """Returns tile `number` at `level` of a tree of `size` leaves, full or partial. Raises ValueError when there is none."""
    width = min(WIDTH, (size >> (8 * level)) - number * WIDTH)
    if width < 1:
        raise ValueError(f"a tree of size {size} has no tile {number} at level {level}")
    return Span(level, number, width)


def partial_spans(size: int) -> list[Span]:
    """Returns the partial tile of every level that has one (tlog-tiles, "Partial Tiles"), the lowest level first."""
    spans = []
    level = 0
    while hashes := size >> (8 * level):
        if width := hashes % WIDTH:
            spans.append(Span(level, hashes // WIDTH, width))
        level += 1
    return spans


def level_spans(level: int, size: int, first: int = 0) -> Iterator[Span]:
    """Yields every tile of one level of a tree of `size` leaves, from left to right, beginning with tile `first`."""
    for number in range(first, -(-(size >> (8 * level)) // WIDTH)):
        yield span(level, number, size)


def paths(size: int) -> Iterator[str]:
    """Yields the path of every tile and bundle of a tree of `size` leaves (tlog-tiles, "APIs")."""
    for bundle in level_spans(0, size):
        yield bundle.bundle
    level = 0
    while size >> (8 * level):
        for tile in level_spans(level, size):
            yield tile.path
        level += 1


def split_hashes(data: bytes, width: int) -> tuple[bytes, ...]:
    """Splits a served tile into its hashes (tlog-tiles, "Merkle Tree"). Raises Malformed unless there are exactly `width`."""
    if len(data) != width * HASH_BYTES:
        raise Malformed(f"expected {width * HASH_BYTES} bytes in a tile of {width} hashes, found {len(data)}")
    return tuple(data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES))


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Encodes entries as a bundle (tlog-tiles, "Log entries"): for each a big-endian uint16 length and its bytes.

    Raises ValueError when an entry is longer than 65,535 bytes.
    """
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise ValueError(f"an entry has at most {MAX_ENTRY_BYTES} bytes, this one has {len(entry)}")
        parts.append(len(entry).to_bytes(2, "big"))
        parts.append(entry)
    return b"".join(parts)


def split_bundle(data: bytes) -> tuple[list[bytes], bool]:
    """Returns the complete entries at the start of a bundle (tlog-tiles, "Log entries"), and True when nothing follows them."""
    entries = []
    at, end = 0, len(data)
    while at < end - 1:
        begin = at + 2
        at = begin + (data[at] << 8 | data[at + 1])
        entries.append(data[begin:at])
    if at > end:
        entries.pop()
    return entries, at == end


def cut_bundle(data: bytes, width: int) -> bytes:
    """Cuts a bundle (tlog-tiles, "Log entries") down to its first `width` entries. Raises Malformed when it has fewer."""
    at = 0
    for _ in range(width):
        at += 2 + int.from_bytes(data[at : at + 2], "big")
        if at > len(data):
            raise Malformed(f"the bundle ends before {width} entries")
    return data[:at]


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """Returns the entries of a bundle (tlog-tiles, "Log entries"). Raises Malformed unless there are exactly `width`."""
    entries, whole = split_bundle(data)
    if not whole:
        raise Malformed("the bundle ends within an entry")
    if len(entries) != width:
        raise Malformed(f"expected {width} entries in the bundle, found {len(entries)}")
    return entries
