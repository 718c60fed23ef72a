"""The embedded stores: started again when they die, gone when their parent is, and durable in between."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from amanah.contracts.errors import AmanahError
from amanah.runtime import embedded, mongo
from amanah.runtime import settings as settings_module
from amanah.runtime.embedded import CannotStart, Child
from tests.waiting import eventually

PARENT = """
import asyncio, sys, pathlib
from amanah.runtime import embedded, mongo, settings

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
