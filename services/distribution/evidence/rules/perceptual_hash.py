"""Perceptual prints of photos, and how near ones are found without looking at all of them.

A print has 64 bits (dHash): for each of 8 x 8 places of the shrunken picture, whether its right neighbour is lighter. A
photo that was saved again, scaled or lightened keeps most of them.

The bits are dealt into four bands of 16 (multi-index hashing; Norouzi, Punjani and Fleet, 2012). Prints that differ in at
most `within` bits differ, in at least one band, in at most a quarter of that: whoever looks up each band's own value and
those a few bits beside it finds every near print, and few others.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations

SIDE = 8
BITS = SIDE * SIDE
BANDS = 4
_WIDTH = BITS // BANDS
# Dealt along diagonals: a band has bits from all over the picture, so that a plain sky or floor fills none of them alone.
_DEALT = tuple(tuple(bit for bit in range(BITS) if (bit + bit // SIDE) % BANDS == band) for band in range(BANDS))


def dhash(rows: bytes) -> int:
    """The print of a picture shrunken to 9 x 8 grey values, row by row."""
    value = 0
    for row in range(SIDE):
        start = row * (SIDE + 1)
        for place in range(start, start + SIDE):
            value = value << 1 | (rows[place] < rows[place + 1])
    return value


def hash_text(value: int) -> str:
    """A print as it is kept: 16 hex digits."""
    return f"{value:016x}"


def hamming_distance(one: int, other: int) -> int:
    """In how many bits two prints differ."""
    return (one ^ other).bit_count()


def bands(value: int) -> list[int]:
    """The keys under which a print is found: each band's number and its 16 bits."""
    keys = []
    for band, bits in enumerate(_DEALT):
        key = 0
        for bit in bits:
            key = key << 1 | (value >> bit & 1)
        keys.append(band << _WIDTH | key)
    return keys


@cache
def _masks(radius: int) -> Sequence[int]:
    """Every way to change at most `radius` bits of a band, none first."""
    return tuple(sum(1 << b for b in bits) for n in range(radius + 1) for bits in combinations(range(_WIDTH), n))


def probes(value: int, within: int) -> Iterator[int]:
    """The keys under which every print that differs in at most `within` bits is found.

    4 keys for up to 3 bits, 68 up to 7, 548 up to 11.
    """
    for key in bands(value):
        yield from (key ^ mask for mask in _masks(within // BANDS))
