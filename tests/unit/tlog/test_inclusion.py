"""Inclusion proofs: all of trees of up to 600 leaves, and random ones of large trees."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amanah.tlog import proofs
from amanah.tlog.layout import Span, Tile
from amanah.tlog.merkle import RightEdge, leaf_hash, tree_root
from amanah.tlog.proofs import NotProven, verify_inclusion
from tests.unit.tlog.reference import ENTRIES, REFERENCE, flip, read, root

LARGEST = 600
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def make(index: int, size: int) -> list[bytes]:
    return proofs.build(proofs.inclusion_path(index, size), read)


def fails(index: int, size: int, leaf: bytes, proof: list[bytes], head: bytes) -> bool:
    try:
        verify_inclusion(index, size, leaf, proof, head)
    except NotProven:
        return True
    return False


def altered(random: Random, index: int, size: int, proof: list[bytes]) -> tuple[int, int, bytes, list[bytes], bytes]:
    """Alters one argument at random. Size and root come from one checkpoint, so they change together."""
    leaf, head, changed = LEAVES[index], root(size), list(proof)
    at = random.randrange(len(proof)) if proof else 0
    other = random.randrange(1, LARGEST)
    kind = random.randrange(8) if proof else random.randrange(3, 8)
    if kind == 0:
        changed[at] = flip(random, proof[at])
    elif kind == 1:
        del changed[at]
    elif kind == 2 and len(proof) > 1:
        changed[at], changed[at - 1] = changed[at - 1], changed[at]
    elif kind == 3:
        changed.insert(at, random.choice([bytes(32), leaf, head]))
    elif kind == 4:
        index = (index + other) % (LARGEST + 1)
    elif kind == 5:
        size = (size + other) % (LARGEST + 1)
        head = root(size)
    elif kind == 6:
        leaf = LEAVES[(index + other) % LARGEST]
    else:
        head = random.choice([flip(random, head), root((size + other) % (LARGEST + 1))])
    return index, size, leaf, changed, head


@pytest.mark.parametrize("first", range(1, LARGEST + 1, 100))
def test_every_proof_matches_the_rfc_and_fails_when_altered(first: int) -> None:
    random = Random(first)
    for size in range(first, first + 100):
        for index in range(size):
            proof = make(index, size)
            assert proof == REFERENCE.path(index, 0, size), (index, size)
            honest = (index, size, LEAVES[index], proof, root(size))
            verify_inclusion(*honest)
            change = altered(random, index, size, proof)
            assert fails(*change), (index, size, change)


@given(st.integers(1, 70_000), st.data())
@settings(max_examples=30, deadline=None)
def test_proofs_of_large_trees_match_the_rfc(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = make(index, size)
    assert proof == REFERENCE.path(index, 0, size)
    verify_inclusion(index, size, LEAVES[index], proof, root(size))
    if proof:
        at, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
        proof[at] = bytes(b ^ (1 << bit % 8 if i == bit // 8 else 0) for i, b in enumerate(proof[at]))
        assert fails(index, size, LEAVES[index], proof, root(size))


@pytest.fixture(scope="module")
def tiles_of_70_000() -> dict[Span, Tile]:
    edge = RightEdge()
    return {tile.span: tile for tile in [*edge.extend(LEAVES), *edge.partials()]}


@given(st.integers(0, 69_999))
@settings(max_examples=40, deadline=None)
def test_a_few_tiles_make_any_proof(tiles_of_70_000: dict[Span, Tile], index: int) -> None:
    size = 70_000
    path = proofs.inclusion_path(index, size)
    held = {span: tiles_of_70_000[span].hashes for span in proofs.required_tiles(path, size)}
    proof = proofs.build(path, lambda node: node.root_in(held[node.tile(size)]))
    assert proof == REFERENCE.path(index, 0, size)
    assert len(held) <= 6


def test_impossible_proofs_are_rejected() -> None:
    with pytest.raises(NotProven, match="no entry 5"):
        verify_inclusion(5, 5, LEAVES[0], [], root(5))
    with pytest.raises(NotProven):
        verify_inclusion(-1, 5, LEAVES[0], [], root(5))
    with pytest.raises(ValueError, match="no entry"):
        proofs.inclusion_path(5, 5)


def test_a_hash_of_another_length_proves_nothing() -> None:
    # Both strings have the hash of the root's node; only their lengths differ from those of two hashes.
    assert tree_root([LEAVES[0], LEAVES[1]]) == root(2)
    whole = LEAVES[0] + LEAVES[1]
    assert fails(0, 2, whole[:20], [whole[20:]], root(2))
    assert fails(0, 2, b"", [whole], root(2))
