"""Partners' events move packages: late, doubled, out of order, wrong or strange, nothing is lost and nothing counts twice."""

import asyncio
import itertools
import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from amanah.cli.issuer import LocalIssuer
from amanah.contracts.actor import Actor, Grant, Role
from amanah.contracts.alerts import ListAlerts
from amanah.contracts.custody.packages import (
    CreatePackages,
    CreatePlaces,
    GetPackage,
    ListPackageHistory,
    NewPackage,
    NewPlace,
)
from amanah.contracts.errors import BadInput, Forbidden, NotFound, Refused
from amanah.contracts.message import Item
from amanah.contracts.partner_events import CaptureEvents, GetCapture
from amanah.contracts.topics import partner_outcomes
from amanah.runtime.bus.bus import Message
from amanah.runtime.identity import Verifier, person_id
from services.distribution.alerts.queries import list_alerts
from services.distribution.custody.commands.packages import create_packages, create_places
from services.distribution.custody.documents import CUSTODY_STEPS, PACKAGES, PLACES
from services.distribution.custody.queries.packages import get_package, list_package_history
from services.distribution.partner_events.bus_intake import Intake
from services.distribution.partner_events.commands.capture import capture_events
from services.distribution.partner_events.commands.lanes import Lane
from services.distribution.partner_events.documents import PARTNER_SESSIONS
from services.distribution.partner_events.queries import get_capture
from services.distribution.reactions import raw_reactions
from tests.integration.distribution.scene import Scene, decimals

Deliver = Callable[..., Awaitable[list[str]]]

DISTRIBUTION = "distribution.events.v1"
REJECTED = "logistics.rejected.v1"
AUDIT = "audit.entries.v1"


async def history(scene: Scene, code: str = "P-1") -> list[Any]:
    found = await list_package_history(scene.store, scene.supervisor, ListPackageHistory(code=code, first=100))
    return list(found.nodes)


async def outcomes(scene: Scene) -> list[Any]:
    """The outcomes on the partner's own topic."""
    return list(await scene.published(partner_outcomes(scene.partner.id).name))


async def test_shipped_and_arrived_with_a_loss(scene: Scene, event: Callable[..., Any]) -> None:
    await scene.open()
    await scene.package("P-1")
    job = await scene.capture(
        event("P-1", "shipping", "GUDANG", minutes_ago=50, count=100),
        event("P-1", "receiving", "POS", minutes_ago=20, count=97),
    )
    assert [e.result for e in job.events] == ["accepted", "accepted"]
    assert (job.running, job.success) == (False, True)
    package = await get_package(scene.store, scene.officer, GetPackage(code="P-1"))
    assert package.place
    assert (package.status, package.place.code) == ("ARRIVED", "POS")
    assert (package.contents[0].expected, package.contents[0].counted) == decimals(100, 97)
    steps = await history(scene)
    assert [s.step for s in steps] == ["shipping", "receiving"]
    assert (
        steps[1].discrepancy
        == "Between GUDANG and POS, carried by PT Angkut: BERAS-10KG: 100 sent, 97 arrived, 3 missing"
    )
    assert steps[0].source == "PT Angkut"
    alerts = (await list_alerts(scene.store, scene.supervisor, ListAlerts())).nodes
    assert [(a.rule, a.detail) for a in alerts] == [("custody_difference", steps[1].discrepancy)]
    moves = [e for e in await scene.published(DISTRIBUTION) if "step" in e]
    assert [(m["step"], m["status"], m["place"]) for m in moves] == [
        ("shipping", "ARRIVED", "POS"),
        ("receiving", "ARRIVED", "POS"),
    ], "each shows the package as the whole batch leaves it"


