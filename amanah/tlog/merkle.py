"""Merkle tree hashing (RFC 6962 section 2.1, SHA-256), and a growing tree of which only the right edge is stored."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import islice

from amanah.tlog.layout import WIDTH, Tile

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hashes one entry: H(0x00 || entry) (RFC 6962 section 2.1)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hashes two subtrees: H(0x01 || left || right) (RFC 6962 section 2.1)."""
    return sha256(b"\x01" + left + right).digest()


def _pairs(hashes: Sequence[bytes]) -> list[bytes]:
    """Hashes each two neighbours; a last one without neighbour is left out."""
    rest = iter(hashes)
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(rest, rest, strict=False)]


def tree_root(hashes: Sequence[bytes]) -> bytes:
    """Computes the root over leaf hashes (RFC 6962 section 2.1).

    Pairing neighbours and carrying a last one up splits where the RFC does: at the largest power of two below n.
    """
    if not hashes:
        return EMPTY_ROOT
    while len(hashes) > 1:
        above = _pairs(hashes)
        if len(hashes) % 2:
            above.append(hashes[-1])
        hashes = above
    return hashes[0]


class TileTree:
    """The perfect subtrees over the hashes of one tile; the root of each is computed once.

    `rows[height][i]` is the root over the tile's hashes [i * 2^height, (i + 1) * 2^height).
    """

    __slots__ = ("rows",)

    def __init__(self, hashes: Sequence[bytes] = ()) -> None:
        self.rows: list[list[bytes]] = [[] for _ in range(WIDTH.bit_length())]
        self.extend(hashes)

    def __len__(self) -> int:
        return len(self.rows[0])

    def extend(self, hashes: Sequence[bytes]) -> None:
        """Appends hashes; the caller makes sure that there are at most 256 in all."""
        below = self.rows[0]
        below.extend(hashes)
        for above in self.rows[1:]:
            if len(above) == len(below) // 2:
                return
            above.extend(_pairs(below[2 * len(above) :]))
            below = above

    def root(self, rest: bytes | None = None) -> bytes | None:
        """Computes the root over the hashes and `rest`, the root of the smaller subtree to the right of them."""
        for row in self.rows:
            if len(row) % 2:
                rest = row[-1] if rest is None else node_hash(row[-1], rest)
        return rest


class RightEdge:
    """The right edge (compact range) of a growing tree: the hashes of each level's partial tile (tlog-tiles, "Partial Tiles").

    Appending n leaves costs O(n) hashes. A level stores at most 255 hashes; their counts are the digits of the tree's size
    in base 256.
    """

    def __init__(self, partials: Iterable[Tile] = ()) -> None:
        """Starts from an empty tree, or from the tree that has these partial tiles (see `layout.partial_spans`)."""
        by_level = {tile.level: TileTree(tile.hashes) for tile in partials}
        self._levels = [by_level.get(level) or TileTree() for level in range(max(by_level, default=0) + 1)]

    @property
    def size(self) -> int:
        """Number of leaves in the tree."""
        return sum(len(tree) << (8 * level) for level, tree in enumerate(self._levels))

    @property
    def unfilled(self) -> list[bytes]:
        """The last leaf hashes, those of the partial tile of level 0."""
        return list(self._levels[0].rows[0])

    def root(self) -> bytes:
        """Computes the root of the whole tree (RFC 6962 section 2.1)."""
        root = None
        for tree in self._levels:
            root = tree.root(root)
        return EMPTY_ROOT if root is None else root

    def extend(self, leaves: Iterable[bytes]) -> list[Tile]:
        """Appends leaf hashes; returns the tiles that became full, each after the tiles below it."""
        full: list[Tile] = []
        rest = iter(leaves)
        while some := list(islice(rest, WIDTH - len(self._levels[0]))):
            self._levels[0].extend(some)
            full += self._carry(0)
        return full

    def append_tile(self, root: bytes) -> list[Tile]:
        """Appends the 256 leaves of a full tile by their root; returns the tiles above it that became full.

        Raises ValueError while the last tile of level 0 is partial.
        """
        if len(self._levels[0]):
            raise ValueError("a full tile follows only full tiles")
        if len(self._levels) == 1:
            self._levels.append(TileTree())
        self._levels[1].extend([root])
        return self._carry(1)

    def _carry(self, level: int) -> list[Tile]:
        full: list[Tile] = []
        while len(tree := self._levels[level]) == WIDTH:
            if level + 1 == len(self._levels):
                self._levels.append(TileTree())
            number = sum(len(above) << (8 * up) for up, above in enumerate(self._levels[level + 1 :]))
            full.append(Tile(level, number, tuple(tree.rows[0])))
            self._levels[level + 1].extend(tree.rows[-1])
            self._levels[level] = TileTree()
            level += 1
        return full

    def partials(self) -> list[Tile]:
        """Returns the partial tiles (tlog-tiles, "Partial Tiles") of the current tree, the lowest level first."""
        size = self.size
        return [
            Tile(level, size >> (8 * (level + 1)), tuple(tree.rows[0]))
            for level, tree in enumerate(self._levels)
            if len(tree)
        ]
