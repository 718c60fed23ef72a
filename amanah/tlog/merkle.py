"""Merkle tree hashing (RFC 6962 section 2.1, SHA-256), and a tree that grows while only its right edge is kept."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import islice

from amanah.tlog.layout import WIDTH, Tile

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry: H(0x00 || entry) (RFC 6962 section 2.1)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees: H(0x01 || left || right) (RFC 6962 section 2.1)."""
    return sha256(b"\x01" + left + right).digest()


def tree_root(hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes (RFC 6962 section 2.1).

    Pairing neighbours and carrying an odd last one up splits where RFC 6962 does: at the largest power of two below n.
    """
    if not hashes:
        return EMPTY_ROOT
    while len(hashes) > 1:
        above = [
            sha256(b"\x01" + left + right).digest() for left, right in zip(hashes[0::2], hashes[1::2], strict=False)
        ]
        if len(hashes) % 2:
            above.append(hashes[-1])
        hashes = above
    return hashes[0]


class RightEdge:
    """The right edge of a growing tree: of each tile level, the hashes of its partial tile (tlog-tiles, "Partial Tiles").

    Appending n leaves costs O(n) hashes. A level keeps at most 255 hashes, those of its partial tile, so how many they
    are at each level are the digits of the size to the base of 256.
    """

    def __init__(self, partials: Iterable[Tile] = ()) -> None:
        """The edge of an empty tree, or of the tree whose partial tiles these are (see `layout.partial_spans`)."""
        by_level = {tile.level: list(tile.hashes) for tile in partials}
        self._levels = [by_level.get(level, []) for level in range(max(by_level, default=0) + 1)]

    @property
    def size(self) -> int:
        """How many leaves the tree has."""
        return sum(len(hashes) << (8 * level) for level, hashes in enumerate(self._levels))

    @property
    def unfilled(self) -> list[bytes]:
        """The last leaf hashes, those that fill no tile of level 0 yet."""
        return list(self._levels[0])

    def root(self) -> bytes:
        """The root of the whole tree. What lies right of a level is smaller than one of its hashes: it comes last."""
        rest: list[bytes] = []
        for hashes in self._levels:
            if whole := hashes + rest:
                rest = [tree_root(whole)]
        return rest[0] if rest else EMPTY_ROOT

    def extend(self, leaves: Iterable[bytes]) -> list[Tile]:
        """Append leaf hashes; returns the tiles that became full, each after the tiles below it."""
        full: list[Tile] = []
        bottom = self._levels[0]
        rest = iter(leaves)
        while some := list(islice(rest, WIDTH - len(bottom))):
            bottom.extend(some)
            if len(bottom) == WIDTH:
                self._carry(full)
        return full

    def _carry(self, full: list[Tile]) -> None:
        level = 0
        while len(hashes := self._levels[level]) == WIDTH:
            if level + 1 == len(self._levels):
                self._levels.append([])
            number = sum(len(above) << (8 * up) for up, above in enumerate(self._levels[level + 1 :]))
            full.append(Tile(level, number, tuple(hashes)))
            self._levels[level + 1].append(tree_root(hashes))
            hashes.clear()
            level += 1

    def partials(self) -> list[Tile]:
        """The partial tiles of the tree as it is now, the lowest level first."""
        size = self.size
        return [
            Tile(level, size >> (8 * (level + 1)), tuple(hashes)) for level, hashes in enumerate(self._levels) if hashes
        ]