async def test_any_order_of_arrival_comes_to_the_same(scene: Scene, event: Callable[..., Any]) -> None:
    await scene.open()
    events = [
        ("shipping", "GUDANG", 50, 100), ("receiving", "POS", 40, 98), ("shipping", "POS", 30, 98), ("accepting", "BALAI", 20, 97),
    ]  # fmt: skip
    outcomes = []
    for number, order in enumerate(list(itertools.permutations(events))[::5]):
        code = f"P-{number}"
        await scene.package(code)
        for step, place, minutes_ago, count in order:
            await scene.capture(event(code, step, place, minutes_ago=minutes_ago, count=count))
        package = await scene.one(PACKAGES, {"code": code})
        told = [(s.step, s.discrepancy) for s in await history(scene, code)]
        outcomes.append((package["status"], package["place"], package["contents"], told))
    assert all(o == outcomes[0] for o in outcomes)
    assert outcomes[0][:2] == ("ARRIVED", "BALAI")


async def test_the_same_event_again_has_no_second_effect(scene: Scene, event: Callable[..., Any]) -> None:
    await scene.open()
    await scene.package("P-1")
    named = event("P-1", "shipping", "GUDANG", eventID="urn:uuid:1")
    unnamed = event("P-1", "arriving", "POS", minutes_ago=10)
    first = await scene.capture(named, unnamed, named)
    assert [e.result for e in first.events] == ["accepted", "accepted", "duplicate"]
    shuffled = dict(reversed(list(unnamed.items()))) | {"bizStep": "https://ref.gs1.org/cbv/BizStep-arriving"}
    again = await scene.capture(named, shuffled, named)
    assert [e.result for e in again.events] == ["duplicate", "duplicate", "duplicate"]
    assert again.success
    assert len(await history(scene)) == 2
    assert len([e for e in await scene.published(DISTRIBUTION) if "step" in e]) == 2


async def test_the_same_event_twice_at_once_is_taken_once(scene: Scene, event: Callable[..., Any]) -> None:
    await scene.open()
    await scene.package("P-1")
    same = event("P-1", "shipping", "GUDANG", eventID="urn:uuid:1")
    jobs = await asyncio.gather(*(scene.capture(same) for _ in range(8)))
    assert sorted(j.events[0].result for j in jobs) == ["accepted"] + ["duplicate"] * 7
    assert len(await history(scene)) == 1


async def test_an_event_declared_wrong_is_undone_and_kept(scene: Scene, event: Callable[..., Any]) -> None:
    await scene.open()
    await scene.package("P-1")
    wrong = event("P-1", "receiving", "POS", minutes_ago=20, count=90)
    await scene.capture(event("P-1", "shipping", "GUDANG", minutes_ago=50, count=100), wrong)
    declared = wrong | {
        "errorDeclaration": {"declarationTime": datetime.now(UTC).isoformat(), "reason": "incorrect_data"}
    }
    assert (await scene.capture(declared)).events[0].result == "accepted"
    package = await get_package(scene.store, scene.officer, GetPackage(code="P-1"))
    assert (package.status, package.contents[0].counted) == ("IN_TRANSIT", None)
    steps = await history(scene)
    assert sorted(s.step for s in steps) == ["error_declaration", "receiving", "shipping"]
    assert any(s.discrepancy and "no effect" in s.discrepancy for s in steps)


