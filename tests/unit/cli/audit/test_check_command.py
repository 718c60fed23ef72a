"""`amanah audit check`: one entry with its proof."""

from pathlib import Path

import pytest
from typer.testing import Result

from amanah.tlog import proofs
from amanah.tlog.checkpoint import Checkpoint, Signer
from amanah.tlog.merkle import leaf_hash, tree_root
from amanah.tlog.proofs import ProofFile
from tests.unit.cli.audit.commands import run as run_audit

ENTRY = (
    b'{"action":"recipients:roster:approve","after":"sha256:00","concerns":[{"id":"rou_7","type":"Round"}],"outcome":"done",'
    b'"subject":{"id":"ros_1","type":"Roster"},"time":"2026-11-24T04:00:00.000Z"}'
)


@pytest.fixture
def held(tmp_path: Path, signer: Signer) -> tuple[Path, Path]:
    """An entry and its proof, as files."""
    leaves = [leaf_hash(b"%d" % i) for i in range(4)] + [leaf_hash(ENTRY)]
    path = [tree_root(leaves[first:end]) for first, end in proofs.inclusion_path(4, 5)]
    head = Checkpoint(signer.name, 5, tree_root(leaves)).signed(signer)
    entry, proof = tmp_path / "entry.json", tmp_path / "entry.tlog-proof"
    entry.write_bytes(ENTRY)
    proof.write_text(str(ProofFile(4, tuple(path), head)))
    return entry, proof


def run(*arguments: object) -> Result:
    return run_audit("check", *arguments)


def test_it_verifies_and_prints_the_entry(held: tuple[Path, Path], signer: Signer) -> None:
    done = run(*held, "--key", signer.verifier)
    assert done.exit_code == 0, done.output
    assert f"Entry 4 of the log {signer.name}, under a checkpoint of 5 entries" in done.output
    assert '"action": "recipients:roster:approve"' in done.output
    assert '"concerns": [{"id": "rou_7", "type": "Round"}]' in done.output
    assert "VERIFIED" in done.output


def test_altered_files_do_not_verify(held: tuple[Path, Path], signer: Signer) -> None:
    entry, proof = held
    good = proof.read_bytes()
    for file, content in (
        (entry, ENTRY + b"\n"),
        (entry, ENTRY.replace(b"ros_1", b"ros_2")),
        (proof, good.replace(b"index 4", b"index 3")),
        (proof, good.replace(b"\n5\n", b"\n6\n")),
        (proof, b"\xff"),
        (proof, b""),
    ):
        entry.write_bytes(ENTRY)
        proof.write_bytes(good)
        file.write_bytes(content)
        done = run(entry, proof, "--key", signer.verifier)
        assert (done.exit_code, done.output.partition(":")[0]) == (1, "DOES NOT VERIFY")


def test_another_key_does_not_verify(held: tuple[Path, Path], signer: Signer) -> None:
    assert run(*held, "--key", Signer(signer.name, bytes(32)).verifier).exit_code == 1


def test_each_given_witness_must_have_cosigned(held: tuple[Path, Path], signer: Signer) -> None:
    witness = Signer("witness.example/w", bytes([9] * 32))
    silent = run(*held, "--key", signer.verifier, "--witness", witness.cosigner)
    assert (silent.exit_code, witness.name in silent.output) == (1, True)

    kept = ProofFile.parse(held[1].read_text())
    text = kept.checkpoint.partition("\n\n")[0] + "\n"
    held[1].write_text(str(ProofFile(4, kept.proof, kept.checkpoint + witness.cosign(text, 1_700_000_000))))
    done = run(*held, "--key", signer.verifier, "--witness", witness.cosigner)
    assert (done.exit_code, f"cosigned by {witness.name} at 2023-11-14 22:13:20 UTC" in done.output) == (0, True)
    unasked = run(*held, "--key", signer.verifier)
    assert f"NOT CHECKED: signatures of keys that were not given ({witness.name})" in unasked.output


def test_the_log_cannot_be_its_own_witness(held: tuple[Path, Path], signer: Signer) -> None:
    done = run(*held, "--key", signer.verifier, "--witness", signer.verifier)
    assert (done.exit_code, "cannot be its own witness" in done.output) == (2, True)


def test_control_characters_of_an_entry_are_escaped(tmp_path: Path, signer: Signer) -> None:
    leaf = ENTRY.replace(b"ros_1", b"\\u001b[2J")
    entry, proof = tmp_path / "entry.json", tmp_path / "entry.tlog-proof"
    entry.write_bytes(leaf)
    proof.write_text(str(ProofFile(0, (), Checkpoint(signer.name, 1, leaf_hash(leaf)).signed(signer))))
    done = run(entry, proof, "--key", signer.verifier)
    assert (done.exit_code, "\x1b" in done.output) == (0, False)


def test_a_wrong_command_says_what_to_do(held: tuple[Path, Path], signer: Signer, tmp_path: Path) -> None:
    assert run(tmp_path / "none", held[1], "--key", signer.verifier).exit_code == 2
    assert "amanah audit key" in run(*held, "--key", "rubbish").output
