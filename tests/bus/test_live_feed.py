"""The gateway's feed of changes on every bus: from now on, with the last messages as history, past an interruption."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from uuid import uuid4

import pytest

from amanah.contracts.alerts import AlertRaised
from amanah.contracts.envelope import Envelope
from amanah.contracts.errors import Unavailable
from amanah.contracts.message import encode
from amanah.contracts.topics import DISTRIBUTION
from amanah.runtime.bus.bus import Bus, Message, Outgoing
from gateway.changes.feed import Feed
from tests.waiting import eventually

AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
# Kafka keeps what other runs have published.
RUN = uuid4().hex[:8]


def alert(number: int) -> str:
    return f"alr_{RUN}{number}"


def own(event: AlertRaised) -> str | None:
    """The alert of an event of this run."""
    return event.alert_id if RUN in event.alert_id else None


def raised(number: int) -> Outgoing:
    event = AlertRaised(
        alert_id=alert(number), rule="silent_round", severity="HIGH", at=AT, area="32", round_id=None, detail="x",
        subject_type="Round", subject_id=f"rnd_{number}",
    )  # fmt: skip
    headers = Envelope(f"evt_{RUN}{number}", "/amanah/test", event.type, event.subject_id, AT).to_headers()
    return Outgoing(event.topic, event.key().encode(), encode(event), headers)


@asynccontextmanager
async def running(feed: Feed) -> AsyncIterator[None]:
    task = asyncio.create_task(feed.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_it_passes_on_what_comes_and_remembers_what_was(bus: Bus) -> None:
    await bus.ensure_topics([DISTRIBUTION])
    await bus.publish([raised(n) for n in range(100, 120)])
    feed = Feed(bus, [AlertRaised])
    listener = feed.listen([AlertRaised], own)
    async with running(feed):
        await eventually(lambda: all(f"evt_{RUN}{n}" in feed.history for n in range(100, 120)))
        await bus.publish([raised(n) for n in range(120, 140)])
        taken: set[str] = set()
        while len(taken) < 20:
            taken |= (await listener.take()).keys()
        assert taken == {alert(n) for n in range(120, 140)}


async def test_two_feeds_see_every_change(bus: Bus) -> None:
    await bus.ensure_topics([DISTRIBUTION])
    feeds = [Feed(bus, [AlertRaised]) for _ in range(2)]
    async with running(feeds[0]), running(feeds[1]):
        numbers = count(200)

        async def both_read() -> bool:
            # What is published before a feed has its positions is history, or not there at all.
            await bus.publish([raised(next(numbers))])
            return all(feed.figures()["read"] for feed in feeds)

        await eventually(both_read, every=0.1)
        await bus.publish([raised(n) for n in range(1_000, 1_040)])
        await eventually(lambda: all(f"evt_{RUN}{n}" in feed.history for feed in feeds for n in range(1_000, 1_040)))


async def test_it_continues_where_it_was(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    await bus.ensure_topics([DISTRIBUTION])
    feed = Feed(bus, [AlertRaised])
    listener = feed.listen([AlertRaised], own)
    async with running(feed):
        await eventually(lambda: feed._positions)
        subscribe, failed = bus.subscribe, asyncio.Event()

        async def away(*args: object, **more: object) -> object:
            failed.set()
            raise Unavailable("unavailable.bus", error="test")

        monkeypatch.setattr(bus, "subscribe", away)
        monkeypatch.setattr(feed, "pass_on", _fails_once(feed.pass_on))
        await bus.publish([raised(1)])
        await asyncio.wait_for(failed.wait(), 20)
        await bus.publish([raised(2)])
        monkeypatch.setattr(bus, "subscribe", subscribe)
        taken: set[str] = set()
        while len(taken) < 2:
            taken |= (await listener.take()).keys()
        assert taken == {alert(1), alert(2)}


async def test_it_ends_streams_when_the_process_stops_but_not_before_it_serves(bus: Bus) -> None:
    await bus.ensure_topics([DISTRIBUTION])
    states = iter([False, True, False])
    asked: list[bool] = []

    def serving() -> bool:
        asked.append(next(states, False))
        return asked[-1]

    feed = Feed(bus, [AlertRaised], serving)
    async with running(feed):
        await asyncio.wait_for(feed.stopping.wait(), 20)
    assert asked[:3] == [False, True, False]


def _fails_once(pass_on: Callable[[Message], None]) -> Callable[[Message], None]:
    failures = iter([Unavailable("unavailable.bus", error="test")])

    def once(message: Message) -> None:
        for failure in failures:
            raise failure
        pass_on(message)

    return once