async def test_a_reported_condition_raises_one_alert(scene: Scene, event: Callable[..., Any]) -> None:
    await scene.open()
    await scene.package("P-1")
    await scene.capture(event("P-1", "inspecting", "GUDANG", disposition="damaged", minutes_ago=9))
    await scene.capture(event("P-1", "inspecting", "GUDANG", disposition="damaged", minutes_ago=8))
    alerts = (await list_alerts(scene.store, scene.supervisor, ListAlerts(rule="package_damaged"))).nodes
    assert len(alerts) == 1


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"epcList": ["urn:amanah:package:NONE"]}, "unknown_package", "/epcList/0"),
        ({"epcList": ["urn:amanah:package:P-1", "urn:epc:id:sscc:4012345.1112223334"]}, "unknown_package", "/epcList/1"),
        ({"epcList": [], "quantityList": [{"epcClass": "urn:amanah:item:X", "quantity": 1}]}, "unknown_package", "/epcList"),
        ({"readPoint": {"id": "urn:amanah:place:NOWHERE"}}, "unknown_place", "/readPoint/id"),
        ({"readPoint": {"id": "geo:-6.9,107.6"}}, "unknown_place", "/readPoint/id"),
        ({"eventTime": "2999-01-01T00:00:00Z"}, "time_in_future", "/eventTime"),
        ({"action": "SEND"}, "schema", "/action"),
    ],
)  # fmt: skip
async def test_what_cannot_be_taken_comes_back_with_its_reason(
    scene: Scene, event: Callable[..., Any], changes: dict[str, Any], code: str, field: str
) -> None:
    await scene.open()
    await scene.package("P-1")
    bad = event("P-1", "arriving", "POS") | changes
    good = event("P-1", "shipping", "GUDANG", minutes_ago=50)
    job = await scene.capture(good, bad)
    assert [e.result for e in job.events] == ["accepted", "rejected"]
    told = job.events[1]
    assert (told.code, told.field) == (code, "/epcisBody/eventList/1" + field)
    assert not job.success
    (rejected,) = await scene.published(REJECTED)
    assert (rejected["code"], rejected["field"], rejected["partner_id"]) == (code, told.field, scene.partner.id)
    assert rejected["original"] == "", "the original is the partner's"
    told_partner = await outcomes(scene)
    assert [o["outcome"] for o in told_partner] == ["accepted", "rejected"]
    assert json.loads(told_partner[1]["original"]) == bad
    assert len(await history(scene)) == 1
    refusals = [e for e in await scene.published(AUDIT) if e["outcome"] == "refused"]
    assert [r["reason"] for r in refusals] == [code]


async def test_what_is_not_json_is_one_rejection(scene: Scene) -> None:
    job = await capture_events(scene.store, scene.partner, CaptureEvents(document="this is no JSON"))
    assert [(e.index, e.event_id, e.result, e.code) for e in job.events] == [(None, None, "rejected", "not_json")]
    (outcome,) = await outcomes(scene)
    assert outcome["original"] == "this is no JSON"


async def test_a_partner_touches_and_sees_its_own_packages_only(scene: Scene, event: Callable[..., Any]) -> None:
    await scene.open()
    await scene.package("P-1")
    job = await scene.capture(event("P-1", "shipping", "GUDANG"), by=scene.other_partner)
    assert [(e.result, e.code) for e in job.events] == [("rejected", "not_your_package")]
    (refusal,) = [e for e in await scene.published(AUDIT) if e["outcome"] == "refused"]
    assert {"type": "Package", "id": "P-1"} in refusal["concerns"]
    assert (await get_package(scene.store, scene.partner, GetPackage(code="P-1"))).code == "P-1"
    with pytest.raises(NotFound):
        await get_package(scene.store, scene.other_partner, GetPackage(code="P-1"))
    with pytest.raises(NotFound):
        await get_capture(scene.store, scene.partner, GetCapture(id=job.id))
    assert await get_capture(scene.store, scene.other_partner, GetCapture(id=job.id)) == job


async def test_viewers_of_other_areas_do_not_see_it(scene: Scene, person: Callable[..., Actor]) -> None:
    await scene.open()
    await scene.package("P-1")
    for area, seen in (("32.01.05.2001", True), ("32", True), ("ID", True), ("32.01.06", False), ("33", False)):
        viewer = person(f"of {area}", AUDITOR=area)
        if seen:
            assert (await get_package(scene.store, viewer, GetPackage(code="P-1"))).code == "P-1"
        else:
            with pytest.raises(NotFound):
                await list_package_history(scene.store, viewer, ListPackageHistory(code="P-1"))


async def test_all_or_none(scene: Scene, event: Callable[..., Any]) -> None:
    await scene.open()
    await scene.package("P-1")
    good, bad = event("P-1", "shipping", "GUDANG"), event("NONE", "shipping", "GUDANG")
    job = await scene.capture(good, bad, rollback=True)
    assert [(e.result, e.code) for e in job.events] == [("rejected", "rolled_back"), ("rejected", "unknown_package")]
    assert await history(scene) == []
    assert [r["code"] for r in await scene.published(REJECTED)] == ["rolled_back", "unknown_package"]
    again = await scene.capture(good, event("P-1", "arriving", "POS", minutes_ago=5), rollback=True)
    assert [e.result for e in again.events] == ["accepted", "accepted"]


