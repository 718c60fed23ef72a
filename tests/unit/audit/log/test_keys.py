"""`amanah audit key`: print, rotate, retire, follow."""

import base64
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from amanah.cli.audit import app
from amanah.runtime.settings import BadSettings
from amanah.tlog.checkpoint import Signer
from services.audit.log import keys as log_keys

OLD = Signer("amanah.local/log", bytes(32))


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["key", *map(str, arguments)])


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AMANAH_AUDIT_KEY", "AMANAH_AUDIT_ORIGIN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a key."""
    log_keys.replace(tmp_path / log_keys.FILE, [base64.b64encode(bytes(32)).decode()])
    return tmp_path


def signers(data: Path) -> tuple[Signer, ...]:
    return log_keys.parse("amanah.local/log", (data / log_keys.FILE).read_text())


def test_a_rotation_from_its_beginning_to_its_end(data: Path) -> None:
    rotated = run("rotate", "--data", data)
    assert rotated.exit_code == 0, rotated.output
    new, old = signers(data)
    assert rotated.stdout.strip() == str(new.verifier)
    assert old.verifier == OLD.verifier
    assert run("--data", data).stdout.strip() == str(new.verifier)

    (note,) = (data / "keys").glob("succession-*.note")
    followed = run("follow", note, "--key", OLD.verifier)
    assert followed.stdout.strip() == str(new.verifier), followed.output

    again = run("rotate", "--data", data)
    assert again.exit_code == 1
    assert "Retire the old key first" in again.output

    assert run("retire", "--data", data).exit_code == 0
    assert [each.verifier for each in signers(data)] == [new.verifier]
    assert run("retire", "--data", data).exit_code == 1


def test_only_the_owner_reads_the_file_and_no_command_prints_a_private_key(data: Path) -> None:
    said = "".join(run(*words, "--data", data).output for words in (["rotate"], [], ["retire"]))
    assert (data / log_keys.FILE).stat().st_mode & 0o077 == 0
    for secret in log_keys.lines((data / log_keys.FILE).read_text()):
        assert secret not in said
        assert base64.b64decode(secret).hex() not in said


def test_keys_from_the_environment_are_written_for_the_secret_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = base64.b64encode(bytes(32)).decode()
    monkeypatch.setenv("AMANAH_AUDIT_KEY", held)
    refused = run("rotate", "--data", tmp_path)
    assert refused.exit_code == 2
    assert "--into FILE" in refused.output
    into = tmp_path / "out" / "keys"
    assert run("rotate", "--data", tmp_path, "--into", into).exit_code == 0
    assert log_keys.lines(into.read_text())[1:] == [held]
    assert not (tmp_path / log_keys.FILE).exists()
    monkeypatch.setenv("AMANAH_AUDIT_KEY", ",".join(log_keys.lines(into.read_text())))
    assert len(run("--data", tmp_path).stdout.split()) == 1


def test_a_note_that_does_not_hold(data: Path) -> None:
    run("rotate", "--data", data)
    (note,) = (data / "keys").glob("succession-*.note")
    other = Signer("amanah.local/log", bytes([7] * 32)).verifier
    assert run("follow", note, "--key", other).exit_code == 1
    assert run("follow", data / "nowhere", "--key", OLD.verifier).exit_code == 2
    assert run("follow", note, "--key", "nonsense").exit_code == 2


@pytest.mark.parametrize("text", ["", "short", "AAAA", "*", f"{base64.b64encode(bytes(32)).decode()},AAAA"])
def test_what_is_no_key_is_told_without_repeating_it(text: str) -> None:
    with pytest.raises(BadSettings) as refused:
        log_keys.parse("amanah.local/log", text)
    assert "AMANAH_AUDIT_KEY" in str(refused.value)
    assert not text or text not in str(refused.value).replace("AMANAH_AUDIT_KEY", "")


@pytest.mark.parametrize("command", ["rotate", "retire", "follow"])
def test_each_has_an_example(command: str) -> None:
    assert f"amanah audit key {command}" in run(command, "--help").output


def test_a_folder_named_before_the_command_is_not_passed_over(data: Path) -> None:
    before = (data / log_keys.FILE).read_bytes()
    done = run("--data", data, "rotate")
    assert (done.exit_code, f"rotate --data {data}" in done.output.replace("\n", " ")) == (2, True)
    assert (data / log_keys.FILE).read_bytes() == before
