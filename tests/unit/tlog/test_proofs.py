import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amanah.tlog import proofs
from amanah.tlog.layout import Malformed, Tile
from amanah.tlog.merkle import RightEdge, leaf_hash, tree_root
from amanah.tlog.proofs import Node, NotProven, ProofFile, verify_consistency, verify_inclusion

LEAVES = [leaf_hash(i.to_bytes(4, "big")) for i in range(70_000)]
SMALL = 40


def from_leaves(node: Node) -> bytes:
    return tree_root(LEAVES[node.number << node.height : (node.number + 1) << node.height])


def inclusion(index: int, size: int) -> list[bytes]:
    return proofs.make(proofs.inclusion_leaves(index, size), from_leaves)


def consistency(old: int, size: int) -> list[bytes]:
    return proofs.make(proofs.consistency_leaves(old, size), from_leaves)


def root(size: int) -> bytes:
    return tree_root(LEAVES[:size])


def flipped(proof: list[bytes], bit: int) -> list[bytes]:
    whole = bytearray(b"".join(proof))
    whole[bit // 8] ^= 1 << bit % 8
    return [bytes(whole[at : at + 32]) for at in range(0, len(whole), 32)]


@pytest.mark.parametrize("size", range(1, SMALL))
def test_every_small_inclusion_proof(size: int) -> None:
    for index in range(size):
        proof = inclusion(index, size)
        verify_inclusion(index, size, LEAVES[index], proof, root(size))
        with pytest.raises(NotProven):
            verify_inclusion(index, size, LEAVES[index + 1], proof, root(size))
        with pytest.raises(NotProven):
            verify_inclusion(index, size, LEAVES[index], [*proof, bytes(32)], root(size))
        if proof:
            with pytest.raises(NotProven):
                verify_inclusion(index, size, LEAVES[index], proof[:-1], root(size))


@pytest.mark.parametrize("size", range(1, SMALL))
def test_every_small_consistency_proof(size: int) -> None:
    for old in range(1, size + 1):
        proof = consistency(old, size)
        verify_consistency(old, root(old), size, root(size), proof)
        with pytest.raises(NotProven):
            verify_consistency(old, root(old), size, root(size + 1), proof)
        with pytest.raises(NotProven):
            verify_consistency(old, root(old + 1), size, root(size), proof)
        with pytest.raises(NotProven):
            verify_consistency(old, root(old), size, root(size), [*proof, bytes(32)])
        if proof:
            with pytest.raises(NotProven):
                verify_consistency(old, root(old), size, root(size), proof[:-1])


sizes = st.integers(1, 2000)


@given(sizes, st.data())
def test_any_flipped_bit_of_an_inclusion_proof_fails(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion(index, size)
    verify_inclusion(index, size, LEAVES[index], proof, root(size))
    if proof:
        bit = data.draw(st.integers(0, len(proof) * 256 - 1))
        with pytest.raises(NotProven):
            verify_inclusion(index, size, LEAVES[index], flipped(proof, bit), root(size))


@given(sizes, st.data())
def test_any_flipped_bit_of_a_consistency_proof_fails(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    proof = consistency(old, size)
    verify_consistency(old, root(old), size, root(size), proof)
    if proof:
        bit = data.draw(st.integers(0, len(proof) * 256 - 1))
        with pytest.raises(NotProven):
            verify_consistency(old, root(old), size, root(size), flipped(proof, bit))


def test_what_cannot_be_proven() -> None:
    with pytest.raises(NotProven, match="no entry 5"):
        verify_inclusion(5, 5, LEAVES[0], [], root(5))
    with pytest.raises(NotProven):
        verify_inclusion(-1, 5, LEAVES[0], [], root(5))
    with pytest.raises(NotProven):
        verify_consistency(0, root(0), 5, root(5), [])
    with pytest.raises(NotProven):
        verify_consistency(6, root(6), 5, root(5), [])
    with pytest.raises(NotProven):
        verify_consistency(3, root(3), 5, root(5), [])
    with pytest.raises(ValueError, match="no entry"):
        proofs.inclusion_leaves(5, 5)
    with pytest.raises(ValueError, match="no consistency proof"):
        proofs.consistency_leaves(0, 5)


@pytest.fixture(scope="module")
def tiles_of_70_000() -> dict[object, Tile]:
    edge = RightEdge()
    return {tile.span: tile for tile in [*edge.extend(LEAVES), *edge.partials()]}


@given(st.integers(0, 69_999))
@settings(max_examples=40)
def test_a_few_tiles_make_any_proof(tiles_of_70_000: dict[object, Tile], index: int) -> None:
    size = 70_000
    path = proofs.inclusion_leaves(index, size)
    read = {s: tiles_of_70_000[s].hashes for s in proofs.tiles(path, size)}
    proof = proofs.make(path, lambda node: node.root_in(read[node.tile(size)]))
    verify_inclusion(index, size, LEAVES[index], proof, ROOT_70_000)
    assert len(read) <= 6


ROOT_70_000 = tree_root(LEAVES)


@given(st.integers(1, 70_000))
@settings(max_examples=20)
def test_a_few_tiles_prove_that_the_log_only_grew(tiles_of_70_000: dict[object, Tile], old: int) -> None:
    size = 70_000
    path = proofs.consistency_leaves(old, size)
    proof = proofs.make(path, lambda node: node.root_in(tiles_of_70_000[node.tile(size)].hashes))
    verify_consistency(old, tree_root(LEAVES[:old]), size, ROOT_70_000, proof)


def test_a_proof_file_reads_back() -> None:
    held = ProofFile(7, tuple(inclusion(7, 20)), "the checkpoint\n\nand its signatures\n")
    text = str(held)
    assert text.startswith("c2sp.org/tlog-proof@v1\nindex 7\n")
    assert ProofFile.parse(text) == held
    assert ProofFile.parse(str(ProofFile(0, (), "c\n"))) == ProofFile(0, (), "c\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v1\nindex 7\n",
        "c2sp.org/tlog-proof@v2\nindex 7\n\nc",
        "c2sp.org/tlog-proof@v1\nindex 07\n\nc",
        "c2sp.org/tlog-proof@v1\nindex \n\nc",
        "c2sp.org/tlog-proof@v1\nindex -1\n\nc",
        "c2sp.org/tlog-proof@v1\nindex 7\nAAAA\n\nc",
        "c2sp.org/tlog-proof@v1\n\nc",
    ],
)
def test_what_is_no_proof_file(text: str) -> None:
    with pytest.raises(Malformed):
        ProofFile.parse(text)