async def test_a_large_document_is_done_in_the_background_and_may_be_stopped(
    scene: Scene, event: Callable[..., Any]
) -> None:
    await scene.open()
    await scene.package("P-1")
    scene.store.settings = scene.store.settings.model_copy(update={"capture_wait_s": 0})
    events = [event("P-1", "storing", "GUDANG", minutes_ago=m) for m in range(1, 5)]
    job = await scene.capture(*events)
    assert (job.running, job.success, job.events) == (True, False, ())
    # As if a worker had been killed after the first two events: another one goes on.
    await Lane(scene.store, scene.partner.id, size=2).serve_batch()
    half = await get_capture(scene.store, scene.partner, GetCapture(id=job.id))
    assert (half.running, len(half.events)) == (True, 2)
    lane = Lane(scene.store, scene.partner.id)
    assert await lane.serve_batch() == 1
    done = await get_capture(scene.store, scene.partner, GetCapture(id=job.id))
    assert (done.running, done.success) == (False, True)
    assert [(e.index, e.result) for e in done.events] == [(n, "accepted") for n in range(4)]
    assert len(await history(scene)) == 4
    assert await lane.serve_batch() == 0


async def test_a_late_count_reckons_with_what_was_handed_over(scene: Scene, event: Callable[..., Any]) -> None:
    await scene.open()
    await scene.arrived("P-1")
    await scene.answer(scene.officer, await scene.handover())
    await scene.capture(event("P-1", "cycle_counting", "POS", minutes_ago=0, count=90))
    package = await scene.one(PACKAGES, {"code": "P-1"})
    assert (package["contents"][0]["left"], package["contents"][0]["handed"]) == (90_000, 10_000)
    assert [s.discrepancy for s in await history(scene)] == [None, None, None]


async def test_the_history_comes_in_pages(scene: Scene, event: Callable[..., Any]) -> None:
    await scene.open()
    await scene.arrived("P-1")
    await scene.capture(*(event("P-1", "storing", "POS", minutes_ago=20, eventID=f"urn:x:{n}") for n in range(5)))
    await scene.answer(scene.officer, await scene.handover())
    seen: list[str] = []
    after = None
    while True:
        ask = ListPackageHistory(code="P-1", first=2, after=after)
        page = await list_package_history(scene.store, scene.officer, ask)
        seen += [n.event_id for n in page.nodes]
        assert page.total == 7
        if not page.more:
            break
        after = page.cursors[-1]
        # A late event before the cursor moves nothing.
        await scene.capture(event("P-1", "storing", "POS", minutes_ago=90, eventID=f"urn:x:late-{len(seen)}"))
        await scene.store[CUSTODY_STEPS].delete({"event": {"$regex": "late"}})
    assert len(seen) == len(set(seen)) == 7
    with pytest.raises(BadInput):
        await list_package_history(scene.store, scene.officer, ask.model_copy(update={"after": "x"}))


async def test_places_and_packages_are_made_once(scene: Scene, person: Callable[..., Actor]) -> None:
    await scene.open()
    await scene.package("P-1")
    first = await scene.one(PACKAGES, {"code": "P-1"})
    await scene.package("P-1")
    assert await scene.one(PACKAGES, {"code": "P-1"}) == first
    with pytest.raises(Refused) as caught:
        await scene.package("P-1", quantity=7)
    assert caught.value.code == "code_taken"
    place = await scene.one(PLACES, {"code": "POS"})
    other = NewPlace(code="POS", name="Other", kind="POST", area="32.01.05", location=place["location"])
    with pytest.raises(Refused) as caught:
        await create_places(scene.store, scene.supervisor, CreatePlaces(places=(other,)))
    assert caught.value.code == "code_taken"
    with pytest.raises(Forbidden):
        await create_places(scene.store, person("Joko", SUPERVISOR="33"), CreatePlaces(places=(other,)))
    theirs = NewPackage(code="P-2", area="32.01.05", partner="CV Lain", contents=(Item(sku="A", quantity=1),))
    with pytest.raises(Refused) as caught:
        await create_packages(scene.store, scene.partner, CreatePackages(round_id=scene.round.id, packages=(theirs,)))
    assert caught.value.code == "not_your_package"


