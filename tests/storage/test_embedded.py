"""The embedded stores: started again when they die, gone when their parent is, and durable in between."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from random import Random

import pytest

from amanah.cli import embedded
from amanah.cli.embedded import CannotStart, Child
from amanah.contracts.errors import AmanahError
from amanah.runtime import mongo
from amanah.runtime import settings as settings_module
from amanah.runtime.settings import Settings
from amanah.runtime.tables import Document, index
from tests.waiting import eventually

PARENT = """
import asyncio, sys, pathlib
from amanah.cli import embedded
from amanah.runtime import mongo, settings

async def main():
    async with embedded.stores(settings.load(data=pathlib.Path(sys.argv[1]))) as found:
        async with mongo.connect(found.mongo_url) as databases:
            await databases("kept")["a"].insert({"_id": sys.argv[2]})
        print("written", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def _below(folder: Path) -> list[int]:
    """The processes whose command line names the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in command and int(entry.name) != os.getpid():
                found.append(int(entry.name))
    return found


async def test_a_store_that_dies_is_started_again_with_what_it_kept(tmp_path: Path) -> None:
    settings = settings_module.load(data=tmp_path, s3_endpoint="http://127.0.0.1:9", s3_secret_key="x" * 8)
    async with embedded.stores(settings) as found:
        assert found.mongo_url is not None
        async with mongo.connect(found.mongo_url) as databases:
            await databases("kept")["a"].insert({"_id": "before"})
            (store,) = _below(tmp_path)
            os.kill(store, signal.SIGKILL)

            async def answers() -> bool:
                try:
                    return await databases("kept")["a"].get({"_id": "before"}) is not None
                except AmanahError:
                    return False

            await eventually(answers)
            assert _below(tmp_path) != [store]


async def test_no_oplog_is_kept_whose_pruning_would_undo_commits(tmp_path: Path) -> None:
    """Two of SecantusDB's commits that prune the same of it end in an internal error, one write in a thousand."""
    settings = settings_module.load(data=tmp_path, s3_endpoint="http://127.0.0.1:9", s3_secret_key="x" * 8)
    async with embedded.stores(settings) as found:
        assert found.mongo_url is not None
        async with mongo.connect(found.mongo_url) as databases:
            kept = databases("kept")
            await kept["a"].ensure_indexes([])
            await kept.transaction(lambda tx: kept["a"].insert({"_id": "written"}, tx=tx))
            assert await kept["a"].count({}) == 1
            assert await databases("local")["oplog.rs"].list({}) == []


@pytest.mark.slow
async def test_a_transaction_that_touches_much_of_the_cache_comes_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each key of an index that is in no order lies on another page: few documents fill the cache with unwritten pages."""
    monkeypatch.setattr(embedded, "_CACHE", "128M")
    chance = Random(1)

    def documents(first: int, count: int) -> list[Document]:
        keys = ({name: chance.randbytes(400).hex() for name in "abcd"} for _ in range(count))
        return [{"_id": number, **fields} for number, fields in enumerate(keys, first)]

    settings = settings_module.load(data=tmp_path, s3_endpoint="http://127.0.0.1:9", s3_secret_key="x" * 8)
    async with embedded.stores(settings) as found:
        assert found.mongo_url is not None
        async with mongo.connect(found.mongo_url) as databases:
            kept = databases("kept")
            await kept["a"].ensure_indexes([index(name) for name in "abcd"])
            for first in range(0, 8_000, 500):
                await kept["a"].insert_many(documents(first, 500))

            async def insert(tx: mongo.Tx) -> None:
                for first in range(8_000, 9_500, 100):
                    await kept["a"].insert_many(documents(first, 100), tx=tx)

            async with asyncio.timeout(45):  # it stood still for a minute at a time
                await kept.transaction(insert)
            assert await kept["a"].count({}) == 9_500


async def test_stores_end_with_their_parent_and_lose_nothing(tmp_path: Path) -> None:
    for written in ("one", "two"):
        parent = subprocess.Popen(
            [sys.executable, "-c", PARENT, str(tmp_path), written], stdout=subprocess.PIPE, text=True
        )
        assert parent.stdout is not None
        line = await asyncio.to_thread(parent.stdout.readline)
        assert line == "written\n"
        assert len(_below(tmp_path)) == 3
        parent.kill()
        parent.wait()
        parent.stdout.close()

        async def gone() -> bool:
            return not _below(tmp_path)

        await eventually(gone)
    settings = settings_module.load(data=tmp_path, s3_endpoint="http://127.0.0.1:9", s3_secret_key="x" * 8)
    async with embedded.stores(settings) as found:
        assert found.mongo_url is not None
        async with mongo.connect(found.mongo_url) as databases:
            assert {d["_id"] for d in await databases("kept")["a"].list({})} == {"one", "two"}


async def test_a_store_that_cannot_start_names_itself_and_its_log(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    child = Child("document store", [sys.executable, "-c", "raise SystemExit(3)"], never, tmp_path / "store.log")
    with pytest.raises(CannotStart, match=r"document store.*store\.log"):
        await child.start()


@pytest.fixture
async def sleeper(tmp_path: Path) -> AsyncIterator[Callable[..., Child]]:
    """Makes a store that lives on and does nothing: `sleeper(answers)`."""
    made: list[Child] = []

    def make(answers: Callable[[], Awaitable[bool]]) -> Child:
        command = [sys.executable, "-c", "import time; time.sleep(600)"]
        made.append(Child("document store", command, answers, tmp_path / "store.log"))
        return made[-1]

    yield make
    for child in made:
        await child.stop(grace=0)


async def _watched(child: Child, until: Callable[[], bool]) -> None:
    watching = asyncio.create_task(child.watch())
    try:
        await eventually(until, every=0.05)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def test_a_store_that_answers_late_is_left_alone(
    sleeper: Callable[..., Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_CHECK_EVERY", 0.05)
    monkeypatch.setattr(embedded, "_SILENCE", 20.0)
    asked = 0

    async def late() -> bool:
        nonlocal asked
        asked += 1
        if asked > 1:  # the first is asked as it starts
            await asyncio.sleep(1.2)  # the fault: an answer that is late
        return asked != 3  # and once it refuses

    child = sleeper(late)
    await child.start()
    await _watched(child, until=lambda: asked >= 5)
    assert child.restarts == 0


@pytest.mark.parametrize("silent", [True, False], ids=["silent", "refusing"])
async def test_a_store_that_is_silent_for_long_is_started_again(
    sleeper: Callable[..., Child], monkeypatch: pytest.MonkeyPatch, silent: bool
) -> None:
    monkeypatch.setattr(embedded, "_CHECK_EVERY", 0.05)
    monkeypatch.setattr(embedded, "_SILENCE", 2.0)
    hangs = False

    async def answers() -> bool:
        if hangs and silent:
            await asyncio.Event().wait()
        return not hangs

    child = sleeper(answers)
    await child.start()
    first = child.process
    hangs = True
    assert first is not None
    await _watched(child, until=lambda: child.restarts == 1 and first.returncode is not None)


async def test_a_probe_is_answered_while_all_other_threads_wait_for_the_store(stores: Settings) -> None:
    assert stores.mongo_url is not None
    threads = 5 * (os.cpu_count() or 1)  # that many does motor have
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"mongodb://127.0.0.1:{silent.getsockname()[1]}/?directConnection=true"
        async with mongo.connect(url) as nothing:
            stuck = [asyncio.ensure_future(nothing("none").ping()) for _ in range(threads)]
            await asyncio.sleep(0.1)
            probe = mongo.Probe(stores.mongo_url)
            try:
                assert await probe.ping()
                assert not any(each.done() for each in stuck)
            finally:
                probe.close()
                await asyncio.gather(*stuck, return_exceptions=True)


async def test_a_probe_tells_that_nobody_answers() -> None:
    probe = mongo.Probe(f"mongodb://127.0.0.1:{embedded.free_port()}/?directConnection=true")
    try:
        assert not await probe.ping()
    finally:
        probe.close()


def test_a_store_does_not_start_for_a_parent_that_is_gone() -> None:
    """As if the parent had been killed between its fork and what the child asks of the kernel."""
    gone, here = os.getpid() + 1, os.getpid()
    for parent, shown in ((gone, ""), (here, "started\n")):
        done = subprocess.run(
            ["echo", "started"], preexec_fn=partial(embedded._die_with_parent, parent), capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.stdout == shown
