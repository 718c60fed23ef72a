"""RFC 9162 section 2.1 written down literally, with its recursion: slow, but easy to check.

The standard's D[k:n] is here a pair of bounds over one list of entries, so that hashes can be remembered.
"""

from collections.abc import Sequence
from hashlib import sha256
from random import Random

from amanah.tlog.proofs import Node


class Reference:
    """The functions of the RFC over the trees of the first n entries, for every n."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self._d = entries
        self._mth: dict[tuple[int, int], bytes] = {}

    def mth(self, first: int, end: int) -> bytes:
        """2.1.1: MTH(D[first:end])."""
        if (first, end) not in self._mth:
            self._mth[first, end] = self._hash(first, end)
        return self._mth[first, end]

    def _hash(self, first: int, end: int) -> bytes:
        n = end - first
        if n == 0:
            return sha256().digest()
        if n == 1:
            return sha256(b"\x00" + self._d[first]).digest()
        k = largest_power_of_two_below(n)
        return sha256(b"\x01" + self.mth(first, first + k) + self.mth(first + k, end)).digest()

    def path(self, m: int, first: int, end: int) -> list[bytes]:
        """2.1.3.1: PATH(m, D[first:end])."""
        n = end - first
        if n == 1:
            return []
        k = largest_power_of_two_below(n)
        if m < k:
            return [*self.path(m, first, first + k), self.mth(first + k, end)]
        return [*self.path(m - k, first + k, end), self.mth(first, first + k)]

    def proof(self, m: int, n: int) -> list[bytes]:
        """2.1.4.1: PROOF(m, D_n)."""
        return self._subproof(m, 0, n, True)

    def _subproof(self, m: int, first: int, end: int, known: bool) -> list[bytes]:
        n = end - first
        if m == n:
            return [] if known else [self.mth(first, end)]
        k = largest_power_of_two_below(n)
        if m <= k:
            return [*self._subproof(m, first, first + k, known), self.mth(first + k, end)]
        return [*self._subproof(m - k, first + k, end, False), self.mth(first, first + k)]


def largest_power_of_two_below(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


ENTRIES = [b"entry %d" % i for i in range(70_000)]
REFERENCE = Reference(ENTRIES)


def read(node: Node) -> bytes:
    """The hash of a node of the tree of these entries."""
    return REFERENCE.mth(node.number << node.height, (node.number + 1) << node.height)


def root(size: int) -> bytes:
    """The root of the tree of the first entries."""
    return REFERENCE.mth(0, size)


def flip(random: Random, digest: bytes) -> bytes:
    """A hash with one bit flipped."""
    bit = random.randrange(256)
    return digest[: bit // 8] + bytes([digest[bit // 8] ^ 1 << bit % 8]) + digest[bit // 8 + 1 :]
