import base64
import gzip
import json
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from amanah.tlog.checkpoint import Checkpoint, Note, Signer
from tests.unit.cli.audit.commands import run
from tests.unit.tlog.logs import Serve, write_files


class Silent(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 64


@pytest.fixture
def log(tmp_path: Path, serve: Serve) -> Path:
    return write_files(tmp_path / "log", serve([b'{"entry":%d}' % i for i in range(600)]))


@pytest.fixture
def url(log: Path) -> Iterator[str]:
    server = Server(("127.0.0.1", 0), partial(Silent, directory=str(log)))
    thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_served_log_and_its_export_verify(url: str, tmp_path: Path, signer: Signer) -> None:
    online = run("verify", url, "--key", signer.verifier)
    assert online.exit_code == 0, online.output
    assert "this run hashed all 600 entries" in online.output
    kept = tmp_path / "kept"
    assert run("export", kept, "--url", url + "/").exit_code == 0
    offline = run("verify", kept, "--key", signer.verifier, "--old", kept / "checkpoint")
    assert offline.exit_code == 0, offline.output
    assert "continues the checkpoint in --old (600 entries)" in offline.output
    again = run("export", kept, "--url", url)
    assert "(0 new files)" in again.output


def test_a_changed_entry_is_named_by_its_index(log: Path, signer: Signer) -> None:
    bundle = log / "tile/entries/001"
    bundle.write_bytes(bundle.read_bytes().replace(b'{"entry":300}', b'{"entry":301}'))
    result = run("verify", log, "--key", signer.verifier)
    assert result.exit_code == 1
    assert "The first entry that differs is 300." in result.output
    assert "tile/entries/001" in result.output
    assert "as evidence" in result.output


def test_a_stray_file_or_a_linked_folder_is_a_finding(log: Path, tmp_path: Path, signer: Signer) -> None:
    (log / "tile/0/.DS_Store").write_bytes(b"of a file manager")
    assert run("verify", log, "--key", signer.verifier).exit_code == 0
    (log / "tile/0/\x1b[2Jclear").write_bytes(b"")
    (tmp_path / "elsewhere").mkdir()
    (log / "tile/0/000.p").symlink_to(tmp_path / "elsewhere")
    result = run("verify", log, "--key", signer.verifier)
    assert result.exit_code == 1
    assert "tile/0/\\x1b[2Jclear is not a file of a log" in result.output
    assert "tile/0/000.p is not a file of a log" in result.output


def test_a_copy_without_tiles_does_not_verify(log: Path, signer: Signer) -> None:
    """A missing folder is a finding, not a reading error."""
    shutil.rmtree(log / "tile")
    for _ in ("gone", "a file"):
        result = run("verify", log, "--key", signer.verifier)
        assert result.exit_code == 1, result.output
        assert "tile/entries/000 is missing" in result.output
        assert "The first entry that differs is 0." in result.output
        (log / "tile").write_bytes(b"")


def test_a_log_without_entries_verifies(tmp_path: Path, serve: Serve, signer: Signer) -> None:
    log = write_files(tmp_path / "log", serve([]))
    assert not (log / "tile").exists()
    result = run("verify", log, "--key", signer.verifier)
    assert result.exit_code == 0, result.output


def test_a_log_may_be_served_with_gzip(url: str, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    """C2SP tlog-tiles: a log MAY respond with gzip to any request."""

    def zipped(self: Silent) -> None:
        file = Path(self.translate_path(self.path))
        if not file.is_file():
            return self.send_error(404)
        body = gzip.compress(file.read_bytes())
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    monkeypatch.setattr(Silent, "do_GET", zipped)
    result = run("verify", url, "--key", signer.verifier)
    assert result.exit_code == 0, result.output


def test_a_whole_log_with_the_manifest_of_a_selection_is_verified_as_a_whole(log: Path, signer: Signer) -> None:
    """An attacker may add the manifest of a selection, so that less would be checked."""
    filters = {"from": None, "to": None, "subjects": ["rcp_1"], "actor": None}
    about = {"form": "amanah/audit-export/v1", "amanah": "0.1.0", "entries": 0, "filters": filters}
    (log / "export.json").write_text(json.dumps(about))
    bundle = log / "tile/entries/001"
    bundle.write_bytes(bundle.read_bytes().replace(b'{"entry":300}', b'{"entry":301}'))
    result = run("verify", log, "--key", signer.verifier)
    assert result.exit_code == 1
    assert "The first entry that differs is 300." in result.output


def test_a_shorter_log_does_not_continue_an_earlier_checkpoint(
    log: Path, tmp_path: Path, serve: Serve, signer: Signer
) -> None:
    shorter = write_files(tmp_path / "shorter", serve([b'{"entry":%d}' % i for i in range(599)]))
    result = run("verify", shorter, "--key", signer.verifier, "--old", log / "checkpoint")
    assert result.exit_code == 1
    assert "fewer than the 600" in result.output


def test_an_earlier_checkpoint_from_before_a_key_rotation(
    log: Path, tmp_path: Path, serve: Serve, signer: Signer
) -> None:
    old = Signer(signer.name, bytes([9] * 32))
    head = Checkpoint.parse(Note.parse(serve([b'{"entry":%d}' % i for i in range(300)])["checkpoint"]).text)
    kept = tmp_path / "kept"
    kept.write_text(head.signed(old))
    given = ("verify", log, "--key", signer.verifier, "--old", kept)
    assert run(*given).exit_code == 2
    followed = run(*given, "--old-key", old.verifier)
    assert followed.exit_code == 0, followed.output
    assert "continues the checkpoint in --old (300 entries)" in followed.output
    other = run(*given, "--old-key", Signer("log.example/other", bytes(32)).verifier)
    assert other.exit_code == 2
    assert "of the log log.example/other" in other.output


def test_unreadable_sources_exit_with_2(log: Path, tmp_path: Path, signer: Signer, url: str) -> None:
    key = signer.verifier
    assert run("verify", tmp_path / "nowhere", "--key", key).exit_code == 2
    assert run("verify", tmp_path, "--key", key).exit_code == 2
    assert run("verify", url + "/nothing", "--key", key).exit_code == 2
    assert run("verify", log, "--key", "nonsense").exit_code == 2
    assert run("verify", log).exit_code == 2
    assert run("verify", log, "--key", key, "--old", log / "tile/0/000").exit_code == 2
    assert run("export", tmp_path / "kept", "--url", url + "/nothing").exit_code == 2
    (log / "tile/0/001").unlink()
    result = run("export", tmp_path / "kept", "--url", url)
    assert result.exit_code == 1
    assert "tile/0/001" in result.output


def test_the_key_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AMANAH_AUDIT_KEY", "AMANAH_AUDIT_ORIGIN"):
        monkeypatch.delenv(name, raising=False)
    assert run("key", "--data", tmp_path).exit_code == 2
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/audit.key").write_text(base64.b64encode(bytes(32)).decode() + "\n")
    expected = str(Signer("amanah.local/log", bytes(32)).verifier)
    assert run("key", "--data", tmp_path).output == expected + "\n"
    monkeypatch.setenv("AMANAH_AUDIT_KEY", "short")
    assert run("key", "--data", tmp_path).exit_code == 2


@pytest.mark.parametrize("command", ["verify", "key", "export"])
def test_each_command_has_an_example(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"amanah audit {command}" in result.output


def test_a_state_is_saved_and_resumed(tmp_path: Path, serve: Serve, signer: Signer) -> None:
    def all_entries(count: int) -> list[bytes]:
        return [b'{"entry":%d}' % i for i in range(count)]

    log, state = write_files(tmp_path / "log", serve(all_entries(600))), tmp_path / "state.json"
    arguments = ["--key", signer.verifier, "--state", state]
    first = run("verify", log, *arguments)
    assert first.exit_code == 0, first.output
    write_files(log, serve(all_entries(900), [600]))
    later = run("verify", log, *arguments)
    assert later.exit_code == 0, later.output
    assert "continues the checkpoint of the earlier run (600 entries)" in later.output

    other = Signer(signer.name, bytes(32))
    assert run("verify", log, "--key", other.verifier, "--state", state).exit_code == 2
    kept = state.read_bytes()
    write_files(log, serve(all_entries(700)))
    shorter = run("verify", log, *arguments)
    assert shorter.exit_code == 1
    assert f"remove {state} and start again" in shorter.output.replace("\n", " ")
    assert state.read_bytes() == kept
    state.write_text("{}")
    assert run("verify", log, *arguments).exit_code == 2
    assert run("verify", log, "--key", signer.verifier, "--state", tmp_path / "no" / "state").exit_code == 2


def test_entries_of_this_run_and_of_earlier_runs_are_counted_apart(
    tmp_path: Path, serve: Serve, signer: Signer
) -> None:
    log, state = tmp_path / "log", tmp_path / "state.json"

    def told(count: int, *more: object) -> list[str]:
        write_files(log, serve([b'{"entry":%d}' % i for i in range(count)]))
        result = run("verify", log, "--key", signer.verifier, *more)
        assert result.exit_code == 0, result.output
        return [line[2:] for line in result.output.splitlines() if "run" in line or "READ" in line]

    kept = ("--state", state)
    assert told(600, *kept) == ["this run hashed all 600 entries; tiles compared: 4"]
    assert told(600, *kept) == [
        "this run hashed all 88 entries from number 512 on (none of them new, 88 hashed by earlier runs too); "
        "tiles compared: 2",
        "earlier runs hashed the first 600 entries, according to the --state file",
        "continues the checkpoint of the earlier run (600 entries)",
        "NOT READ AGAIN: the first 512 entries as they are served now; without --state all are read",
    ]
    assert told(768, *kept)[:2] == [
        "this run hashed all 256 entries from number 512 on (168 of them new, 88 hashed by earlier runs too); "
        "tiles compared: 2",
        "earlier runs hashed the first 600 entries, according to the --state file",
    ]
    assert told(768, *kept)[0] == "this run hashed no entry, since none is new; tiles compared: 1"
    assert "from number 768 on (2 of them new); " in told(770, *kept)[0]
    again = told(770, "--old", log / "checkpoint")
    assert again == ["this run hashed all 770 entries; tiles compared: 5"]


def test_an_address_that_fails_leaves_a_state_to_resume_from(
    url: str, log: Path, tmp_path: Path, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, state = Silent.do_GET, tmp_path / "state.json"

    def failing(self: Silent) -> None:
        if self.path.endswith("entries/001"):
            self.send_error(503)
        else:
            answer(self)

    monkeypatch.setattr(Silent, "do_GET", failing)
    stopped = run("verify", url, "--key", signer.verifier, "--state", state)
    assert stopped.exit_code == 2
    assert "Run the same command again to resume." in stopped.output
    monkeypatch.undo()
    again = run("verify", url, "--key", signer.verifier, "--state", state)
    assert again.exit_code == 0, again.output
    assert "earlier runs hashed the first 256 entries" in again.output
    assert "NOT LOOKED FOR: old partial tiles" in again.output


def test_witnesses_and_a_quorum(tmp_path: Path, serve: Serve, signer: Signer, witness: Signer) -> None:
    log = write_files(tmp_path / "log", serve([b"entry"] * 3, cosigned=True))
    silent = Signer("silent.example", bytes(32)).cosigner
    key = ["--key", signer.verifier]
    seen = run("verify", log, *key, "--witness", witness.cosigner)
    assert seen.exit_code == 0
    assert "cosigned by witness.example/w at 2023-11-14 22:13:20 UTC" in seen.output
    assert "signatures of keys that were not given (witness.example/w)" in run("verify", log, *key).output
    both = ["--witness", witness.cosigner, "--witness", silent]
    missing = run("verify", log, *key, *both)
    assert missing.exit_code == 1
    assert "silent.example" in missing.output
    assert "The witness may be late" in missing.output
    assert "as evidence" not in missing.output
    assert run("verify", log, *key, *both, "--quorum", 1).exit_code == 0
    assert run("verify", log, *key, *both, "--quorum", 3).exit_code == 2


def test_files_beyond_the_checkpoint_are_reported(log: Path, serve: Serve, signer: Signer) -> None:
    write_files(log, serve([b'{"entry":%d}' % i for i in range(520)]) | {"tile/0/009.p/1": bytes(32)})
    result = run("verify", log, "--key", signer.verifier)
    assert result.exit_code == 0, result.output
    assert "NOT COVERED: 3 files beyond this checkpoint" in result.output
