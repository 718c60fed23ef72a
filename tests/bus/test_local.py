"""Promises of the local bus alone: one file, several processes, and nothing lost by a kill."""

import asyncio
import os
import signal
import sys
import time

import pytest

from amanah.contracts.errors import Unavailable
from amanah.contracts.topics import Topic
from amanah.runtime.bus.bus import Outgoing, Partition, Start
from amanah.runtime.bus.local import LocalBus
from amanah.runtime.bus.local.log import Log
from tests.waiting import eventually

PUBLISHER = """
import asyncio, sys
from pathlib import Path
from amanah.runtime.bus.bus import Outgoing
from amanah.runtime.bus.local import LocalBus

async def main(path, topic):
    bus = LocalBus(Path(path))
    for first in range(0, 1_000_000, 5):
        await bus.publish([Outgoing(topic, f"key-{n % 7}".encode(), str(n).encode()) for n in range(first, first + 5)])
        print(first + 4, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def publisher(tmp_path):
    """Starts a process that publishes 0, 1, 2 ... in fives and says after each five that it stands."""
    children = []

    async def start(topic: str) -> asyncio.subprocess.Process:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PUBLISHER, str(tmp_path / "bus.db"), topic, stdout=asyncio.subprocess.PIPE
        )
        children.append(child)
        return child

    yield start
    for child in children:
        if child.returncode is None:
            child.kill()
        await child.wait()


@pytest.mark.parametrize("after", [3, 20, 60])
async def test_what_was_acknowledged_outlives_a_kill(local_bus, new_topic, subscribe, read, publisher, after):
    topic = await new_topic(local_bus, 3)
    child = await publisher(topic)
    acknowledged = -1
    async with asyncio.timeout(30):
        for _ in range(after):
            acknowledged = int(await child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        while line := await child.stdout.readline():
            acknowledged = int(line)
    await child.wait()
    messages = await read(await subscribe(local_bus, topic, group=None), acknowledged + 1)
    by_number = sorted(int(m.value) for m in messages)
    # At most the one batch that was under way besides; all of it or nothing, and nothing twice.
    assert by_number in [list(range(acknowledged + 1)), list(range(acknowledged + 6))]
    ends = await local_bus.ends([topic])
    assert sum(ends.values()) == len(messages)


async def test_another_process_wakes_a_reader(local_bus, new_topic, subscribe, read, publisher):
    topic = await new_topic(local_bus, 3)
    tail = await subscribe(local_bus, topic, group=None, start=Start.NOW)
    await publisher(topic)
    assert {int(m.value) for m in await read(tail, 5)} >= {0, 1, 2, 3, 4}


async def test_the_partitions_of_the_dead_pass_to_the_living(tmp_path, local_bus, new_topic):
    topic = await new_topic(local_bus, 2)
    everything = {Partition(topic, 0), Partition(topic, 1)}
    dead = LocalBus(tmp_path / "bus.db")
    gone = await dead.subscribe([topic], group="shop")
    await gone.poll(timeout=0)
    assert gone.assigned() == everything
    await dead.close()  # without leaving the group: as a kill would
    living = await local_bus.subscribe([topic], group="shop")

    async def all_taken() -> bool:
        await living.poll(timeout=0.1)
        return living.assigned() == everything

    await eventually(all_taken)
    await living.close()


async def test_publishers_of_one_process_share_the_disk(local_bus, new_topic, subscribe, read):
    topic = await new_topic(local_bus)
    await asyncio.gather(*(local_bus.publish([Outgoing(topic, b"k", str(n).encode())]) for n in range(200)))
    messages = await read(await subscribe(local_bus, topic), 200)
    assert [int(m.value) for m in messages] == list(range(200))


async def test_a_file_that_cannot_be_used_is_unavailable(tmp_path):
    (tmp_path / "bus.db").write_text("this is no database, but long enough to be looked at as one" * 100)
    bus = LocalBus(tmp_path / "bus.db")
    with pytest.raises(Unavailable, match="SQLITE_NOTADB"):
        await bus.ends([])
    await bus.close()


def test_what_is_past_its_retention_goes(tmp_path, monkeypatch):
    log = Log(tmp_path / "bus.db")
    log.create([Topic("short", "k", 1, 1000, (), (), ""), Topic("kept", "k", 1, -1, (), (), "")])
    batch = [Outgoing("short", b"k", b"v"), Outgoing("kept", b"k", b"v")]
    log.append(batch)
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now + 2_000_000_000)
    log.append(batch)
    log.expire()
    start = {Partition("short", 0): 0, Partition("kept", 0): 0}
    assert [(m.topic, m.offset) for m in log.read(start, 10)] == [("short", 1), ("kept", 0), ("kept", 1)]
    assert log.ends(["short"]) == {Partition("short", 0): 2}
    log.close()


async def test_an_idle_bus_hardly_works(local_bus, new_topic, subscribe):
    topic = await new_topic(local_bus)
    subscription = await subscribe(local_bus, topic)
    await subscription.poll(timeout=0)
    before = os.times()
    await subscription.poll(timeout=1.5)
    after = os.times()
    assert after.user + after.system - before.user - before.system < 0.5


async def test_processes_may_publish_at_the_same_time(tmp_path, local_bus, new_topic, subscribe, read):
    topic = await new_topic(local_bus)
    other = LocalBus(tmp_path / "bus.db")

    async def publish(bus, name) -> None:
        for n in range(60):
            await bus.publish([Outgoing(topic, name, str(n).encode())])

    await asyncio.gather(publish(local_bus, b"one"), publish(other, b"two"))
    await other.close()
    messages = await read(await subscribe(local_bus, topic), 120)
    assert [m.offset for m in messages] == list(range(120))
    for name in (b"one", b"two"):
        assert [int(m.value) for m in messages if m.key == name] == list(range(60))
