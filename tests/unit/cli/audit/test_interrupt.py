"""Ctrl-C while the command verifies a long log with hash processes."""

import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, Signer
from amanah.tlog.layout import Span
from amanah.tlog.merkle import RightEdge, leaf_hash, tree_root
from amanah.tlog.verify import VerificationState
from tests.unit.tlog.logs import Files, write_files

AMANAH = Path(sys.executable).with_name("amanah")
TILES = 1024
SIZE = TILES * layout.WIDTH
ENTRY = b"x" * 4000
"""Long, so that the log takes seconds to hash, and always the same, so that its files are one file by many names."""


@pytest.fixture
def log(tmp_path: Path, signer: Signer) -> Path:
    leaf, edge = leaf_hash(ENTRY), RightEdge()
    tile, bundle = [leaf] * layout.WIDTH, layout.encode_bundle([ENTRY] * layout.WIDTH)
    first, files = layout.span(0, 0, SIZE), Files()
    for number in range(TILES):
        span = Span(0, number, layout.WIDTH)
        for path, same, data in ((span.path, first.path, b"".join(tile)), (span.bundle, first.bundle, bundle)):
            file = tmp_path / "log" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.hardlink_to(tmp_path / "log" / same) if number else file.write_bytes(data)
        files |= {built.span.path: built.data for built in edge.append_tile(tree_root(tile)) if built.level}
    files |= {built.span.path: built.data for built in edge.partials()}
    files["checkpoint"] = Checkpoint(signer.name, SIZE, edge.root()).signed(signer).encode()
    return write_files(tmp_path / "log", files)


def children(process: int) -> set[int]:
    return {
        int(child) for file in Path(f"/proc/{process}/task").glob("*/children") for child in file.read_text().split()
    }


def interrupted(command: list[str]) -> tuple[int, str, set[int]]:
    """Runs the command on a terminal of its own, and types Ctrl-C as soon as it shows progress.

    Returns its exit code, the output, and the processes that it had started.
    """
    terminal, end = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "120"}
    # A shell's background jobs ignore Ctrl-C, and hand that on; the command is to be in the foreground.
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(command, stdout=end, stderr=end, env=environment, start_new_session=True)
    signal.signal(signal.SIGINT, before)
    os.close(end)
    shown, hashers, typed = b"", set[int](), False
    while True:
        try:
            shown += os.read(terminal, 1 << 16)
        except OSError:  # nobody has the other end any more
            break
        if not typed and re.search(rb"\b[1-9][0-9]*/%d" % SIZE, shown):
            hashers, typed = children(process.pid), True
            os.killpg(process.pid, signal.SIGINT)
    os.close(terminal)
    return process.wait(), shown.decode(), hashers


def test_it_shuts_down_and_the_next_run_resumes(log: Path, tmp_path: Path, signer: Signer) -> None:
    file = tmp_path / "state"
    command = [str(AMANAH), "audit", "verify", str(log), "--key", str(signer.verifier), "--state", str(file)]
    code, shown, hashers = interrupted(command)
    assert code == 130, shown
    assert "Traceback" not in shown
    cores = len(os.sched_getaffinity(0))
    assert len(hashers) <= cores
    assert hashers or cores == 1
    assert [pid for pid in hashers if Path(f"/proc/{pid}").exists()] == []
    reached = VerificationState.decode(file.read_bytes(), signer.verifier).size
    assert 0 < reached < SIZE
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stdout + again.stderr
    assert f"earlier runs hashed the first {reached} entries, according to the --state file" in again.stdout
    assert "VERIFIED" in again.stdout
