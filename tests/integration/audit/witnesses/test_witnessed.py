"""Publication with the quorum of witnesses, and the alarms that their answers raise."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace

import pytest

from services.audit.alarms.documents import ALARMS
from services.audit.alarms.rules import Alarm, LogBehind, LogForked
from services.audit.log import publisher as publishing
from services.audit.log.files import LogFiles
from services.audit.log.heads import count_entries, read_head
from services.audit.store import Store
from tests.integration.audit.logs import (
    Append,
    MakeEntry,
    Restore,
    Verify,
    WitnessGroup,
    back_up,
    publish_all,
    published_size,
    raised_alarms,
)

BackUp = Callable[[], Awaitable[Restore]]


@pytest.fixture
def back_up_all(store: Store, files: LogFiles) -> BackUp:
    """Takes a backup of the database and the bucket's checkpoint; returns a function that restores both."""

    async def take() -> Restore:
        restore_database = await back_up(store)
        copy = await files.read("checkpoint")

        async def restore() -> None:
            await restore_database()
            await files.write("checkpoint", copy)

        return restore

    return take


async def test_what_is_published_is_cosigned_by_those_who_answer(
    witness_group: WitnessGroup, store: Store, append: Append, make_entry: MakeEntry, verify: Verify
) -> None:
    await witness_group.start(0, 1, 2)
    await append(*(make_entry(i) for i in range(300)))
    publisher = await witness_group.publish()
    assert publisher.figures()["cosignatures"] == 3
    await witness_group.stop(1)
    await append(make_entry(300))
    publisher = await witness_group.publish()
    assert publisher.figures()["cosignatures"] == 2
    report = await verify(witnesses=tuple(signer.cosigner for signer in witness_group.signers), quorum=2)
    assert report.verified, report.findings
    assert report.size == 301
    assert await raised_alarms(store) == []


async def test_without_a_quorum_entries_wait_and_after_a_while_an_alarm_says_so(
    witness_group: WitnessGroup, store: Store, append: Append, make_entry: MakeEntry
) -> None:
    await witness_group.start(0, 1)
    await append(make_entry(0))
    await witness_group.publish()
    await witness_group.stop(1)
    await append(make_entry(1))
    await witness_group.publish()
    await append(make_entry(2))
    await witness_group.publish()
    assert await raised_alarms(store) == []
    assert await published_size(store) == 1
    publisher = await witness_group.publish(patience=0)
    await witness_group.publish(patience=0)
    assert publisher.trouble() is None, "it is no reason to take no traffic"
    assert await raised_alarms(store) == [("log_unwitnessed", False)]
    (alarm,) = await store[ALARMS].list({})
    assert "b.witness.example: nothing answers there; " in alarm["detail"]
    assert (await published_size(store), (await read_head(store)).size, await count_entries(store)) == (1, 2, 3)
    await witness_group.start(1)
    await witness_group.publish()
    assert await published_size(store) == 3
    assert await raised_alarms(store) == [("log_unwitnessed", False), ("log_unwitnessed", True)]


