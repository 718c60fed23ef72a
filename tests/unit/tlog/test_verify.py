import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amanah.tlog import layout, proofs
from amanah.tlog.checkpoint import Checkpoint, NotSigned, Signer, Verifier, open_checkpoint
from amanah.tlog.layout import Malformed
from amanah.tlog.merkle import leaf_hash, tree_root
from amanah.tlog.proofs import NotProven, ProofFile
from amanah.tlog.verify import Missing, VerificationReport, verify_entry, verify_log
from tests.unit.tlog.logs import Files, Read, Serve
from tests.unit.tlog.logs import numbered as entries


@pytest.fixture(scope="module")
def large(serve: Serve) -> Files:
    return serve(entries(70_000))


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 700])
def test_an_honest_log_verifies(serve: Serve, reader: Read, signer: Signer, size: int) -> None:
    report = verify_log(reader(serve(entries(size))), signer.verifier)
    assert report.verified
    assert (report.size, report.entries) == (size, size)
    assert report.first_index is None


def test_a_large_log_verifies_in_little_memory(large: Files, reader: Read, signer: Signer) -> None:
    report = verify_log(reader(large), signer.verifier)
    assert report.verified
    assert report.tiles == len(list(layout.paths(70_000))) - 274
    tracemalloc.start()
    verify_log(reader({k: v for k, v in large.items()}), signer.verifier)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000, "the whole log has 5 MB of hashes and entries"


