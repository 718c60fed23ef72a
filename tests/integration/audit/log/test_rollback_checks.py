"""Checks of the log before anything is signed, and the alarms that they raise once an occasion."""

import asyncio
from collections.abc import Awaitable, Callable

import orjson
import pytest

from amanah.contracts.errors import NotFound
from amanah.tlog.checkpoint import Signer
from services.audit.alarms.commands import raise_alarm, settle_alarms
from services.audit.alarms.documents import ALARMS
from services.audit.alarms.lookup import open_alarms
from services.audit.alarms.rules import LogBehind, LogBroken, LogForked
from services.audit.log.files import LogFiles
from services.audit.log.heads import read_head, read_published
from services.audit.log.publisher import Publisher
from services.audit.search.documents import ENTRIES
from services.audit.store import Store
from tests.integration.audit.logs import Append, MakeEntry, MakeStore, back_up, publish_all, raised_alarms
from tests.waiting import eventually


async def publish(store: Store) -> None:
    await publish_all(Publisher(store, LogFiles(store)))


async def trouble(store: Store) -> str:
    """Runs a publisher until it has a trouble, and returns that."""
    publisher = Publisher(store, LogFiles(store))
    running = asyncio.create_task(publisher.run())
    try:
        return await eventually(publisher.trouble) or ""
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_store_set_back_to_a_backup_signs_nothing_until_it_is_restored(
    store: Store, files: LogFiles, append: Append, make_entry: MakeEntry
) -> None:
    await append(make_entry(0))
    await publish(store)
    set_back = await back_up(store)
    await append(make_entry(1))
    await publish(store)
    whole = await back_up(store)
    copy = await files.read("checkpoint")

    await set_back()
    await append(make_entry(7), make_entry(8))
    for _ in range(3):
        with pytest.raises(LogBehind, match="Restore"):
            await publish(store)
    assert "Restore the store" in await trouble(store)
    assert await files.read("checkpoint") == copy
    assert (await read_head(store)).size == 1
    assert await raised_alarms(store) == [("log_behind", False)]

    await whole()
    await append(make_entry(2))
    await publish(store)
    await publish(store)
    published = await read_published(store)
    assert published is not None
    assert published.checkpoint.size == 3
    assert await raised_alarms(store) == [("log_behind", False), ("log_behind", True)]


async def test_a_store_that_went_another_way_than_what_was_published_signs_nothing(
    store: Store, files: LogFiles, append: Append, make_entry: MakeEntry
) -> None:
    await append(make_entry(0))
    await publish(store)
    set_back = await back_up(store)
    await append(make_entry(1))
    await publish(store)
    copy = await files.read("checkpoint")
    await store.objects.delete(store.bucket, "checkpoint")
    await set_back()
    await append(make_entry(7), make_entry(8))
    await publish(store)
    await files.write("checkpoint", copy)
    with pytest.raises(LogForked, match="first 2 published entries"):
        await publish(store)
    (alarm,) = await store[ALARMS].list({})
    assert alarm["rule"] == "log_forked"
    assert alarm["evidence"]["published"] == copy.decode()
    assert alarm["evidence"]["head"] == (await read_head(store)).text


async def test_a_changed_entry_is_never_signed_over(store: Store, append: Append, make_entry: MakeEntry) -> None:
    await append(*(make_entry(i) for i in range(5)))
    await publish(store)
    await store[ENTRIES].update({"index": 2}, {"$set": {"leaf": b"forged"}})
    await append(make_entry(5))
    for _ in range(3):
        with pytest.raises(LogBroken, match="root"):
            await publish(store)
    assert (await read_head(store)).size == 5
    assert await raised_alarms(store) == [("log_broken", False)]
    await store[ENTRIES].update({"index": 2}, {"$set": {"leaf": make_entry(2).canonical()}})
    await publish(store)
    assert (await read_head(store)).size == 6
    assert await raised_alarms(store) == [("log_broken", False), ("log_broken", True)]


async def test_a_lost_entry_stops_the_log(store: Store, append: Append, make_entry: MakeEntry) -> None:
    await append(*(make_entry(i) for i in range(3)))
    await store[ENTRIES].delete({"index": 1})
    with pytest.raises(LogBroken, match="lacks entries"):
        await publish(store)
    assert await raised_alarms(store) == [("log_broken", False)]


async def test_an_alarm_that_comes_again_is_another_occasion(store: Store) -> None:
    for _ in range(2):
        await raise_alarm(store, "log_broken", "It broke.")
        await raise_alarm(store, "log_broken", "It is broken still.")
        await settle_alarms(store)
    assert await raised_alarms(store) == [("log_broken", False), ("log_broken", True)] * 2
    entries = [orjson.loads(bytes(d["value"])) for d in await store.outbox.pending(100)]
    actions = [entry["action"] for entry in entries if "action" in entry]
    assert actions == ["audit:log:alarm", "audit:log:settle"] * 2
    assert await open_alarms(store) == {}


async def test_instances_that_notice_the_same_tell_it_once(store: Store, make_store: MakeStore) -> None:
    await asyncio.gather(*(raise_alarm(make_store(), "log_broken", "It broke.") for _ in range(4)))
    assert await raised_alarms(store) == [("log_broken", False)]


async def test_another_key_does_not_take_the_log_over(store: Store, make_store: MakeStore) -> None:
    await publish(store)
    other = make_store()
    other.signers = (Signer(store.origin, bytes(32)),)
    with pytest.raises(LogBroken, match="key"):
        await Publisher(other, LogFiles(other)).step()


async def test_a_lost_tile_stops_the_log_and_names_itself(
    store: Store, append: Append, make_entry: MakeEntry, delete_file: Callable[[str], Awaitable[None]]
) -> None:
    await append(*(make_entry(i) for i in range(300)))
    await publish(store)
    await delete_file("tile/1/000.p/1")
    await append(make_entry(300))
    with pytest.raises(LogBroken, match="tile"):
        await publish(store)


async def test_nothing_but_a_log_s_files_is_read(store: Store, files: LogFiles) -> None:
    for path in ("../secret", "tile/0/0", "", "tile/entries/000/../../x"):
        with pytest.raises(NotFound):
            await files.read(path)