async def test_a_time_in_which_another_published_was_no_time_without_witnesses(
    witness_group: WitnessGroup, store: Store, append: Append, make_entry: MakeEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, holds = 0.0, True
    monkeypatch.setattr(publishing, "time", SimpleNamespace(monotonic=lambda: now))
    publisher = witness_group.publisher(patience=60, holds=lambda: holds)
    await append(make_entry(0))
    await publisher.step()
    holds = False
    await publisher.step()
    now, holds = 1000.0, True
    await publisher.step()
    assert await raised_alarms(store) == []
    now += 60
    await publisher.step()
    assert await raised_alarms(store) == [("log_unwitnessed", False)]


async def test_who_did_not_cosign_is_not_asked_again_at_once(
    witness_group: WitnessGroup, store: Store, append: Append, make_entry: MakeEntry
) -> None:
    await append(make_entry(0))
    publisher = await witness_group.publish()
    await witness_group.start(0, 1)
    await publish_all(publisher)
    assert await published_size(store) == -1
    await witness_group.publish()
    assert await published_size(store) == 1


async def test_a_store_and_bucket_set_back_to_a_backup_are_noticed_before_anything_is_published(
    witness_group: WitnessGroup, store: Store, append: Append, make_entry: MakeEntry, back_up_all: BackUp
) -> None:
    await witness_group.start(0, 1, 2)
    await append(make_entry(0))
    await witness_group.publish()
    restore_backup = await back_up_all()
    await append(make_entry(1))
    await witness_group.publish()
    restore_whole = await back_up_all()

    await restore_backup()
    await append(make_entry(7))
    for _ in range(2):
        with pytest.raises(LogBehind, match="has seen 2 entries"):
            await witness_group.publish()
    assert (await published_size(store), (await read_head(store)).size) == (1, 1)
    assert await raised_alarms(store) == [("log_behind", False)]
    (alarm,) = await store[ALARMS].list({})
    assert alarm["evidence"]["witnessed"].startswith("log.example/audit\n2\n")

    await restore_whole()
    await witness_group.publish()
    assert await published_size(store) == 2
    assert await raised_alarms(store) == [("log_behind", False), ("log_behind", True)]


async def test_another_history_is_not_published_and_what_shows_it_is_kept(
    witness_group: WitnessGroup, store: Store, append: Append, make_entry: MakeEntry, back_up_all: BackUp
) -> None:
    await witness_group.start(0, 1, 2)
    await append(make_entry(0))
    await witness_group.publish()
    restore_backup = await back_up_all()
    await append(make_entry(1))
    await witness_group.publish()
    await restore_backup()
    await append(make_entry(7), make_entry(8))
    await witness_group.publish(of=0, quorum=0)
    with pytest.raises(LogForked, match="other entries than the log's first 2"):
        await witness_group.publish()
    (alarm,) = await store[ALARMS].list({})
    assert alarm["evidence"]["witnessed"].startswith("log.example/audit\n2\n")
    assert alarm["evidence"]["checkpoint"].startswith("log.example/audit\n3\n")
    await append(make_entry(9))

    await witness_group.stop(0, 1, 2)
    with pytest.raises(LogForked):
        await witness_group.publish(quorum=0)
    assert await published_size(store) == 3, (
        "who held something against the log and is silent now has not taken it back"
    )
    assert await raised_alarms(store) == [("log_forked", False)]


@pytest.mark.parametrize(("before", "wrong"), [(2, LogForked), (3, LogBehind)])
async def test_a_store_that_is_set_back_below_a_running_publisher_stops_it(
    witness_group: WitnessGroup,
    store: Store,
    append: Append,
    make_entry: MakeEntry,
    back_up_all: BackUp,
    before: int,
    wrong: type[Alarm],
) -> None:
    await witness_group.start(0, 1)
    await append(make_entry(0))
    publisher = await witness_group.publish()
    restore_backup = await back_up_all()
    await append(*(make_entry(i) for i in range(1, before)))
    await witness_group.publish()
    await restore_backup()
    await append(make_entry(7))
    # It asked what the witnesses saw last when it began; so it hears of it when they are to cosign.
    with pytest.raises(wrong):
        await publish_all(publisher)
    assert await published_size(store) == 1
    assert await raised_alarms(store) == [(wrong.code, False)]


async def test_instances_that_publish_in_turn_are_no_reason_for_an_alarm(
    witness_group: WitnessGroup, store: Store, append: Append, make_entry: MakeEntry
) -> None:
    await witness_group.start(0)

    async def instance(number: int) -> None:
        for turn in range(5):
            await append(make_entry(10 * number + turn))
            await witness_group.publish(of=1, quorum=1)

    await asyncio.gather(*(instance(number) for number in range(3)))
    assert await published_size(store) == 15
    assert await raised_alarms(store) == []
