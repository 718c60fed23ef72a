import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.errors import NotFound, NotYet
from amanah.contracts.figures import GetProgress, ProgressView
from amanah.contracts.handovers.events import HandoverFailed
from amanah.contracts.ids import new_id
from amanah.contracts.message import Event
from amanah.runtime.bus.consumer import Consumer, Received
from amanah.runtime.bus.local import LocalBus
from amanah.runtime.mongo import Tx
from services.reporting import reactions
from services.reporting.figures.commands import count_events
from services.reporting.figures.documents import HANDOVERS, TOTALS
from services.reporting.figures.position import has_consumed
from services.reporting.figures.queries import get_progress
from services.reporting.store import Store
from tests.integration.reporting.conftest import MakeHandover, Publish, Run
from tests.waiting import eventually

ROUND, DISTRICT, VILLAGE = "rnd_1", "32.75.03", "32.75.03.1001"


@pytest.fixture
def progress(store: Store, person: Callable[..., Actor]) -> Callable[..., Awaitable[ProgressView]]:
    async def ask(area: str | None = None, scope: str = "32.75") -> ProgressView:
        viewer = person("Sri", SUPERVISOR=scope)
        return await get_progress(store, viewer, GetProgress(round_id=ROUND, area=area))

    return ask


async def test_progress_answers_an_area_what_lies_below_it_and_its_days(
    publish: Publish,
    counted: Run,
    opened: Sequence[Event],
    handover: MakeHandover,
    progress: Callable[..., Awaitable[ProgressView]],
) -> None:
    failed = HandoverFailed(
        round_id=ROUND, entitlement_id="ent_1", area=VILLAGE, officer_id="usr_1",
        occurred_at=datetime(2026, 11, 19, 3, tzinfo=UTC), reason="NOT_AT_HOME",
    )  # fmt: skip
    late = handover(0, 20, flags=("too_fast",), entitlement_id="ent_1", was_failed=True)
    await publish(*opened, failed, late, handover(1, 20, "9.5"), handover(1, 21))
    await counted()
    found = await progress()
    assert found.area == DISTRICT
    assert (found.entitled, found.delivered, found.failed, found.remaining, found.flagged) == (30, 3, 0, 27, 1)
    assert [(q.sku, q.unit, str(q.entitled), str(q.delivered)) for q in found.quantities] == [
        ("BERAS.10", "kg", "300", "29.5")
    ]
    assert [(c.area, c.entitled, c.delivered, c.remaining) for c in found.children] == [
        (VILLAGE, 10, 1, 9),
        ("32.75.03.1002", 20, 2, 18),
    ]
    assert [(d.date, d.delivered, d.failed) for d in found.daily] == [
        (date(2026, 11, 19), 0, 1),
        (date(2026, 11, 20), 2, 0),
        (date(2026, 11, 21), 1, 0),
    ]
    assert found.as_of == datetime(2026, 11, 23, 9, 0, 5, tzinfo=UTC)
    village = await progress(VILLAGE)
    assert (village.entitled, village.delivered, village.children) == (10, 1, ())
    above = await progress("32.75")
    assert [(c.area, c.delivered) for c in above.children] == [(DISTRICT, 3)]


async def test_events_delivered_again_add_nothing(
    bus: LocalBus,
    publish: Publish,
    counted: Run,
    opened: Sequence[Event],
    handover: MakeHandover,
    progress: Callable[..., Awaitable[ProgressView]],
) -> None:
    messages = await publish(*opened, handover(), handover(1))
    await bus.publish(messages)
    await counted()
    await bus.publish(messages[::-1])
    await counted()
    found = await progress()
    assert (found.entitled, found.delivered) == (30, 2)


