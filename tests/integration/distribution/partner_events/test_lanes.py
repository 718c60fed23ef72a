"""Lanes of partners: fair, in batches that equal single events, and past an event that fails."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from amanah.cli.issuer import LocalIssuer
from amanah.contracts.actor import Grant, Role
from amanah.contracts.errors import Refused
from amanah.contracts.topics import LOGISTICS_INTAKE, TOPICS, partner_outcomes
from amanah.runtime.bus.bus import Outgoing
from amanah.runtime.bus.consumer import Consumer
from amanah.runtime.bus.local.bus import LocalBus
from amanah.runtime.bus.relay import Relay
from amanah.runtime.identity import Verifier, person_id
from amanah.runtime.service import Worker
from services.distribution.alerts.documents import ALERTS
from services.distribution.custody.documents import CUSTODY_STEPS, PACKAGES
from services.distribution.partner_events import worker
from services.distribution.partner_events.bus_intake import Intake
from services.distribution.partner_events.commands.lanes import Lane
from services.distribution.partner_events.documents import DELIVERIES
from services.distribution.partner_events.rules import judge
from services.distribution.partner_events.worker import LaneServers
from services.distribution.reactions import raw_reactions
from tests.integration.distribution.scene import Scene
from tests.waiting import eventually

Event = Callable[..., dict[str, Any]]

FLOOD = 1_000


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[LocalBus]:
    """The local bus, with its topics."""
    made = LocalBus(tmp_path / "bus.sqlite")
    await made.ensure_topics(TOPICS.values())
    yield made
    await made.close()


@pytest.fixture
async def run() -> AsyncIterator[Callable[[Worker], None]]:
    """Runs workers until the test ends."""
    tasks: list[asyncio.Task[None]] = []
    yield lambda made: tasks.append(asyncio.create_task(made.run()))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def outcomes(bus: LocalBus, partner: str) -> int:
    """The number of outcomes that a partner can read."""
    topic = partner_outcomes(partner)
    await bus.ensure_topics([topic])
    return sum((await bus.ends([topic.name])).values())


async def test_nobody_waits_for_the_flood_of_another(
    scene: Scene,
    event: Event,
    issuer: LocalIssuer,
    bus: LocalBus,
    verifier: Verifier,
    run: Callable[[Worker], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "_TURN_SECONDS", 0)
    servers = LaneServers(scene.store, servers=1)
    raw = raw_reactions(Intake(verifier, servers.nudge))
    run(Consumer(bus, scene.store.db, group="distribution", store=scene.store, raw=raw, outbox=scene.store.outbox))
    run(Relay(scene.store.outbox, bus))
    await scene.open()
    await scene.package("P-1")
    flooding, other = (
        (("amanah-token", issuer.issue(name, [Grant(role=Role.LOGISTICS, area="32")]).encode()),)
        for name in ("CV Lain", "PT Angkut")
    )
    flood = [Outgoing(LOGISTICS_INTAKE.name, b"P-1", json.dumps(event(f"X-{n}", "shipping")).encode(), flooding)
             for n in range(FLOOD)]  # fmt: skip
    mine = Outgoing(LOGISTICS_INTAKE.name, b"P-1", json.dumps(event("P-1", "shipping", "GUDANG")).encode(), other)
    await bus.publish([*flood, mine])
    # All is in the lanes before any is served: the lane of the flood is as long as it gets.
    await eventually(lambda: scene.store[DELIVERIES].get({"lane": person_id("PT Angkut")}))
    run(servers)
    await eventually(lambda: outcomes(bus, person_id("PT Angkut")))
    assert await outcomes(bus, person_id("CV Lain")) < FLOOD, "the other's event waited for the whole flood"

    async def all_told() -> bool:
        return await outcomes(bus, person_id("CV Lain")) == FLOOD

    await eventually(all_told)
    assert await outcomes(bus, person_id("PT Angkut")) == 1
    assert await scene.store[DELIVERIES].count({}) == 0


async def test_lanes_let_a_full_intake_pass_first(scene: Scene, event: Event, run: Callable[[Worker], None]) -> None:
    await scene.open()
    await scene.package("P-1")
    scene.store.settings = scene.store.settings.model_copy(update={"capture_wait_s": 0})
    await scene.capture(event("P-1", "shipping", "GUDANG"))
    asked: list[bool] = []

    def behind() -> bool:
        asked.append(len(asked) < 3)
        return asked[-1]

    run(LaneServers(scene.store, servers=1, intake_is_behind=behind))

    async def served() -> bool:
        return await scene.store[DELIVERIES].count({}) == 0

    await eventually(served)
    assert asked[:4] == [True, True, True, False]


def story(event: Event, prefix: str, seed: int) -> list[dict[str, Any]]:
    """Events of a pallet and its packages: moved, counted, lost, corrected; shuffled, some of them twice."""
    chance = Random(seed)
    box, pallet = [f"{prefix}-{n}" for n in range(4)], f"{prefix}-PALLET"
    packed = {
        "type": "AggregationEvent", "action": "ADD", "parentID": f"urn:amanah:package:{pallet}",
        "childEPCs": [f"urn:amanah:package:{code}" for code in box[:2]],
    }  # fmt: skip
    told = [event(pallet, "packing", "GUDANG", minutes_ago=90) | packed]
    del told[0]["epcList"]
    for code in (pallet, *box[2:]):
        told.append(event(code, "shipping", "GUDANG", minutes_ago=80, count=None if code == pallet else 100))
        told.append(event(code, "arriving", "POS", minutes_ago=60 + chance.randrange(9)))
    told.append(event(box[2], "inspecting", "POS", minutes_ago=40, count=90 + chance.randrange(10)))
    told.append(event(box[3], "holding", "POS", minutes_ago=30, count=5, disposition="damaged"))
    told.append(event(box[0], "inspecting", "POS", minutes_ago=20, count=97))
    wrong = event(box[3], "inspecting", "POS", minutes_ago=10, count=1)
    told.append(wrong)
    told = [each | {"eventID": f"urn:x:{prefix}:{n}"} for n, each in enumerate(told)]
    told.append(told[-1] | {"errorDeclaration": {"declarationTime": wrong["eventTime"], "reason": "incorrect_data"}})
    told += chance.sample(told, 3)
    chance.shuffle(told)
    return told


async def state(scene: Scene, prefix: str) -> Any:
    """The state of packages with this prefix, their steps and alerts, without ids."""
    found = await scene.store[PACKAGES].list({"code": {"$regex": f"^{prefix}-"}}, sort=[("code", 1)])
    codes = {p["_id"]: p["code"].removeprefix(prefix) for p in found}
    ours = [{"package": codes[p["_id"]], "parent": codes.get(p["parent"] or ""), "status": p["status"],
             "place": p["place"], "contents": p["contents"], "conditions": p["conditions"], "ledger": p["ledger"],
             "differences": sorted(d["text"] for d in p["differences"])} for p in found]  # fmt: skip
    steps = await scene.store[CUSTODY_STEPS].list({"package": {"$in": list(codes)}})
    noted = Counter((codes[s["package"]], s["step"], s["declaresError"], s["difference"]) for s in steps)
    alerts = await scene.store[ALERTS].list({"subject": {"$in": list(codes)}, "status": "OPEN"})
    return ours, noted, Counter((a["rule"], codes[a["subject"]]) for a in alerts)


@pytest.mark.parametrize("seed", range(4))
async def test_a_batch_comes_to_the_same_as_its_events_one_by_one(scene: Scene, event: Event, seed: int) -> None:
    await scene.open()
    states = []
    for prefix, size in (("ONE", 1), ("FEW", 3), ("ALL", 100)):
        for code in ("0", "1", "2", "3", "PALLET"):
            await scene.package(f"{prefix}-{code}")
        scene.store.settings = scene.store.settings.model_copy(update={"capture_wait_s": 0})
        await scene.capture(*story(event, prefix, seed))
        lane = Lane(scene.store, scene.partner.id)
        lane.size = size
        while await lane.serve_batch():
            lane.size = size
        states.append(await state(scene, prefix))
    assert states[0] == states[1] == states[2]


async def test_an_event_that_fails_for_a_fault_of_ours_holds_up_nothing(
    scene: Scene, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.open()
    await scene.package("P-1")

    def faulty(reported: Any, facts: Any) -> Any:
        if reported.step == "loading":
            raise ZeroDivisionError
        return judge(reported, facts)

    monkeypatch.setattr("services.distribution.partner_events.commands.events.judge", faulty)
    job = await scene.capture(
        event("P-1", "shipping", "GUDANG", minutes_ago=50), event("P-1", "loading"), event("P-1", "arriving", "POS")
    )
    assert [(e.result, e.code) for e in job.events] == [
        ("accepted", None), ("rejected", "not_processed"), ("accepted", None),
    ]  # fmt: skip


async def test_a_refusal_by_ours_holds_up_nothing_either(
    scene: Scene, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.open()
    await scene.package("P-1")

    def refusing(reported: Any, facts: Any) -> Any:
        if reported.step == "loading":
            raise Refused("message_too_large", topic="distribution.events.v1", limit=1)
        return judge(reported, facts)

    monkeypatch.setattr("services.distribution.partner_events.commands.events.judge", refusing)
    job = await scene.capture(event("P-1", "loading"), event("P-1", "arriving", "POS"))
    assert [(e.result, e.code) for e in job.events] == [("rejected", "not_processed"), ("accepted", None)]


async def test_an_interrupted_batch_leaves_nothing_behind_and_is_done_again(
    scene: Scene, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.open()
    await scene.package("P-1")
    scene.store.settings = scene.store.settings.model_copy(update={"capture_wait_s": 0})
    await scene.capture(*(event("P-1", "storing", "POS", minutes_ago=m) for m in range(1, 9)))
    finish = Lane._finish

    async def killed(self: Lane, *arguments: Any) -> None:
        await finish(self, *arguments)
        raise asyncio.CancelledError

    with monkeypatch.context() as patch:
        patch.setattr(Lane, "_finish", killed)
        with pytest.raises(asyncio.CancelledError):
            await Lane(scene.store, scene.partner.id).serve_batch()
    assert await scene.store[CUSTODY_STEPS].count({}) == 0
    assert await Lane(scene.store, scene.partner.id).serve_batch() == 1
    assert await scene.store[CUSTODY_STEPS].count({}) == 8
