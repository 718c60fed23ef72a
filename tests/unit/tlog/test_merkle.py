from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.tlog.merkle import EMPTY_ROOT, RightEdge, leaf_hash, tree_root
from tests.unit.tlog.reference import Reference

# The test vectors of Certificate Transparency (google/certificate-transparency, merkle_tree_test): leaves and roots.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"
    )
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


REFERENCE = Reference([i.to_bytes(4, "big") for i in range(2200)])


def hashes(count: int) -> list[bytes]:
    return [leaf_hash(i.to_bytes(4, "big")) for i in range(count)]


@pytest.mark.parametrize("size", range(1, 9))
def test_known_roots(size: int) -> None:
    leaves = [leaf_hash(entry) for entry in LEAVES[:size]]
    edge = RightEdge()
    edge.extend(leaves)
    assert tree_root(leaves).hex() == ROOTS[size - 1]
    assert edge.root().hex() == ROOTS[size - 1]


def test_the_empty_root_is_the_hash_of_nothing() -> None:
    assert tree_root([]) == RightEdge().root() == EMPTY_ROOT == sha256(b"").digest()


@given(st.integers(0, 1100), st.integers(0, 1100))
def test_the_edge_has_the_root_of_the_definition_however_it_grew(first: int, second: int) -> None:
    leaves = hashes(first + second)
    edge = RightEdge()
    full = edge.extend(leaves[:first])
    grown = RightEdge(edge.partials())
    full += grown.extend(leaves[first:])
    assert grown.size == first + second
    assert grown.root() == REFERENCE.mth(0, first + second)
    assert grown.unfilled == leaves[(first + second) // 256 * 256 :]
    assert [t.number for t in full if t.level == 0] == list(range((first + second) // 256))
    assert b"".join(t.data for t in [*full, *grown.partials()] if t.level == 0) == b"".join(leaves)


def test_a_tile_holds_the_roots_of_the_tiles_below() -> None:
    leaves = hashes(70_000)
    edge = RightEdge()
    tiles = {(t.level, t.number): t for t in [*edge.extend(leaves), *edge.partials()]}
    assert {level: sum(len(t.hashes) for t in tiles.values() if t.level == level) for level in (0, 1, 2)} == {
        0: 70_000, 1: 273, 2: 1,
    }  # fmt: skip
    for (level, number), tile in tiles.items():
        for i, digest in enumerate(tile.hashes):
            if level:
                assert digest == tree_root(tiles[level - 1, number * 256 + i].hashes)
    assert edge.root() == tree_root(leaves)
