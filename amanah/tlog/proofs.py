"""Inclusion and consistency proofs (built as in RFC 6962 2.1.1 and 2.1.2, verified as in RFC 9162), and the proof file.

Proofs are built from hashes of perfect subtrees, so that a few tiles are enough for a log of any size. A proof does not
authenticate the tree size: size and root must come from one signed checkpoint.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from amanah.tlog.encoding import decode_base64, decode_decimal, decode_hash, encode_base64
from amanah.tlog.layout import HASH_BYTES, WIDTH, Malformed, Span, span
from amanah.tlog.merkle import TileTree, node_hash, tree_root

HEADER = "c2sp.org/tlog-proof@v1"
MAX_PROOF = 63
"""The most hashes in a proof: a tree has fewer than 2^63 leaves."""
MAX_FILE_BYTES = 1_000_000


class NotProven(ValueError):
    """The proof does not verify; the message says what failed."""


class Node(NamedTuple):
    """A perfect subtree: the leaves [number * 2^height, (number + 1) * 2^height)."""

    height: int
    number: int

    def tile(self, size: int) -> Span:
        """Returns the tile of a tree of `size` leaves that has the hashes under this node."""
        level, within = divmod(self.height, 8)
        return span(level, (self.number << within) // WIDTH, size)

    def root_in(self, hashes: Sequence[bytes]) -> bytes:
        """Computes this node's hash from the hashes of its tile."""
        within = self.height % 8
        first = (self.number << within) % WIDTH
        return tree_root(hashes[first : first + (1 << within)])


ReadNode = Callable[[Node], bytes]
Subtree = tuple[int, int]
"""The leaves [first, end) under one hash of a proof."""


def _middle(first: int, end: int) -> int:
    return first + (1 << ((end - first - 1).bit_length() - 1))


def inclusion_path(index: int, size: int) -> list[Subtree]:
    """Returns the subtrees whose roots prove leaf `index` in a tree of `size`, its sibling first (RFC 6962 section 2.1.1).

    Raises ValueError when there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a log of size {size} has no entry {index}")
    first, end = 0, size
    path = []
    while end - first > 1:
        middle = _middle(first, end)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((first, middle))
            first = middle
    return path[::-1]


def consistency_path(old: int, size: int) -> list[Subtree]:
    """Returns the subtrees whose roots prove that a tree of `old` leaves grew into one of `size` (RFC 6962 section 2.1.2).

    Raises ValueError unless 0 < old <= size.
    """
    if not 0 < old <= size:
        raise ValueError(f"there is no consistency proof from size {old} to {size}")
    first, end = 0, size
    path = []
    while end != old:
        middle = _middle(first, end)
        if old <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((first, middle))
            first = middle
    if first > 0:
        path.append((first, end))
    return path[::-1]


def perfect_subtrees(subtree: Subtree) -> Iterator[Node]:
    """Splits a subtree of a proof into perfect ones, the largest first (RFC 6962 section 2.1)."""
    first, end = subtree
    while first < end:
        height = (end - first).bit_length() - 1
        yield Node(height, first >> height)
        first += 1 << height


def required_tiles(path: Iterable[Subtree], size: int) -> set[Span]:
    """Returns the tiles from which the proof over `path` is built in a tree of `size` leaves."""
    return {node.tile(size) for subtree in path for node in perfect_subtrees(subtree)}


def build(path: Iterable[Subtree], read: ReadNode) -> list[bytes]:
    """Builds the proof over `path` (RFC 6962 sections 2.1.1, 2.1.2); `read` returns the hashes of perfect subtrees."""
    return [_root(first, end, read) for first, end in path]


def _root(first: int, end: int, read: ReadNode) -> bytes:
    height = (end - first).bit_length() - 1
    middle = first + (1 << height)
    left = read(Node(height, first >> height))
    return left if middle == end else node_hash(left, _root(middle, end, read))


def node_reader(tile: Callable[[Span], Sequence[bytes]], size: int) -> ReadNode:
    """Returns a reader of the nodes of a tree of `size` leaves; `tile` returns the hashes of a tile.

    Each tile is read and hashed once, for any number of proofs.
    """
    trees: dict[tuple[int, int], TileTree] = {}

    def read(node: Node) -> bytes:
        height, number = node
        level, within = height >> 3, height & 7
        key = level, number >> 8 - within
        tree = trees.get(key)
        if tree is None:
            tree = trees[key] = TileTree(tile(span(*key, size)))
        return tree.rows[within][number & (WIDTH >> within) - 1]

    return read


def _check_hashes(*hashes: bytes) -> None:
    # Two strings of other lengths could hash to the same node as two hashes.
    if any(len(each) != HASH_BYTES for each in hashes):
        raise NotProven(f"a hash in the proof does not have {HASH_BYTES} bytes")


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Verifies that leaf hash `leaf` is entry `index` under `root` (RFC 9162 section 2.1.3.2). Raises NotProven."""
    _check_hashes(leaf, root, *proof)
    if not 0 <= index < size:
        raise NotProven(f"a log of size {size} has no entry {index}")
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            raise NotProven("the proof has more hashes than the tree has levels")
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while fn and not fn & 1:
                fn >>= 1
                sn >>= 1
        else:
            r = node_hash(r, p)
        fn >>= 1
        sn >>= 1
    if sn != 0:
        raise NotProven("the proof has fewer hashes than the tree has levels")
    if r != root:
        raise NotProven("the proof leads to another root")


