"""Parallel hashing of a copy: the report is the same, and the processes end with the verification."""

import os
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amanah.cli.log_copy import LogFolder, ProcessPool, Unreachable, hash_processes
from amanah.tlog import layout
from amanah.tlog.merkle import RightEdge, leaf_hash
from amanah.tlog.verify import Fetch, Hashers, VerificationReport, VerificationState, verify_log
from tests.unit.tlog.logs import SIGNER, Files, Serve, numbered, write_files

SIZE = 40 * 256 + 7
ENTRIES = numbered(SIZE)
KEY = SIGNER.verifier


@pytest.fixture(scope="module")
def honest(serve: Serve) -> Files:
    return serve(ENTRIES, [300])


@pytest.fixture(scope="module")
def hashers() -> Iterator[Hashers]:
    with ThreadPoolExecutor(2) as pool:
        yield Hashers(pool, 2, least=1)


def run(
    fetch: Fetch, files: Files, hashers: Hashers | None, state: VerificationState | None = None
) -> tuple[VerificationReport, list[VerificationState]]:
    saved: list[VerificationState] = []

    def listing() -> list[str]:
        return sorted(files.keys() - {"checkpoint"})

    return verify_log(fetch, KEY, listing=listing, state=state, save=saved.append, hashers=hashers), saved


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_the_report_is_the_same_with_hashers(
    serve: Serve, honest: Files, hashers: Hashers, data: st.DataObject
) -> None:
    files = dict(honest)
    for path in data.draw(st.lists(st.sampled_from(sorted(files.keys() - {"checkpoint"})), max_size=3, unique=True)):
        held, at = files[path], data.draw(st.integers(0, len(files[path]) - 1))
        change = data.draw(st.sampled_from(["lose", "cut", "flip", "longer"]))
        files[path] = {"cut": held[:at], "longer": held + b"\0"}.get(
            change, held[:at] + bytes([held[at] ^ 1]) + held[at + 1 :]
        )
        if change == "lose":
            del files[path]
    begun = data.draw(st.sampled_from([0, 256, 300]))
    earlier = serve(ENTRIES[:begun])
    state = run(earlier.__getitem__, earlier, None)[1][-1]
    assert run(files.__getitem__, files, hashers, state) == run(files.__getitem__, files, None, state)


@pytest.fixture(scope="module")
def copy(honest: Files, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_files(tmp_path_factory.mktemp("copy"), honest)


@contextmanager
def eager() -> Iterator[Hashers]:
    with hash_processes(2) as hashers:
        assert hashers is not None
        yield replace(hashers, least=1)


def processes_of(hashers: Hashers) -> list[subprocess.Popen[bytes]]:
    assert isinstance(hashers.pool, ProcessPool)
    return hashers.pool.processes


def test_processes_hash_all_full_tiles(copy: Path, honest: Files) -> None:
    here: list[str] = []

    class Seen(LogFolder):
        def __call__(self, path: str) -> bytes:
            here.append(path)
            return super().__call__(path)

        def __reduce__(self) -> tuple[type[LogFolder], tuple[str]]:
            return LogFolder, (self.folder,)

    with eager() as hashers:
        report, _ = run(Seen(str(copy)), honest, hashers)
    assert report == run(LogFolder(str(copy)), honest, None)[0]
    assert report.verified
    assert layout.bundle_path(5) not in here


def test_an_unreadable_copy_stops_where_it_would_without_hashers(copy: Path, honest: Files) -> None:
    class Torn(LogFolder):
        def __call__(self, path: str) -> bytes:
            if path == layout.bundle_path(35):
                raise Unreachable(path)
            return super().__call__(path)

        def __reduce__(self) -> str:
            raise TypeError("no process can have this")

    saved: list[VerificationState] = []
    with eager() as hashers, pytest.raises(Unreachable):
        verify_log(Torn(str(copy)), KEY, listing=list, save=saved.append, hashers=hashers)
    assert [state.size for state in saved] == [35 * 256]


def test_an_interrupt_keeps_the_state_and_leaves_no_process(copy: Path, honest: Files) -> None:
    def interrupted(done: int, total: int) -> None:
        if done == 20 * 256:
            raise KeyboardInterrupt

    saved: list[VerificationState] = []
    fetch = LogFolder(str(copy))
    with eager() as hashers, pytest.raises(KeyboardInterrupt):
        verify_log(fetch, KEY, hashers=hashers, listing=list, save=saved.append, progress=interrupted)
    started = processes_of(hashers)
    assert started
    assert all(process.poll() is not None for process in started)
    assert saved[-1].size == 20 * 256
    assert run(LogFolder(str(copy)), honest, None, saved[-1])[0].verified


def test_a_stuck_process_blocks_nobody() -> None:
    asked = Event()

    class Question:
        def __reduce__(self) -> tuple[type[int], tuple[()]]:
            asked.set()
            return int, ()

    with hash_processes(2) as hashers:
        assert hashers is not None
        os.kill(hashers.pool.submit(os.getpid).result(), signal.SIGSTOP)
        waiting = hashers.pool.submit(repr, Question())
        asked.wait()
    assert isinstance(waiting.exception(), EOFError | BrokenPipeError)
    assert all(process.poll() is not None for process in processes_of(hashers))


def test_a_short_log_starts_no_process(copy: Path, honest: Files) -> None:
    with hash_processes(2) as hashers:
        assert hashers is not None
        assert run(LogFolder(str(copy)), honest, hashers)[0].verified
    assert not processes_of(hashers)


def test_appending_a_tile_by_its_root_equals_appending_its_leaves() -> None:
    leaves = [leaf_hash(entry) for entry in ENTRIES[: 256 * 3]]
    one, other = RightEdge(), RightEdge()
    for at in range(0, len(leaves), 256):
        tree = RightEdge()
        tree.extend(leaves[at : at + 256])
        other.append_tile(tree.root())
    one.extend(leaves)
    assert (one.size, one.root(), one.partials()) == (other.size, other.root(), other.partials())
    other.extend(leaves[:1])
    with pytest.raises(ValueError, match="follows only full tiles"):
        other.append_tile(leaves[0])
