"""Perceptual hashes of photos, and index keys to find near ones without comparing all.

A hash has 64 bits (dHash): one for each of 8 x 8 places of the reduced picture, set if the right neighbour is lighter. A
photo that was recompressed, scaled or brightened keeps most of them.

The bits are distributed over four bands of 16 (multi-index hashing; Norouzi, Punjani and Fleet, 2012). Hashes that differ in
at most `within` bits differ, in at least one band, in at most a quarter of that: a look-up of each band's own value and of
those a few bits away finds every near hash, and few others.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations

SIDE = 8
BITS = SIDE * SIDE
BANDS = 4
_WIDTH = BITS // BANDS
# Distributed along diagonals: a band has bits from all over the picture, so that a plain sky or floor fills no band.
_BAND_BITS = tuple(tuple(bit for bit in range(BITS) if (bit + bit // SIDE) % BANDS == band) for band in range(BANDS))


def dhash(rows: bytes) -> int:
    """Returns the hash of a picture reduced to 9 x 8 grey values, row by row."""
    value = 0
    for row in range(SIDE):
        start = row * (SIDE + 1)
        for place in range(start, start + SIDE):
            value = value << 1 | (rows[place] < rows[place + 1])
    return value


def hash_text(value: int) -> str:
    """Returns a hash as it is stored: 16 hex digits."""
    return f"{value:016x}"


def hamming_distance(one: int, other: int) -> int:
    """Returns the number of bits in which two hashes differ."""
    return (one ^ other).bit_count()


def bands(value: int) -> list[int]:
    """Returns the index keys of a hash: each band's number and its 16 bits."""
    keys = []
    for band, bits in enumerate(_BAND_BITS):
        key = 0
        for bit in bits:
            key = key << 1 | (value >> bit & 1)
        keys.append(band << _WIDTH | key)
    return keys


@cache
def _masks(radius: int) -> Sequence[int]:
    """Returns all masks of at most `radius` bits of a band, the empty one first."""
    return tuple(sum(1 << b for b in bits) for n in range(radius + 1) for bits in combinations(range(_WIDTH), n))


def probes(value: int, within: int) -> Iterator[int]:
    """Yields the index keys that find every hash that differs in at most `within` bits.

    4 keys for up to 3 bits, 68 up to 7, 548 up to 11.
    """
    for key in bands(value):
        yield from (key ^ mask for mask in _masks(within // BANDS))
