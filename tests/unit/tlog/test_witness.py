import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.tlog import proofs
from amanah.tlog.checkpoint import Checkpoint, NotSigned, Signer
from amanah.tlog.layout import Malformed
from amanah.tlog.merkle import EMPTY_ROOT, leaf_hash, tree_root
from amanah.tlog.proofs import Node
from amanah.tlog.witness import (
    MAX_BYTES,
    AddCheckpoint,
    CheckpointRefused,
    check_request,
    checkpoint_path,
    decode_size,
    encode_size,
    find_cosignature,
    verify_growth,
)

LOG = Signer("log.example/audit", bytes(range(32)))
OTHER = Signer("log.example/audit", bytes([1] * 32))
WITNESS = Signer("witness.example/w", bytes([7] * 32))
MOST = 300


class History:
    """A log of `MOST` entries, which differ from those of other logs from `fork` on."""

    def __init__(self, fork: int = MOST) -> None:
        self.leaves = [leaf_hash(b"%d" % i if i < fork else b"other %d" % i) for i in range(MOST)]

    def head(self, size: int) -> Checkpoint:
        return Checkpoint(LOG.name, size, tree_root(self.leaves[:size]))

    def proof(self, old: int, size: int) -> tuple[bytes, ...]:
        if old == 0 or old > size:
            return ()

        def read(node: Node) -> bytes:
            return tree_root(self.leaves[node.number << node.height : (node.number + 1) << node.height])

        return tuple(proofs.build(proofs.consistency_path(old, size), read))

    def request(self, old: int, size: int, signer: Signer = LOG) -> AddCheckpoint:
        return AddCheckpoint(old, self.proof(old, size), self.head(size).signed(signer))


HONEST = History()
sizes = st.integers(0, MOST)


def status(request: AddCheckpoint, known: Checkpoint | None) -> int:
    try:
        check_request(request, known, [LOG.verifier])
    except CheckpointRefused as refusal:
        return refusal.status
    return 200


@given(st.integers(0, 2**63 - 1), st.lists(st.binary(min_size=32, max_size=32), max_size=63), sizes)
def test_a_request_reads_back(old: int, proof: list[bytes], size: int) -> None:
    request = AddCheckpoint(old, tuple(proof), HONEST.head(size).signed(LOG, OTHER))
    assert AddCheckpoint.parse(str(request).encode()) == request
    assert request.head == HONEST.head(size)


@given(st.data())
def test_a_request_has_exactly_one_text(data: st.DataObject) -> None:
    written = str(HONEST.request(100, 200)).encode()
    at = data.draw(st.integers(0, len(written) - 1))
    changed = written[:at] + data.draw(st.binary(max_size=2)) + written[at + 1 :]
    try:
        request = AddCheckpoint.parse(changed)
    except Malformed:
        return
    assert str(request).encode() == changed


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r.replace("old 100", "old 0100"),
        lambda r: r.replace("old 100", "old  100"),
        lambda r: r.replace("old 100", "old -1"),
        lambda r: r.replace("old 100", "Old 100"),
        lambda r: r.replace("old 100\n", ""),
        lambda r: r.replace("\n", "\r\n"),
        lambda r: r.replace("=\n", "\n", 1),
        lambda r: r.replace("\n\n", "\n", 1),
        lambda r: r.partition("\n\n")[0] + "\n\n",
        lambda r: r.replace("old 100\n", "old 100\n" + ("A" * 43 + "=\n") * 60),
        lambda r: r.replace("\n200\n", "\n0200\n"),
        lambda r: r[:-1],
        lambda r: r + "x" * MAX_BYTES,
        lambda r: r.replace("log.example", "\udcff"),
    ],
)
def test_invalid_requests_are_rejected(change: Callable[[str], str]) -> None:
    with pytest.raises(Malformed):
        AddCheckpoint.parse(change(str(HONEST.request(100, 200))).encode(errors="surrogateescape"))


@given(sizes, sizes)
def test_a_log_that_grew_is_cosigned(old: int, size: int) -> None:
    old, size = sorted((old, size))
    assert status(HONEST.request(old, size), HONEST.head(old)) == 200
    assert status(HONEST.request(0, size), None) == 200


@given(st.integers(1, MOST), sizes, st.integers(0, MOST - 1))
def test_a_fork_is_refused(old: int, size: int, fork: int) -> None:
    old, size = sorted((old, max(size, 1)))
    fork = min(fork, old - 1)
    other = History(fork)
    assert status(other.request(old, size), HONEST.head(old)) == 422
    assert (
        status(AddCheckpoint(old, HONEST.proof(old, size), other.request(old, size).checkpoint), HONEST.head(old))
        == 422
    )


def heads(history: History) -> st.SearchStrategy[tuple[History, int, int]]:
    return st.tuples(st.just(history), sizes, sizes)


