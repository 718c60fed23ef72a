"""The full rebuild of a log from its entries, against hashing the same bytes alone."""

from collections.abc import Iterator
from hashlib import sha256

from amanah.tlog.merkle import RightEdge, leaf_hash
from bench.measure import Result, side_by_side


def run(*, small: bool) -> Iterator[Result]:
    """Runs at sizes that grow tenfold: the cost must not grow faster than the entries."""
    for size in (1_000,) if small else (10_000, 100_000, 1_000_000):
        entries = [b"%0400d" % number for number in range(size)]

        def rebuild(entries: list[bytes] = entries) -> bytes:
            edge = RightEdge()
            edge.extend(map(leaf_hash, entries))
            return edge.root()

        def hash_alone(entries: list[bytes] = entries) -> None:
            for entry in entries:
                sha256(entry).digest()
                sha256(entry[:65]).digest()

        yield side_by_side(
            f"log_rebuild_{size}", rebuild, hash_alone, goal="<= 2x", of=f"{size} entries of 400 bytes",
            ours_over_peer=True,
        )  # fmt: skip