async def test_a_consumer_killed_between_counting_and_commit_loses_and_doubles_nothing(
    store: Store,
    publish: Publish,
    counted: Run,
    consumer: Callable[[], Consumer],
    opened: Sequence[Event],
    handover: MakeHandover,
    progress: Callable[..., Awaitable[ProgressView]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await publish(*opened, *(handover(n % 2, 20 + n % 3) for n in range(30)))
    reached = asyncio.Event()

    async def dies(store: Store, tx: Tx, received: Sequence[Received[Event]]) -> None:
        await count_events(store, tx, received)
        reached.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(reactions, "count_events", dies)
        first = asyncio.create_task(consumer()._live())
        async with asyncio.timeout(20):
            await reached.wait()
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
    assert await store[TOTALS].count({}) == 0
    await counted()
    found = await progress()
    assert (found.entitled, found.delivered, sum(d.delivered for d in found.daily)) == (30, 30, 30)
    assert await store[HANDOVERS].count({}) == 30


async def test_two_consumers_share_the_work_and_count_each_event_once(
    bus: LocalBus,
    store: Store,
    publish: Publish,
    consumer: Callable[[], Consumer],
    opened: Sequence[Event],
    handover: MakeHandover,
    progress: Callable[..., Awaitable[ProgressView]],
) -> None:
    await publish(*opened, *(handover(n % 2) for n in range(60)))
    running = [asyncio.create_task(consumer().run()) for _ in range(2)]
    await publish(*(handover(n % 2) for n in range(60)))
    ends = {p.number: end for p, end in (await bus.ends(["distribution.events.v1"])).items()}
    await eventually(lambda: has_consumed(store, "distribution.events.v1", ends))
    for task in running:
        task.cancel()
    await asyncio.gather(*running)
    found = await progress()
    assert (found.delivered, [c.delivered for c in found.children]) == (120, [60, 60])
    assert await store[HANDOVERS].count({}) == 120


async def test_rows_name_no_recipient(
    store: Store, publish: Publish, counted: Run, opened: Sequence[Event], handover: MakeHandover
) -> None:
    await publish(*opened, handover())
    await counted()
    row = await store[HANDOVERS].get({})
    assert row is not None
    assert set(row) == {
        "_id", "round", "area", "day", "at", "receivedAt", "officer", "items", "photo", "flags", "partition", "offset",
    }  # fmt: skip


@pytest.mark.parametrize("scope", ["32.75.04", "33", "32.75.03.1001"])
async def test_outside_the_scope_there_is_no_such_area(
    publish: Publish,
    counted: Run,
    opened: Sequence[Event],
    progress: Callable[..., Awaitable[ProgressView]],
    scope: str,
) -> None:
    await publish(*opened)
    await counted()
    with pytest.raises(NotFound):
        await progress(DISTRICT, scope=scope)


async def test_without_an_area_one_sees_the_largest_one_may_see(
    publish: Publish, counted: Run, opened: Sequence[Event], progress: Callable[..., Awaitable[ProgressView]]
) -> None:
    await publish(*opened)
    await counted()
    assert (await progress(scope="ID")).area == DISTRICT
    assert (await progress(scope=VILLAGE)).area == VILLAGE
    with pytest.raises(NotFound):
        await progress(scope="33")


async def test_a_round_that_nobody_told_of_is_not_found(progress: Callable[..., Awaitable[ProgressView]]) -> None:
    with pytest.raises(NotFound):
        await progress()


@pytest.mark.parametrize("scope", ["33", "32.75"])
async def test_of_a_round_just_made_news_may_be_on_its_way(
    store: Store, person: Callable[..., Actor], scope: str
) -> None:
    ask = GetProgress(round_id=new_id("rnd"))
    with pytest.raises(NotYet):
        await get_progress(store, person("Rina", SUPERVISOR=scope), ask)


async def test_progress_waits_for_news_of_a_new_round(
    store: Store, publish: Publish, counted: Run, opened: Sequence[Event], person: Callable[..., Actor]
) -> None:
    store.settings = store.settings.model_copy(update={"round_wait_s": 20})
    just_made = new_id("rnd")
    asking = asyncio.create_task(get_progress(store, person("Rina", SUPERVISOR="32"), GetProgress(round_id=just_made)))
    await publish(*(event.model_copy(update={"round_id": just_made}) for event in opened))
    await counted()
    assert (await asking).delivered == 0


async def test_the_cost_of_progress_does_not_grow_with_handovers(
    store: Store,
    publish: Publish,
    counted: Run,
    opened: Sequence[Event],
    handover: MakeHandover,
    progress: Callable[..., Awaitable[ProgressView]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await publish(*opened, *(handover(n % 2) for n in range(50)))
    await counted()
    read = 0
    for name in ("list", "get", "stream", "count", "aggregate"):
        whole = getattr(type(store[TOTALS]), name)

        def watched(self: object, *args: Any, _whole: Callable[..., Any] = whole, **options: Any) -> Any:
            nonlocal read
            read += 1
            assert self is not store[HANDOVERS]
            return _whole(self, *args, **options)

        monkeypatch.setattr(type(store[TOTALS]), name, watched)
    await progress()
    assert read == 6  # the round, two of the position, the area, those below, its days