@given(st.lists(st.one_of(heads(HONEST), heads(History(40)), heads(History(200))), max_size=20))
def test_one_witness_cosigns_one_history(asked: list[tuple[History, int, int]]) -> None:
    known: Checkpoint | None = None
    for history, guess, size in asked:
        old = known.size if known and guess % 2 else guess
        if status(history.request(old, size), known) != 200:
            continue
        grown = history.head(size)
        if known:
            assert known.size <= size
            assert history.head(known.size) == known
        known = grown


def test_each_refusal_has_its_status() -> None:
    known = HONEST.head(100)
    assert status(HONEST.request(100, 200, OTHER), known) == 403
    assert status(HONEST.request(200, 100), known) == 400
    assert status(HONEST.request(99, 200), known) == 409
    assert status(HONEST.request(0, 200), known) == 409
    assert status(HONEST.request(100, 200), None) == 409
    assert status(AddCheckpoint(100, HONEST.proof(100, 199), HONEST.request(100, 200).checkpoint), known) == 422
    assert status(AddCheckpoint(0, HONEST.proof(100, 200), HONEST.request(0, 200).checkpoint), None) == 422
    assert status(AddCheckpoint(100, (bytes(32),), HONEST.request(100, 100).checkpoint), known) == 422
    assert status(AddCheckpoint(0, (), Checkpoint(LOG.name, 0, bytes(32)).signed(LOG)), None) == 422
    with pytest.raises(CheckpointRefused) as refused:
        check_request(HONEST.request(100, 200), known, [])
    assert refused.value.status == 404


def test_a_stale_log_is_told_the_size() -> None:
    with pytest.raises(CheckpointRefused) as refused:
        check_request(HONEST.request(50, 200), HONEST.head(100), [LOG.verifier])
    assert refused.value.size == 100
    assert decode_size(encode_size(100)) == 100


def test_another_root_of_the_same_size_is_named_in_the_refusal() -> None:
    with pytest.raises(CheckpointRefused, match="two roots of the same size") as refused:
        check_request(History(0).request(100, 100), HONEST.head(100), [LOG.verifier])
    assert (refused.value.status, refused.value.size) == (422, None)


@pytest.mark.parametrize("body", ["", "\n", "5", "05\n", "5\n\n", "-5\n", "5 \n", "five\n"])
def test_a_size_has_one_text(body: str) -> None:
    with pytest.raises(Malformed):
        decode_size(body)


def test_one_trusted_key_is_enough_but_none_may_fail() -> None:
    request = HONEST.request(0, 10, OTHER)
    check_request(request, None, [LOG.verifier, OTHER.verifier])
    broken = AddCheckpoint(0, (), HONEST.request(0, 11).checkpoint + OTHER.sign(HONEST.head(10).text))
    assert status(broken, None) == 200
    with pytest.raises(CheckpointRefused, match="not valid") as refused:
        check_request(broken, None, [LOG.verifier, OTHER.verifier])
    assert refused.value.status == 403


def test_every_log_grows_from_the_empty_one() -> None:
    verify_growth(EMPTY_ROOT, 0, HONEST.head(0), ())
    verify_growth(EMPTY_ROOT, 0, HONEST.head(7), ())


def test_the_path_of_a_log_at_a_witness() -> None:
    assert checkpoint_path("abc") == f"{hashlib.sha256(b'abc').hexdigest()}/checkpoint"
    assert checkpoint_path("abc").startswith("ba7816bf8f01cfea")  # FIPS 180-4's own example


def test_a_cosignature_is_found_among_others_and_verified() -> None:
    text = HONEST.head(10).text
    line, other = WITNESS.cosign(text, 1_700_000_000), Signer("witness.example/v", bytes([8] * 32)).cosign(text, 1)
    assert find_cosignature(text, other + line, WITNESS.cosigner) == line
    for answer in (
        other,
        WITNESS.cosign(HONEST.head(11).text, 1),
        WITNESS.sign(text),
        WITNESS.cosign(text, 1 << 63),
        Signer(WITNESS.name, bytes([9] * 32)).cosign(text, 1),
    ):
        with pytest.raises(NotSigned):
            find_cosignature(text, answer, WITNESS.cosigner)


def test_a_response_must_contain_signature_lines_only() -> None:
    text = HONEST.head(10).text
    line = WITNESS.cosign(text, 1)
    other = HONEST.head(11).text
    for answer in ("", "\n", line[:-1], f"\n{line}", f"{line}\n{line}", f"{other}\n{WITNESS.cosign(other, 1)}", "OK\n"):
        with pytest.raises((Malformed, NotSigned)):
            find_cosignature(text, answer, WITNESS.cosigner)


def test_extension_lines_are_cosigned_with_the_rest() -> None:
    text = HONEST.head(10).text + "extension\n"
    request = AddCheckpoint.parse(f"old 0\n\n{text}\n{LOG.sign(text)}".encode())
    check_request(request, None, [LOG.verifier])
    assert request.note.text == text
    assert request.head == HONEST.head(10)
