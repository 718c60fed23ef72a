"""The service as a whole: entries come by the bus, and go out as a log that verifies."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from amanah.contracts.errors import NotFound
from amanah.contracts.topics import AUDIT_ENTRIES, TOPICS, dead_letters
from amanah.runtime.bus.bus import Outgoing
from amanah.runtime.bus.consumer import Consumer
from amanah.runtime.bus.local import LocalBus
from amanah.runtime.service import Worker
from amanah.tlog.checkpoint import open_checkpoint
from amanah.tlog.layout import CHECKPOINT
from services.audit.log.files import LogFiles
from services.audit.log.publisher import Publisher
from services.audit.reactions import RAW
from services.audit.search.lookup import read_leaves
from services.audit.store import Store
from tests.integration.audit.logs import MakeEntry, MakeStore, Verify
from tests.waiting import eventually


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[LocalBus]:
    bus = LocalBus(tmp_path / "bus.sqlite")
    await bus.ensure_topics(TOPICS.values())
    yield bus
    await bus.close()


@asynccontextmanager
async def working(*workers: Worker) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def consumer(bus: LocalBus, store: Store) -> Consumer:
    return Consumer(bus, store.db, group="audit", store=store, raw=RAW)


def instance(bus: LocalBus, store: Store) -> tuple[Consumer, Publisher]:
    entering = consumer(bus, store)
    return entering, Publisher(store, LogFiles(store), holds=partial(entering.holds, AUDIT_ENTRIES.name))


def published(leaves: Sequence[bytes]) -> list[Outgoing]:
    return [Outgoing(AUDIT_ENTRIES.name, b"subject", leaf) for leaf in leaves]


async def test_entries_become_a_log_in_the_order_of_the_topic(
    store: Store, files: LogFiles, bus: LocalBus, make_entry: MakeEntry, verify: Verify
) -> None:
    leaves = [make_entry(i).canonical() for i in range(300)]
    await bus.publish(published([*leaves[:200], *leaves[100:150]]))  # a relay that published a part again
    async with working(consumer(bus, store), Publisher(store, files)):
        await bus.publish(published(leaves[200:]))
        await eventually(partial(has_size, store, files, 300))
    assert await read_leaves(store, 0, 300) == leaves
    report = await verify()
    assert report.verified, report.findings
    assert report.size == 300


async def test_what_is_no_entry_is_parked_and_the_rest_goes_on(
    store: Store, files: LogFiles, bus: LocalBus, make_entry: MakeEntry
) -> None:
    good = [make_entry(i).canonical() for i in range(4)]
    await bus.publish(published([good[0], b"not an entry", good[1], good[2] + b" ", good[3]]))
    async with working(consumer(bus, store), Publisher(store, files)):
        await eventually(partial(has_size, store, files, 3))
    assert await read_leaves(store, 0, 3) == [good[0], good[1], good[3]]
    letters = await bus.subscribe([dead_letters(AUDIT_ENTRIES.name)], group=None)
    parked = await letters.poll()
    await letters.close()
    assert [letter.value for letter in parked] == [b"not an entry", good[2] + b" "]
    assert {letter.header("dlq_code") for letter in parked} == {"not_an_entry"}


async def test_two_instances_keep_one_log(
    store: Store, files: LogFiles, make_store: MakeStore, bus: LocalBus, make_entry: MakeEntry, verify: Verify
) -> None:
    leaves = [make_entry(i).canonical() for i in range(400)]
    first, second = instance(bus, store), instance(bus, make_store())
    async with working(*first):
        await bus.publish(published(leaves[:100]))
        async with working(*second):
            await bus.publish(published(leaves[100:200]))
            await eventually(partial(has_size, store, files, 200))
            assert sum(publisher.figures()["holds"] for _, publisher in (first, second)) <= 1
        await bus.publish(published(leaves[200:]))
        await eventually(partial(has_size, store, files, 400))
    assert await read_leaves(store, 0, 400) == leaves
    assert (await verify()).verified


async def has_size(store: Store, files: LogFiles, size: int) -> bool:
    try:
        copy = await files.read(CHECKPOINT)
    except NotFound:
        return False
    return open_checkpoint(copy, store.signers[0].verifier)[0].size == size