def on_the_bus(content: Any, token: str = "", offset: int = 0) -> Message:
    value = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = (("amanah-token", token.encode()),) if token else ()
    return Message("logistics.intake.v1", 0, offset, int(time.time() * 1000), b"P-1", value, headers)


@pytest.fixture
def deliver(scene: Scene, verifier: Verifier) -> Deliver:
    """Has distribution take messages from the bus and serve their lane. Returns the codes of what is parked."""
    (sort,) = raw_reactions(Intake(verifier)).values()

    async def take_all(*messages: Message) -> list[str]:
        parked = await scene.store.db.transaction(lambda tx: sort(scene.store, tx, messages))
        lane = Lane(scene.store, person_id("PT Angkut"))
        while await lane.serve_batch():
            pass
        return [each.reason.code for each in parked or ()]

    return take_all


async def test_the_same_comes_over_the_bus(
    scene: Scene, event: Callable[..., Any], issuer: LocalIssuer, deliver: Deliver
) -> None:
    await scene.open()
    await scene.package("P-1")
    token = issuer.issue("PT Angkut", [Grant(role=Role.LOGISTICS, area="32")])
    shipped = on_the_bus(event("P-1", "shipping", "GUDANG"), token)
    unknown = on_the_bus(event("NONE", "shipping", "GUDANG"), token, 1)
    await deliver(shipped, unknown, on_the_bus(b"no json", token, 2))
    await deliver(shipped)
    assert [s.step for s in await history(scene)] == ["shipping"]
    rejected = await scene.published(REJECTED)
    assert [(r["code"], r["source"]) for r in rejected] == [
        ("unknown_package", "logistics.intake.v1/0/1"),
        ("not_json", "logistics.intake.v1/0/2"),
    ]


async def test_a_partners_token_begins_one_session_on_the_bus(
    scene: Scene, event: Callable[..., Any], issuer: LocalIssuer, deliver: Deliver
) -> None:
    await scene.open()
    await scene.package("P-1")
    grants = [Grant(role=Role.AUDITOR, area="32.01"), Grant(role=Role.LOGISTICS, area="32")]
    first, second = (issuer.issue("PT Angkut", grants) for _ in range(2))
    shipped, arriving = event("P-1", "shipping", "GUDANG"), event("P-1", "arriving", "POS", minutes_ago=5)
    await deliver(on_the_bus(shipped, first), on_the_bus(b"no json", first, 1))
    await deliver(on_the_bus(shipped, first), on_the_bus(arriving, first, 2), on_the_bus(arriving, second, 3))
    logins = [e for e in await scene.published(AUDIT) if e["action"] == "access:session:start"]
    assert [(e["subject"]["id"], e["actor"], e["origin"]["service"]) for e in logins] == [
        (person_id("PT Angkut"), {"id": person_id("PT Angkut"), "role": "AUDITOR", "area": "32.01"}, "distribution")
    ] * 2


async def test_a_session_on_the_bus_is_remembered_as_long_as_messages_wait(
    scene: Scene, event: Callable[..., Any], issuer: LocalIssuer, deliver: Deliver
) -> None:
    token = issuer.issue("PT Angkut", [Grant(role=Role.LOGISTICS, area="32")], timedelta(hours=1))
    await deliver(on_the_bus(event("P-1", "shipping", "GUDANG"), token))
    (session,) = await scene.store[PARTNER_SESSIONS].list({})
    assert timedelta(days=30) < session["until"] - datetime.now(UTC) <= timedelta(days=30, hours=1)


async def test_who_does_not_say_who_they_are_is_parked(
    scene: Scene, event: Callable[..., Any], issuer: LocalIssuer, deliver: Deliver
) -> None:
    await scene.open()
    await scene.package("P-1")
    content = event("P-1", "shipping", "GUDANG")
    officer = issuer.issue("Sari", [Grant(role=Role.OFFICER, area="32")])
    for token, code in (("", "token_missing"), ("forged", "token_invalid"), (officer, "forbidden")):
        assert await deliver(on_the_bus(content, token)) == [code]
    assert await history(scene) == []
    assert await scene.store[PARTNER_SESSIONS].list({}) == []
