"""Sequencing: every entry gets one index and the log's time, with several instances and wrong clocks."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.audit.log import heads
from services.audit.log.heads import count_entries
from services.audit.search.documents import ENTRIES
from services.audit.search.lookup import read_leaves
from services.audit.store import Store
from tests.integration.audit.logs import Append, MakeEntry

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Clock:
    """A machine's clock, as `datetime` is asked for it."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self, _: object) -> datetime:
        return self.moment


async def logged(store: Store) -> list[datetime]:
    """The log's time of every entry, in the order of the log."""
    found = await store[ENTRIES].list({}, sort=[("index", 1)])
    assert [entry["index"] for entry in found] == list(range(len(found)))
    return [entry["loggedAt"] for entry in found]


async def test_an_entry_delivered_again_keeps_its_place(store: Store, append: Append, make_entry: MakeEntry) -> None:
    await append(make_entry(1), make_entry(2), make_entry(1))
    await append(make_entry(2), make_entry(3))
    assert await count_entries(store) == 3
    assert await read_leaves(store, 0, 3) == [make_entry(i).canonical() for i in (1, 2, 3)]


async def test_instances_that_append_at_once_leave_no_gap(store: Store, append: Append, make_entry: MakeEntry) -> None:
    await asyncio.gather(*(append(*(make_entry(i) for i in range(n, n + 40))) for n in (0, 20, 40, 0)))
    assert await count_entries(store) == 80
    assert len(set(await read_leaves(store, 0, 80))) == 80


async def test_a_clock_that_is_set_back_does_not_turn_the_log_s_time_back(
    store: Store, append: Append, make_entry: MakeEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(NOON)
    monkeypatch.setattr(heads, "datetime", clock)
    for i, minutes in enumerate((0, -90, 1, -3, -3, 2)):
        clock.moment = NOON + timedelta(minutes=minutes)
        await append(make_entry(i))
    expected = [NOON + timedelta(minutes=minutes) for minutes in (0, 0, 1, 1, 1, 2)]
    assert await logged(store) == expected


async def test_clocks_that_differ_give_one_time_that_only_grows(
    store: Store, append: Append, make_entry: MakeEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(NOON)
    monkeypatch.setattr(heads, "datetime", clock)

    async def instance(number: int) -> None:
        for turn in range(4):
            # Each instance's clock is hours away from the others', and the last asked is the one that counts.
            clock.moment = NOON + timedelta(hours=(number * 7 + turn * 5) % 11)
            await append(make_entry(number * 10 + turn))

    await asyncio.gather(*(instance(number) for number in range(5)))
    times = await logged(store)
    assert len(times) == 20
    assert times == sorted(times)
    assert len(set(times)) > 1