def verify_consistency(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """Verifies that the tree under `root` begins with the tree under `old_root` (RFC 9162 section 2.1.4.2).

    `old` is at least 1: no proof starts at the empty tree. Raises NotProven.
    """
    _check_hashes(old_root, root, *proof)
    if not 0 < old <= size:
        raise NotProven(f"there is no consistency proof from size {old} to {size}")
    if old == size:
        if old_root != root:
            raise NotProven("there are two roots of the same size")
        if proof:
            raise NotProven("the proof between equal sizes must be empty")
        return
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        raise NotProven("the proof is empty")
    fn, sn = old - 1, size - 1
    while fn & 1:
        fn >>= 1
        sn >>= 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            raise NotProven("the proof has more hashes than the tree has levels")
        if fn & 1 or fn == sn:
            fr = node_hash(c, fr)
            sr = node_hash(c, sr)
            while fn and not fn & 1:
                fn >>= 1
                sn >>= 1
        else:
            sr = node_hash(sr, c)
        fn >>= 1
        sn >>= 1
    if sn != 0:
        raise NotProven("the proof has fewer hashes than the tree has levels")
    if fr != old_root:
        raise NotProven("the proof leads to another old root")
    if sr != root:
        raise NotProven("the proof leads to another root")


@dataclass(frozen=True)
class ProofFile:
    """The proof of one entry as a file (C2SP tlog-proof, "Format"): index, inclusion proof and signed checkpoint.

    `extra` is data that anybody may add; nothing authenticates it.
    """

    index: int
    proof: tuple[bytes, ...]
    checkpoint: str
    extra: bytes = b""

    def __str__(self) -> str:
        extra = [f"extra {encode_base64(self.extra)}"] if self.extra else []
        return "\n".join([HEADER, *extra, f"index {self.index}", *map(encode_base64, self.proof), "", self.checkpoint])

    @classmethod
    def parse(cls, text: str) -> "ProofFile":
        """Parses a proof file (tlog-proof, "Format") of at most 1,000,000 bytes of UTF-8. Raises Malformed.

        Nothing is verified: see `verify.verify_entry`.
        """
        try:
            size = len(text.encode())
        except UnicodeEncodeError:
            raise Malformed("a proof file must be UTF-8") from None
        if size > MAX_FILE_BYTES:
            raise Malformed(f"a proof file has at most {MAX_FILE_BYTES} bytes")
        head, separator, checkpoint = text.partition("\n\n")
        header, *lines = head.split("\n")
        extra = b""
        if lines and lines[0].startswith("extra "):
            extra = decode_base64(lines.pop(0).removeprefix("extra "))
            if not extra:
                raise Malformed("the line for extra data is empty; leave it out")
        if not separator or header != HEADER or not lines or not lines[0].startswith("index "):
            raise Malformed(f"expected {HEADER!r}, an index, hashes, an empty line and a checkpoint")
        index, *proof = lines
        if len(proof) > MAX_PROOF:
            raise Malformed(f"a proof has at most {MAX_PROOF} hashes")
        return cls(decode_decimal(index.removeprefix("index ")), tuple(map(decode_hash, proof)), checkpoint, extra)
