"""Killed and stopped at any moment, it takes each event of partners once, tells each outcome, and ends as the ordered history.

`AMANAH_CHAOS=long` plays 10,000 events of 200 packages with 20 kills and 20 stops, which takes about a quarter of an hour.
"""

import asyncio
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from amanah.contracts.custody.packages import CreatePackages, NewPackage
from amanah.contracts.message import Item
from amanah.contracts.partner_outcomes import EventOutcome, PartnerEventDecided
from amanah.runtime.bus.kafka import KafkaBus
from services.distribution.custody.commands.packages import create_packages
from services.distribution.partner_events.commands.lanes import Lane
from services.distribution.partner_events.documents import DELIVERIES, PARTNER_EVENTS
from tests.faults.partners import DistributionProcess, Partner, Reader, publish
from tests.faults.shipments import BadDay, Shipments, bad_day
from tests.integration.distribution.partner_events.test_lanes import state
from tests.integration.distribution.scene import RICE, Scene

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

SceneIn = Callable[[str], Awaitable[Scene]]


@dataclass(frozen=True)
class Plan:
    """Events in all, of which a fifth is corrupted and the rest sent twice; packages of each partner; the disturbances.

    Kills and stops come some seconds after a sign of work, at most `pause`; a stop lasts `stopped` at most.
    """

    events: int
    packages: int
    kills: int
    stops: int
    pause: float
    stopped: float


PLAN = (
    Plan(10_000, 100, kills=20, stops=20, pause=3, stopped=20)
    if os.environ.get("AMANAH_CHAOS") == "long"
    else Plan(600, 20, kills=3, stops=3, pause=1, stopped=3)
)


async def _packages(scene: Scene, *shipments: Shipments) -> None:
    """A round, its places, and the packages of the partners."""
    await scene.open()
    await scene.package("ELSE")
    for each in shipments:
        made = tuple(
            NewPackage(
                code=code, area="32.01.05", partner=each.partner.id,
                contents=(Item(sku=RICE, quantity=Decimal(100)),) if number % 10 else (),
            )
            for number, code in enumerate(each.codes)
        )  # fmt: skip
        await create_packages(scene.store, scene.supervisor, CreatePackages(round_id=scene.round.id, packages=made))


async def _in_order(scene: Scene, partner: Partner, history: Sequence[dict[str, Any]]) -> None:
    """Applies a history as it happened."""
    for start in range(0, len(history), 200):
        await scene.capture(*history[start : start + 200], by=partner.actor)
        lane = Lane(scene.store, partner.id)
        while await lane.serve_batch():
            pass


async def _disturbed(distribution: DistributionProcess, bus: KafkaBus, read: Reader, days: Sequence[BadDay]) -> None:
    """Publishes part after part, and kills or stops the process at some moment during each."""
    seed = int(os.environ.get("AMANAH_KILL_SEED", random.SystemRandom().randrange(10**6)))
    print(f"AMANAH_KILL_SEED={seed}")
    chance = random.Random(seed)
    disturbances = ["kill"] * PLAN.kills + ["stop"] * PLAN.stops
    chance.shuffle(disturbances)
    messages = [m for day in days for m in day.messages]
    chance.shuffle(messages)
    part = -(-len(messages) // len(disturbances))
    seen = amid = 0
    for number, disturbance in enumerate(disturbances):
        await publish(bus, messages[number * part : (number + 1) * part])
        if chance.random() < 0.7:  # else it may hit the start itself
            # What a killed transaction holds, the store keeps for a minute.
            await read.until(lambda: read.told > seen, 150)  # noqa: B023 - it is awaited here
        # Waiting is the point here: the disturbance comes at a random moment.
        await asyncio.sleep(chance.uniform(0, PLAN.pause))
        await read.read()
        amid += read.told < min(number + 1, len(disturbances)) * part * 0.8
        if disturbance == "kill":
            distribution.kill()
            distribution.start()
        else:
            distribution.signal(signal.SIGSTOP)
            await asyncio.sleep(chance.uniform(0.1, PLAN.stopped))
            distribution.signal(signal.SIGCONT)
        seen = read.told
    print(f"{PLAN.kills} kills and {PLAN.stops} stops, {amid} of them amid the work")


def _told(outcomes: Sequence[PartnerEventDecided], day: BadDay) -> None:
    """Each event has one outcome; it is accepted once and a duplicate once, or rejected once if it is corrupted."""
    assert set(Counter((o.source, o.index) for o in outcomes).values()) == {1}, "an event has several outcomes"
    by = {outcome: [o for o in outcomes if o.outcome == outcome] for outcome in EventOutcome}
    assert Counter(o.event_id for o in by[EventOutcome.ACCEPTED]) == day.accepted
    assert Counter(o.event_id for o in by[EventOutcome.DUPLICATE]) == day.accepted
    rejected: dict[str | None, list[Any]] = {}
    for o in by[EventOutcome.REJECTED]:
        rejected.setdefault(o.code, []).append(
            json.loads(o.original or "") if o.event_id else (o.original or "").encode()
        )
    assert rejected.keys() == day.rejected.keys()
    for code, originals in day.rejected.items():
        sent = originals if code == "not_json" else [json.loads(each) for each in originals]
        assert sorted(map(str, rejected[code])) == sorted(map(str, sent))


async def test_killed_and_stopped_it_ends_as_the_ordered_history(
    distribution: DistributionProcess, bus: KafkaBus, partners: tuple[Partner, Partner], scene_in: SceneIn
) -> None:
    chance = random.Random(7)
    ours = [Shipments(p, prefix, PLAN.packages, chance) for p, prefix in zip(partners, ("PA", "PB"), strict=True)]
    disturbed, calm = await scene_in("distribution"), await scene_in("calm")
    corrupted = PLAN.events // 10
    days = []
    for scene in (disturbed, calm):
        await _packages(scene, *ours)
    for shipments in ours:
        history = shipments.history(PLAN.events * 2 // 10)
        await _in_order(calm, shipments.partner, history)
        days.append(bad_day(shipments, history, corrupted, "ELSE"))
    async with Reader(bus, *partners) as read:
        began = time.monotonic()
        distribution.start()
        await _disturbed(distribution, bus, read, days)

        def all_told() -> bool:
            return (
                read.told >= sum(day.outcomes for day in days)
                and all(len(read.outcomes(p)) >= day.outcomes for p, day in zip(partners, days, strict=True))
                and read.letters().total() >= sum(len(day.parked) for day in days)
            )

        await read.until(all_told, 180)
        print(f"{sum(d.outcomes + len(d.parked) for d in days)} events in {time.monotonic() - began:.0f} s")
        print(f"{read.told} messages on the topics of outcomes")
        for partner, day in zip(partners, days, strict=True):
            _told(read.outcomes(partner), day)
        assert read.letters() == Counter(value for day in days for value in day.parked)
    distribution.kill()
    assert await disturbed.store[DELIVERIES].count({}) == 0
    kept = [await s.store[PARTNER_EVENTS].list({}, projection={"content": 1}) for s in (disturbed, calm)]
    assert sorted((d["_id"], d["content"]) for d in kept[0]) == sorted((d["_id"], d["content"]) for d in kept[1])
    for prefix in ("PA", "PB"):
        assert await state(disturbed, prefix) == await state(calm, prefix)
