"""A handover is accepted exactly once, by the rules of who, where, when and what."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.buckets import EVIDENCE
from amanah.contracts.custody.packages import GetPackage, ListPackageHistory
from amanah.contracts.errors import Refused
from amanah.contracts.handovers.handovers import (
    GetHandovers,
    HandoverView,
    RecordFailedHandover,
    RecordHandover,
    SyncHandovers,
)
from amanah.contracts.message import Item, Location
from amanah.contracts.uploads import UploadPurpose
from services.distribution.custody.documents import PACKAGES
from services.distribution.custody.queries.packages import get_package, list_package_history
from services.distribution.handovers.commands.failures import record_failed_handover
from services.distribution.handovers.documents import FAILED_ATTEMPTS, HANDOVERS
from services.distribution.handovers.queries.handovers import get_handovers
from services.distribution.rounds.documents import ENTITLEMENTS
from tests.integration.distribution.scene import Scene

AUDIT = "audit.entries.v1"
DISTRIBUTION = "distribution.events.v1"


async def test_a_handover_is_recorded_with_its_evidence(scene: Scene) -> None:
    await scene.open()
    await scene.arrived("P-1")
    ask = await scene.handover(device="phone 7")
    got = await scene.answer(scene.officer, ask)
    assert (got.status, got.flags, got.entitlement.status) == ("ACCEPTED", (), "DELIVERED")
    package = await scene.one(PACKAGES, {"code": "P-1"})
    assert [(c["handed"], c["left"]) for c in package["contents"]] == [(10_000, 90_000)]
    event = next(e for e in await scene.published(DISTRIBUTION) if "handover_id" in e)
    assert event["area"] == "32.01.05.2001"
    assert event["items"] == [{"sku": "BERAS-10KG", "quantity": "10"}]
    entry = (await scene.published(AUDIT))[-1]
    assert (entry["action"], entry["outcome"]) == ("distribution:handover:accept", "done")
    assert entry["before"].startswith("hmac-sha256:")


async def test_exactly_one_of_sixty_four_is_accepted(scene: Scene, photo: Callable[[int], bytes]) -> None:
    await scene.open()
    await scene.arrived("P-1")
    photos = {
        o.id: await scene.upload(b, by=o) for o, b in ((scene.officer, photo(1)), (scene.other_officer, photo(2)))
    }
    signatures = {
        o.id: await scene.upload(photo(3), UploadPurpose.SIGNATURE, o) for o in (scene.officer, scene.other_officer)
    }

    async def attempt(number: int) -> HandoverView | Refused:
        officer = scene.officer if number % 2 else scene.other_officer
        ask = await scene.handover(by=officer, photo_id=photos[officer.id], signature_id=signatures[officer.id])
        try:
            return await scene.answer(officer, ask)
        except Refused as error:
            return error

    outcomes = await asyncio.gather(*(attempt(n) for n in range(64)))
    accepted = [o for o in outcomes if isinstance(o, HandoverView)]
    assert len(accepted) == 1
    others = [o for o in outcomes if isinstance(o, Refused)]
    assert {o.code for o in others} == {"already_delivered"}
    first = await scene.one(HANDOVERS)
    when = f"{first['receivedAt']:%Y-%m-%d %H:%M}"
    assert all(first["officerName"] in o.message and when in o.message for o in others)
    assert await scene.store[HANDOVERS].count({}) == 1
    package = await scene.one(PACKAGES, {"code": "P-1"})
    assert package["contents"][0]["left"] == 90_000
    assert len(await scene.store.objects.list(EVIDENCE, first["photo"]["id"])) == 2
    assert len([e for e in await scene.published(DISTRIBUTION) if "handover_id" in e]) == 1


async def test_a_package_never_gives_more_than_it_holds(scene: Scene) -> None:
    await scene.open(8)
    await scene.arrived("P-1", quantity=30)
    asks = [await scene.handover(n) for n in range(8)]

    async def attempt(ask: RecordHandover) -> str:
        try:
            return (await scene.answer(scene.officer, ask)).status
        except Refused as error:
            return error.code

    outcomes = await asyncio.gather(*map(attempt, asks))
    assert sorted(outcomes) == ["ACCEPTED"] * 3 + ["package_short"] * 5
    assert await scene.store[ENTITLEMENTS].count({"status": "DELIVERED"}) == 3
    view = await get_package(scene.store, scene.officer, GetPackage(code="P-1"))
    assert view.status == "EMPTY"
    assert view.contents[0].handed_over == 30


async def test_the_same_client_id_again_is_the_first_result(scene: Scene) -> None:
    await scene.open()
    await scene.arrived("P-1")
    ask = await scene.handover()
    outcomes = await asyncio.gather(*(scene.answer(scene.officer, ask) for _ in range(6)), return_exceptions=True)
    ids = {o.id for o in outcomes if isinstance(o, HandoverView)}
    assert len(ids) == 1
    again = await scene.answer(scene.officer, ask)
    assert again.id in ids
    assert await scene.store[HANDOVERS].count({}) == 1
    with pytest.raises(Refused, match="Sari"):
        await scene.answer(scene.other_officer, ask)


async def test_a_place_far_away_is_flagged(scene: Scene) -> None:
    await scene.open()
    await scene.arrived("P-1")
    away = Location(latitude_e6=-6_500_000, longitude_e6=106_800_000, accuracy_m=9)
    got = await scene.answer(scene.officer, await scene.handover(location=away))
    assert [f.code for f in got.flags] == ["far_from_home"]


async def test_less_than_due_is_flagged_and_more_is_refused(scene: Scene) -> None:
    await scene.open()
    await scene.arrived("P-1")
    much = await scene.refused(await scene.handover(0, items=(Item(sku="BERAS-10KG", quantity=Decimal(11)),)))
    assert much.code == "items_not_entitled"
    less = await scene.handover(0, items=(Item(sku="BERAS-10KG", quantity=Decimal(9)),))
    assert [f.code for f in (await scene.answer(scene.officer, less)).flags] == ["short_quantity"]


async def test_an_officer_without_an_assignment_there_and_then_is_refused(
    scene: Scene, person: Callable[..., Actor]
) -> None:
    await scene.open()
    await scene.arrived("P-1")
    strangers = person("Tuti", OFFICER="32.01.05")
    assert (await scene.refused(await scene.handover(by=strangers), strangers)).code == "not_assigned"
    await scene.assign(strangers, shift=30)
    assert (await scene.refused(await scene.handover(by=strangers), strangers)).code == "not_assigned"
    elsewhere = person("Wawan", OFFICER="33.01")
    await scene.assign(elsewhere)
    assert (await scene.refused(await scene.handover(by=elsewhere), elsewhere)).code == "not_assigned"
    nothing = await scene.handover(entitlement_id="ent_" + "0" * 26)
    assert (await scene.refused(nothing)).code == "not_assigned", "what does not exist sounds the same"


async def test_a_package_must_be_known_and_at_hand(scene: Scene, event: Callable[..., Any]) -> None:
    await scene.open()
    assert (await scene.refused(await scene.handover())).code == "package_unknown"
    await scene.package("P-1")
    assert (await scene.refused(await scene.handover())).code == "package_not_here"
    await scene.capture(event("P-1", "shipping", "GUDANG", minutes_ago=50))
    assert (await scene.refused(await scene.handover())).code == "package_not_here"
    await scene.capture(event("P-1", "receiving", "GUDANG", minutes_ago=40))
    assert (await scene.refused(await scene.handover())).code == "package_not_here", "a warehouse is not at hand"
    await scene.capture(event("P-1", "receiving", "BALAI", minutes_ago=30))
    await scene.answer(scene.officer, await scene.handover())
    await scene.arrived("P-2", area="32.01.05.2002")
    elsewhere = await scene.handover(2, package_code="P-2")
    assert (await scene.refused(elsewhere)).code == "package_not_here", "it is meant for the other village"


async def test_offline_records_succeed_or_fail_each_on_its_own(scene: Scene) -> None:
    await scene.open()
    await scene.arrived("P-1")
    good = await scene.handover(0)
    bad = await scene.handover(1, package_code="P-9")
    doubled = await scene.handover(0)
    late = await scene.handover(2, occurred_at=good.occurred_at - timedelta(hours=20))
    answer = await scene.answer(scene.officer, SyncHandovers(handovers=(good, bad, doubled, late, good)))
    assert [r.client_id for r in answer.results] == [a.client_id for a in (good, bad, doubled, late, good)]
    assert [r.code for r in answer.results] == [None, "package_unknown", "already_delivered", None, None]
    first, _, _, in_the_past, again = (r.handover for r in answer.results)
    assert first
    assert again
    assert again.id == first.id
    assert in_the_past
    assert in_the_past.flags == (), "late is not wrong"


async def test_a_failed_attempt_is_final_until_somebody_decides(scene: Scene) -> None:
    await scene.open()
    await scene.arrived("P-1")
    handover = await scene.handover(0)
    ask = RecordFailedHandover(
        client_id="a", entitlement_id=handover.entitlement_id, reason="MOVED",
        occurred_at=handover.occurred_at, location=handover.location, note="canary note",
    )  # fmt: skip
    assert (await record_failed_handover(scene.store, scene.officer, ask)).status == "FAILED"
    assert (await record_failed_handover(scene.store, scene.officer, ask)).status == "FAILED", "a repeat is no error"
    assert await scene.store[FAILED_ATTEMPTS].count({}) == 1
    event = next(e for e in await scene.published(DISTRIBUTION) if "reason" in e)
    assert event["reason"] == "MOVED"
    assert "canary" not in repr(await scene.store.outbox.pending(1000))
    assert (await scene.refused(handover)).code == "entitlement_not_pending"
    delivered = await scene.handover(1)
    await scene.answer(scene.officer, delivered)
    with pytest.raises(Refused) as caught:
        await record_failed_handover(
            scene.store,
            scene.officer,
            ask.model_copy(update={"client_id": "b", "entitlement_id": delivered.entitlement_id}),
        )
    assert caught.value.code == "already_delivered"


async def test_handovers_are_seen_by_those_of_the_area(scene: Scene, person: Callable[..., Actor]) -> None:
    await scene.open()
    await scene.arrived("P-1")
    got = await scene.answer(scene.officer, await scene.handover())
    for area, count in (("32.01.05.2001", 1), ("32.01.05.2002", 0), ("ID", 1)):
        found = await get_handovers(scene.store, person(f"of {area}", AUDITOR=area), GetHandovers(ids=(got.id,)))
        assert len(found.nodes) == count


async def test_the_packages_history_tells_of_its_handovers(scene: Scene) -> None:
    await scene.open()
    await scene.arrived("P-1")
    await scene.answer(scene.officer, await scene.handover())
    history = await list_package_history(scene.store, scene.officer, ListPackageHistory(code="P-1"))
    assert [n.step for n in history.nodes] == ["receiving", "dispensing"]
    assert history.total == 2
