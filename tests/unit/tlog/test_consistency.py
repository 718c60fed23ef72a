"""Consistency proofs: all between trees of up to 600 leaves, and random ones of large trees."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amanah.tlog import proofs
from amanah.tlog.proofs import NotProven, verify_consistency
from tests.unit.tlog.reference import REFERENCE, flip, read, root

LARGEST = 600


def make(old: int, size: int) -> list[bytes]:
    return proofs.build(proofs.consistency_path(old, size), read)


def fails(old: int, old_root: bytes, size: int, head: bytes, proof: list[bytes]) -> bool:
    try:
        verify_consistency(old, old_root, size, head, proof)
    except NotProven:
        return True
    return False


def altered(random: Random, old: int, size: int, proof: list[bytes]) -> tuple[int, bytes, int, bytes, list[bytes]]:
    """Alters one argument at random. A size and its root come from one checkpoint, so they change together."""
    old_root, head, changed = root(old), root(size), list(proof)
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
        changed.insert(at, random.choice([bytes(32), old_root, head]))
    elif kind == 4:
        old = (old + other) % (LARGEST + 1)
        old_root = root(old)
    elif kind == 5:
        size = (size + other) % (LARGEST + 1)
        head = root(size)
    elif kind == 6:
        old_root = random.choice([flip(random, old_root), root((old + other) % (LARGEST + 1))])
    else:
        head = random.choice([flip(random, head), root((size + other) % (LARGEST + 1))])
    return old, old_root, size, head, changed


@pytest.mark.parametrize("first", range(1, LARGEST + 1, 100))
def test_every_proof_matches_the_rfc_and_fails_when_altered(first: int) -> None:
    random = Random(first)
    for size in range(first, first + 100):
        for old in range(1, size + 1):
            proof = make(old, size)
            assert proof == REFERENCE.proof(old, size), (old, size)
            honest = (old, root(old), size, root(size), proof)
            verify_consistency(*honest)
            change = altered(random, old, size, proof)
            assert fails(*change), (old, size, change)


@given(st.integers(1, 70_000), st.data())
@settings(max_examples=30, deadline=None)
def test_proofs_of_large_trees_match_the_rfc(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    proof = make(old, size)
    assert proof == REFERENCE.proof(old, size)
    verify_consistency(old, root(old), size, root(size), proof)
    if proof:
        at, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
        proof[at] = bytes(b ^ (1 << bit % 8 if i == bit // 8 else 0) for i, b in enumerate(proof[at]))
        assert fails(old, root(old), size, root(size), proof)


def test_impossible_proofs_are_rejected() -> None:
    assert fails(0, root(0), 5, root(5), [])
    assert fails(6, root(6), 5, root(5), [])
    assert fails(3, root(3), 5, root(5), [])
    assert fails(5, root(5), 5, root(5), [bytes(32)])
    assert fails(5, root(5), 5, root(4), [])
    assert fails(2, root(2)[:31], 5, root(5), make(2, 5))
    with pytest.raises(ValueError, match="no consistency proof"):
        proofs.consistency_path(0, 5)
