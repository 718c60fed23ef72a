"""Limits of partners: events a minute pace a partner's own lane, and captures are refused when too much waits in it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from amanah.contracts.actor import Actor, Grant, Role
from amanah.contracts.errors import Throttled
from amanah.contracts.partners import AddPartner, ChangePartner, PartnerLimits
from services.distribution.partner_events.commands import lanes
from services.distribution.partner_events.commands.lanes import Lane, waiting_events
from services.distribution.partner_events.documents import PACES, PARTNER_EVENTS
from services.distribution.partner_events.rules import Pace, events_in
from services.distribution.partner_events.worker import LaneServers
from tests.integration.distribution.scene import Scene

Event = Callable[..., dict[str, Any]]


@pytest.fixture
def admin(person: Callable[..., Actor]) -> Actor:
    """An administrator of the regency."""
    return person("Adi", ADMIN="32.01")


async def sandbox(scene: Scene, admin: Actor, **limits: int) -> Actor:
    """A partner in the sandbox, as its tokens show it."""
    ask = AddPartner(name=f"P {limits}", area="32.01", sandbox=True, limits=PartnerLimits(**limits))
    made = (await scene.call(ask, admin)).partner
    return Actor(id=made.id, name=made.name, grants=(Grant(role=Role.LOGISTICS, area="32.01"),), session="s")


def sent(event: Event, count: int) -> list[dict[str, Any]]:
    return [event(f"SANDBOX-{n + 1:03}", "shipping", "SANDBOX-POS") for n in range(count)]


async def done(scene: Scene, partner: Actor) -> int:
    return await scene.store[PARTNER_EVENTS].count({"partner": partner.id})


async def waiting(scene: Scene, partner: Actor) -> int:
    return (await waiting_events(scene.store, partner.id))[0]


async def test_a_lane_is_paced_and_loses_nothing(scene: Scene, admin: Actor, event: Event) -> None:
    slow = await sandbox(scene, admin, events_per_minute=7)
    fast = await sandbox(scene, admin)
    scene.store.settings = scene.store.settings.model_copy(update={"capture_wait_s": 0})
    await scene.capture(*sent(event, 10), by=slow)
    await scene.capture(*sent(event, 10), by=fast)
    for partner in (slow, fast):
        while await Lane(scene.store, partner.id).serve_batch():
            pass
    assert (await done(scene, slow), await done(scene, fast)) == (7, 10)
    assert [await waiting(scene, each) for each in (slow, fast)] == [3, 0]
    lane = Lane(scene.store, slow.id)
    assert await lane.serve_batch() == 0
    assert 5 < lane.rest < 60 / 7
    # Two events' share of the minute later, two more have their turn.
    pace = await scene.one(PACES, {"_id": slow.id})
    await scene.store[PACES].put({**pace, "usedUntil": pace["usedUntil"] - timedelta(seconds=2 * 60 / 7)})
    lane = Lane(scene.store, slow.id)
    while await lane.serve_batch():
        pass
    assert await done(scene, slow) == 9
    # A raised limit holds from the next turn.
    raised = PartnerLimits(events_per_minute=6_000)
    await scene.call(ChangePartner(partner_id=slow.id, limits=raised), admin)
    await scene.store[PACES].put({**pace, "usedUntil": datetime.now(UTC)})
    assert await Lane(scene.store, slow.id).serve_batch() == 1
    assert await done(scene, slow) == 10


async def test_a_lane_that_rests_is_skipped(scene: Scene, admin: Actor, event: Event) -> None:
    slow = await sandbox(scene, admin, events_per_minute=1)
    scene.store.settings = scene.store.settings.model_copy(update={"capture_wait_s": 0})
    await scene.capture(*sent(event, 3), by=slow)
    servers = LaneServers(scene.store)
    assert await servers._next_lane() == slow.id
    await servers._turn(slow.id)
    assert await done(scene, slow) == 1
    assert await servers._next_lane() is None
    fast = await sandbox(scene, admin)
    await scene.capture(*sent(event, 1), by=fast)
    assert await servers._next_lane() == fast.id


async def test_a_capture_is_refused_when_too_much_waits(scene: Scene, admin: Actor, event: Event) -> None:
    partner = await sandbox(scene, admin, pending_events=5, events_per_minute=2)
    scene.store.settings = scene.store.settings.model_copy(update={"capture_wait_s": 0})
    await scene.capture(*sent(event, 8), by=partner)  # more than may wait, and nothing waits
    with pytest.raises(Throttled) as caught:
        await scene.capture(*sent(event, 1), by=partner)
    assert caught.value.code == "too_many_pending"
    assert await Lane(scene.store, partner.id).serve_batch() == 1
    assert await waiting(scene, partner) == 6
    with pytest.raises(Throttled):
        await scene.capture(*sent(event, 1), by=partner)
    await scene.call(ChangePartner(partner_id=partner.id, limits=PartnerLimits(pending_events=8)), admin)
    await scene.capture(*sent(event, 2), by=partner)
    assert await waiting(scene, partner) == 8
    with pytest.raises(Throttled):
        await scene.capture(*sent(event, 1), by=partner)


async def test_a_lane_has_so_many_documents_at_most(
    scene: Scene, admin: Actor, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "MOST_DELIVERIES", 3)
    partner = await sandbox(scene, admin)
    scene.store.settings = scene.store.settings.model_copy(update={"capture_wait_s": 0})
    for _ in range(3):
        await scene.capture(*sent(event, 1), by=partner)
    with pytest.raises(Throttled) as caught:
        await scene.capture(*sent(event, 1), by=partner)
    assert caught.value.code == "too_many_pending"


def test_a_pace_gives_a_minute_at_once_and_then_its_share() -> None:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    pace = Pace(60, now - timedelta(days=1))
    assert (pace.room(now), pace.wait(now)) == (60, 0)
    used = pace.after(60, now)
    assert (used.room(now), used.wait(now)) == (0, 1)
    assert used.room(now + timedelta(seconds=10)) == 10
    # A document that is accepted as a whole goes over it, and the lane rests for longer.
    assert pace.after(100, now).wait(now) == 41


def test_events_are_counted_without_reading_them() -> None:
    assert events_in(b'[{"eventTime": 1, "eventTimeZoneOffset": 2}, {"eventTime":3}]', "application/json") == 2
    assert events_in(b"<e><eventTime>a</eventTime><eventTimeZoneOffset>b</eventTimeZoneOffset></e>", "text/xml") == 1
    assert events_in(b"event;package\n1;A\n2;B\n", "text/csv; charset=utf-8") == 3
    assert events_in(b"x" * 1_000_000, "application/json") == 200
    assert events_in(b"", "application/json") == 1