@given(st.integers(0, 69_999), st.data())
@settings(max_examples=8, deadline=None)
def test_a_changed_entry_is_found_at_its_index(
    large: Files, reader: Read, signer: Signer, index: int, data: st.DataObject
) -> None:
    span = layout.span(0, index // 256, 70_000)
    held = layout.decode_bundle(large[span.bundle], span.width)
    changed = bytearray(held[index % 256])
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    held[index % 256] = bytes(changed)
    report = verify_log(reader(large | {span.bundle: layout.encode_bundle(held)}), signer.verifier)
    assert report.first_index == index
    assert report.findings[0].path == span.bundle
    assert [f.path for f in report.findings[1:]] == ["checkpoint"]


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_any_flipped_bit_anywhere_is_found(serve: Serve, reader: Read, signer: Signer, data: st.DataObject) -> None:
    files = serve(entries(600))
    path = data.draw(st.sampled_from(sorted(files)))
    changed = bytearray(files[path])
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    report = verify_log(reader(files | {path: bytes(changed)}), signer.verifier)
    assert not report.verified
    assert any(path in f.message or path == f.path for f in report.findings)


@given(st.data())
@settings(max_examples=8, deadline=None)
def test_a_flipped_hash_is_found_at_the_first_entry_under_it(
    large: Files, reader: Read, signer: Signer, data: st.DataObject
) -> None:
    level = data.draw(st.sampled_from([0, 0, 1, 2]))
    span = data.draw(st.sampled_from(list(layout.level_spans(level, 70_000))))
    at = data.draw(st.integers(0, span.width * 32 - 1))
    changed = bytearray(large[span.path])
    changed[at] ^= 1
    report = verify_log(reader(large | {span.path: bytes(changed)}), signer.verifier)
    assert report.first_index == span.first + at // 32 * 256**level
    assert len(report.findings) == 1, "the entries still have the signed root"


@given(st.data())
@settings(max_examples=20, deadline=None)
def test_a_missing_or_cut_file_is_named(serve: Serve, reader: Read, signer: Signer, data: st.DataObject) -> None:
    files = serve(entries(600))
    path = data.draw(st.sampled_from(sorted(files.keys() - {"checkpoint"})))
    broken = dict(files)
    if data.draw(st.booleans()):
        del broken[path]
    else:
        broken[path] = files[path][: data.draw(st.integers(0, len(files[path]) - 1))]
    report = verify_log(reader(broken), signer.verifier)
    assert len(report.findings) == 1
    assert path in report.findings[0].message


def test_two_missing_files_end_the_verification(serve: Serve, reader: Read, signer: Signer) -> None:
    files = serve(entries(600))
    report = verify_log(
        reader({k: v for k, v in files.items() if k not in {"tile/0/001", "tile/entries/001"}}), signer.verifier
    )
    assert {f.path for f in report.findings} == {"tile/0/001", "tile/entries/001"}
    assert (report.first_index, report.stopped_at) == (256, 256)


def test_a_consistently_rewritten_entry_does_not_have_the_signed_root(
    serve: Serve, reader: Read, signer: Signer
) -> None:
    files = serve(entries(300))
    forged = serve([*entries(299), b"forged"])
    report = verify_log(reader(forged | {"checkpoint": files["checkpoint"]}), signer.verifier)
    assert [(f.path, f.index) for f in report.findings] == [("checkpoint", None)]


@given(st.integers(0, 600), st.integers(0, 600))
@settings(max_examples=25, deadline=None)
def test_an_earlier_checkpoint_must_be_continued(
    serve: Serve, reader: Read, signer: Signer, old: int, size: int
) -> None:
    kept, _ = open_checkpoint(serve(entries(old))["checkpoint"], signer.verifier)
    report = verify_log(reader(serve(entries(size))), signer.verifier, earlier=kept)
    assert report.verified == (old <= size)
    assert report.continued_sizes == ([old] if old <= size else [])
    if old:
        another = Checkpoint(kept.origin, old, bytes(32))
        assert not verify_log(reader(serve(entries(size))), signer.verifier, earlier=another).verified


def test_another_key_fails(serve: Serve, reader: Read, signer: Signer) -> None:
    files = serve(entries(3))
    other = Signer(signer.name, bytes(32))
    assert "no given key" in verify_log(reader(files), other.verifier).findings[0].message
    with pytest.raises(Missing):
        verify_log(reader({}), signer.verifier)


def test_given_witnesses_must_have_cosigned(serve: Serve, reader: Read, signer: Signer, witness: Signer) -> None:
    fetch = reader(serve(entries(3), cosigned=True))
    silent = Signer("silent.example", bytes([8] * 32)).cosigner

    def check(*witnesses: Verifier, quorum: int | None = None) -> VerificationReport:
        return verify_log(fetch, signer.verifier, witnesses=witnesses, quorum=quorum)

    assert check().verified
    assert check().unknown_signers == (witness.name,)
    assert check(witness.cosigner).cosigners == ((witness.name, 1_700_000_000),)
    assert check(witness.cosigner).unknown_signers == ()
    assert "missing: silent.example" in check(witness.cosigner, silent).findings[0].message
    assert check(witness.cosigner, silent, quorum=1).verified
    assert not check(silent, quorum=1).verified


def test_another_key_of_the_log_can_be_given(serve: Serve, reader: Read, signer: Signer) -> None:
    files = serve(entries(3))
    second = Signer(signer.name, bytes([3] * 32))
    text = files["checkpoint"].decode().partition("\n\n")[0] + "\n"
    files["checkpoint"] += second.sign(text).encode()
    report = verify_log(reader(files), signer.verifier, other_keys=[second.verifier])
    assert report.verified
    assert report.signers == (str(signer.verifier), str(second.verifier))
    assert report.cosigners == ()


def test_a_key_of_the_log_is_no_witness(serve: Serve, reader: Read, signer: Signer) -> None:
    files = serve(entries(3))
    second = Signer(signer.name, bytes([3] * 32))
    files["checkpoint"] += second.sign(files["checkpoint"].decode().partition("\n\n")[0] + "\n").encode()
    report = verify_log(reader(files), signer.verifier, witnesses=[second.verifier], quorum=1)
    assert [finding.message for finding in report.findings] == [f"0 of 1 required cosignatures; missing: {signer.name}"]


def test_one_entry_with_its_proof(serve: Serve, signer: Signer) -> None:
    leaves = [leaf_hash(e) for e in entries(300)]
    path = proofs.inclusion_path(77, 300)
    proof = proofs.build(path, lambda n: tree_root(leaves[n.number << n.height : (n.number + 1) << n.height]))
    held = str(ProofFile(77, tuple(proof), serve(entries(300))["checkpoint"].decode()))
    assert verify_entry(entries(300)[77], held, signer.verifier).size == 300
    with pytest.raises(NotProven):
        verify_entry(entries(300)[78], held, signer.verifier)
    with pytest.raises(NotProven):
        verify_entry(entries(300)[77], held.replace("index 77", "index 300"), signer.verifier)
    with pytest.raises(NotSigned):
        verify_entry(entries(300)[77], held, Signer(signer.name, bytes(32)).verifier)
    with pytest.raises(Malformed):
        verify_entry(entries(300)[77], held[5:], signer.verifier)
