"""Appending to the audit log, and proving entries of it, against pymerkle's tree in memory.

Entries come in tiles, as the publisher takes them while many wait, and after each there is a new root on both sides. Proofs
are made from tiles held in memory, of entries drawn by chance; both sides give the same hashes.
"""

from collections.abc import Iterator, Sequence
from random import Random

from amanah.tlog import proofs
from amanah.tlog.layout import WIDTH, Span
from amanah.tlog.merkle import RightEdge, leaf_hash
from bench.measure import Result, side_by_side

ENTRY_BYTES = 400
PROOFS = 1_000


def _batches(entries: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for at in range(0, len(entries), WIDTH):
        yield entries[at : at + WIDTH]


def run(*, small: bool) -> Iterator[Result]:
    """Runs at sizes that grow tenfold: an entry must cost the same, a proof as much more as the tree is higher."""
    from pymerkle import InmemoryTree  # of bench/peers: `make bench` installs it

    for size in (1_000,) if small else (10_000, 100_000):
        entries = [b"%0*d" % (ENTRY_BYTES, number) for number in range(size)]
        tiles: dict[Span, tuple[bytes, ...]] = {}
        tree = InmemoryTree()

        def append(entries: Sequence[bytes] = entries, tiles: dict[Span, tuple[bytes, ...]] = tiles) -> None:
            edge = RightEdge()
            for batch in _batches(entries):
                tiles.update((tile.span, tile.hashes) for tile in edge.extend(map(leaf_hash, batch)))
                edge.root()
            tiles.update((tile.span, tile.hashes) for tile in edge.partials())

        def peer_append(entries: Sequence[bytes] = entries) -> None:
            grown = InmemoryTree()
            for batch in _batches(entries):
                grown.append_entries(batch)
                grown.get_root()

        of = f"{size} entries of {ENTRY_BYTES} bytes"
        yield side_by_side(f"log_append_{size}", append, peer_append, goal=">= 8x", of=of)

        tree.append_entries(entries)
        random = Random(size)
        wanted = [random.randrange(size) for _ in range(PROOFS)]
        read = proofs.node_reader(tiles.__getitem__, size)

        def prove(size: int = size, wanted: Sequence[int] = wanted, read: proofs.ReadNode = read) -> list[list[bytes]]:
            return [proofs.build(proofs.inclusion_path(index, size), read) for index in wanted]

        def peer_prove(tree: InmemoryTree = tree, wanted: Sequence[int] = wanted) -> list[list[bytes]]:
            # The leaf's own hash comes first, and indexes begin at 1.
            return [tree.prove_inclusion(index + 1).path[1:] for index in wanted]

        assert prove() == peer_prove()
        yield side_by_side(f"log_prove_{size}", prove, peer_prove, goal=">= 3x", of=f"{PROOFS} proofs in {of}")
