"""A log during a key rotation: two keys sign, one is enough, and neither is a witness."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from amanah.tlog import proofs
from amanah.tlog.checkpoint import Checkpoint, Note, Signer, Verifier
from amanah.tlog.merkle import leaf_hash, tree_root
from amanah.tlog.proofs import ProofFile
from tests.unit.cli.audit.commands import run
from tests.unit.tlog.logs import Serve, numbered, write_files

ENTRIES = numbered(5)


def signed(folder: Path, *signers: Signer) -> Path:
    """Signs the head of the log with these keys."""
    head = Checkpoint.parse(Note.parse((folder / "checkpoint").read_bytes()).text)
    (folder / "checkpoint").write_text(head.signed(*signers))
    return folder


@pytest.fixture
def second(signer: Signer) -> Signer:
    return Signer(signer.name, bytes([3] * 32))


@pytest.fixture
def both(signer: Signer, second: Signer) -> list[object]:
    return ["--key", signer.verifier, "--key", second.verifier]


@pytest.fixture
def log(tmp_path: Path, serve: Serve, signer: Signer, second: Signer) -> Path:
    return signed(write_files(tmp_path / "log", serve(ENTRIES)), signer, second)


@pytest.fixture
def check(log: Path, tmp_path: Path) -> Callable[..., Result]:
    """Runs `check` on an entry and its proof under the log's head."""

    def checked(*arguments: object) -> Result:
        leaves = [leaf_hash(entry) for entry in ENTRIES]
        path = [tree_root(leaves[first:end]) for first, end in proofs.inclusion_path(2, len(ENTRIES))]
        (tmp_path / "entry").write_bytes(ENTRIES[2])
        (tmp_path / "proof").write_text(str(ProofFile(2, tuple(path), (log / "checkpoint").read_text())))
        return run("check", tmp_path / "entry", tmp_path / "proof", *arguments)

    return checked


@pytest.fixture(params=["verify", "selection", "check"])
def command(
    request: pytest.FixtureRequest, log: Path, tmp_path: Path, check: Callable[..., Result]
) -> Callable[..., Result]:
    """Runs each command that checks signatures, on the same head."""

    def selection(*arguments: object) -> Result:
        done = run("export", tmp_path / "taken", "--url", log, "--actor", "nobody")
        assert done.exit_code == 0, done.output
        return run("verify", tmp_path / "taken", *arguments)

    commands: dict[str, Callable[..., Result]] = {
        "verify": lambda *arguments: run("verify", log, *arguments),
        "selection": selection,
        "check": check,
    }
    return commands[request.param]


def test_both_keys_are_named_where_both_sign(
    command: Callable[..., Result], both: list[object], signer: Signer, second: Signer
) -> None:
    done = command(*both)
    assert done.exit_code == 0, done.output
    assert f"signature of {signer.verifier}\n  signature of {second.verifier}\n" in done.output
    assert "signatures of keys that you did not give" not in done.output


def test_one_of_them_is_enough(
    command: Callable[..., Result], both: list[object], log: Path, signer: Signer, second: Signer
) -> None:
    signed(log, second)
    done = command(*both)
    assert done.exit_code == 0, done.output
    assert f"signature of {second.verifier}" in done.output
    assert f"signature of {signer.verifier}" not in done.output


def test_one_invalid_signature_rejects(
    command: Callable[..., Result], both: list[object], log: Path, second: Signer
) -> None:
    good = (log / "checkpoint").read_text()
    false = second.sign("another text\n")
    (log / "checkpoint").write_text("".join([*good.splitlines(keepends=True)[:-1], false]))
    done = command(*both)
    assert (done.exit_code, f"the signature of {second.name} is not valid" in done.output) == (1, True)


def test_a_key_that_was_not_given_is_named(command: Callable[..., Result], signer: Signer) -> None:
    done = command("--key", signer.verifier)
    assert done.exit_code == 0, done.output
    assert f"signatures of keys that were not given ({signer.name}); add them with --key" in done.output


@pytest.mark.parametrize("kind", ["verify", "export", "check"])
def test_a_key_of_the_log_cannot_be_a_witness(
    kind: str, log: Path, tmp_path: Path, check: Callable[..., Result], signer: Signer, second: Signer
) -> None:
    commands: dict[str, Callable[..., Result]] = {
        "verify": lambda *arguments: run("verify", log, *arguments),
        "export": lambda *arguments: run("export", tmp_path / "taken", "--url", log, *arguments),
        "check": check,
    }
    renamed = Signer("witness.example/w", bytes(range(32)))
    for witness in (second.verifier, second.cosigner, renamed.cosigner):
        done = commands[kind]("--key", signer.verifier, "--witness", witness)
        assert (done.exit_code, "cannot be its own witness" in done.output) == (2, True)
    assert not (tmp_path / "taken").exists()


def test_keys_of_several_logs_are_rejected(log: Path, signer: Signer) -> None:
    other = Signer("log.example/other", bytes(32)).verifier
    done = run("verify", log, "--key", signer.verifier, "--key", other)
    assert (done.exit_code, "of several logs" in done.output) == (2, True)


def test_an_export_is_checked_with_the_key_that_signed(
    log: Path, both: list[object], tmp_path: Path, signer: Signer, second: Signer
) -> None:
    signed(log, second)
    done = run("export", tmp_path / "taken", "--url", log, *both)
    assert done.exit_code == 0, done.output
    assert f"--key {second.verifier}" in done.output
    assert (tmp_path / "taken/keys/log.vkey").read_text() == f"{signer.verifier}\n{second.verifier}\n"
    assert f'--key "{second.verifier}"' in (tmp_path / "taken/README.md").read_text()


def test_a_state_resumes_across_a_key_rotation(
    log: Path, tmp_path: Path, serve: Serve, both: list[object], signer: Signer, second: Signer
) -> None:
    state = tmp_path / "state"

    def key_in_state() -> Verifier:
        return Verifier.parse(json.loads(state.read_text())["key"])

    assert run("verify", signed(log, signer), "--key", signer.verifier, "--state", state).exit_code == 0
    assert key_in_state() == signer.verifier
    write_files(log, serve([*ENTRIES, b"more"]))
    done = run("verify", signed(log, second), *both, "--state", state)
    assert done.exit_code == 0, done.output
    assert "continues the checkpoint of the earlier run (5 entries)" in done.output
    assert key_in_state() == second.verifier


def test_an_earlier_checkpoint_of_either_key_is_accepted(
    log: Path, tmp_path: Path, both: list[object], second: Signer
) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes((signed(log, second) / "checkpoint").read_bytes())
    assert run("verify", log, *both, "--old", kept).exit_code == 0
