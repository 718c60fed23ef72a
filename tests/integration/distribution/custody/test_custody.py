"""Custody on the real stores: pallets, splits, losses, overdue ways, and balances that add up whatever the order of arrival."""

import itertools
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.custody.custody import (
    GetReconciliation,
    ListLegBalances,
    ListPlaceBalances,
    Piece,
    PlaceBalance,
    RecordPackageLoss,
    SetRoute,
    SplitPackage,
)
from amanah.contracts.custody.packages import CreatePackages, GetPackage, ListPackageHistory, NewPackage
from amanah.contracts.errors import Forbidden, NotFound, Refused
from amanah.contracts.message import Item
from services.distribution.alerts.documents import ALERTS
from services.distribution.custody.commands.balances import post_balances
from services.distribution.custody.commands.packages import create_packages
from services.distribution.custody.commands.routes import raise_overdue_alerts, set_route
from services.distribution.custody.commands.splits import split_package
from services.distribution.custody.documents import BALANCES, CUSTODY_STEPS, PACKAGES
from services.distribution.custody.queries.packages import get_package, list_package_history
from services.distribution.custody.queries.reconciliation import (
    get_reconciliation,
    list_leg_balances,
    list_place_balances,
)
from services.distribution.rounds.documents import ENTITLEMENTS
from tests.integration.distribution.scene import Scene, decimals

DISTRIBUTION = "distribution.events.v1"
RICE = "BERAS-10KG"
DISTRICT = "32.01.05"


def rice(quantity: int) -> tuple[Item, ...]:
    return (Item(sku=RICE, quantity=Decimal(quantity)),)


def ago(minutes: int) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


def aggregation(parent: str, children: list[str], action: str = "ADD", *, minutes_ago: int = 55, **more: Any) -> Any:
    return {
        "type": "AggregationEvent", "eventTime": ago(minutes_ago).isoformat(), "eventTimeZoneOffset": "+07:00",
        "action": action, "bizStep": "packing" if action == "ADD" else "unpacking",
        "parentID": f"urn:amanah:package:{parent}", "childEPCs": [f"urn:amanah:package:{c}" for c in children],
    } | more  # fmt: skip


async def make(scene: Scene, code: str, quantity: int = 0, **more: Any) -> None:
    new = NewPackage(
        code=code, area=more.pop("area", DISTRICT), partner=scene.partner.name,
        contents=rice(quantity) if quantity else (), **more,
    )  # fmt: skip
    await create_packages(scene.store, scene.supervisor, CreatePackages(round_id=scene.round.id, packages=(new,)))


async def stood(scene: Scene, code: str) -> tuple[str, str | None]:
    found = await get_package(scene.store, scene.supervisor, GetPackage(code=code))
    return found.status, found.place.code if found.place else None


async def alerts(scene: Scene, rule: str) -> list[Any]:
    return [(a["status"], a["detail"]) for a in await scene.store[ALERTS].list({"rule": rule}, sort=[("_id", 1)])]


def loss(code: str, kind: str = "LOST", quantity: int = 3, *, minutes_ago: int = 25, **more: Any) -> RecordPackageLoss:
    fields = {
        "client_id": str(uuid.uuid4()), "package_code": code, "kind": kind, "items": rice(quantity),
        "occurred_at": ago(minutes_ago),
    }  # fmt: skip
    return RecordPackageLoss(**fields | more)


async def totals(scene: Scene) -> dict[str, int]:
    found = await get_reconciliation(scene.store, scene.supervisor, GetReconciliation(round_id=scene.round.id))
    (total,) = found.totals
    told = {k: int(v) for k, v in total.model_dump(exclude={"sku"}).items() if v}
    gone = sum(v for k, v in told.items() if k != "made")
    assert gone == told["made"], "all that was made is somewhere"
    return told


# ---------------------------------------------------------------- pallets


async def test_a_pallet_carries_what_is_inside_until_it_is_taken_out(scene: Scene, event: Callable[..., Any]) -> None:
    await scene.open()
    await scene.package("P-1")
    await make(scene, "P-2", 50)
    await make(scene, "PALLET")
    job = await scene.capture(
        aggregation("PALLET", ["P-1", "P-2"]),
        event("PALLET", "shipping", "GUDANG", minutes_ago=50),
        event("PALLET", "receiving", "POS", minutes_ago=30),
    )
    assert job.success, job
    assert await stood(scene, "P-1") == await stood(scene, "P-2") == ("ARRIVED", "POS")
    moved = [e for e in await scene.published(DISTRIBUTION) if e.get("step") == "receiving"]
    assert [(m["code"], m["carried"]) for m in moved] == [("PALLET", ["P-1", "P-2"])]
    await scene.capture(event("PALLET", "shipping", "POS", minutes_ago=20))
    assert (await stood(scene, "P-1"))[0] == "IN_TRANSIT"
    # PaymentResult late: P-1 was taken out before the pallet left again.
    await scene.capture(aggregation("PALLET", ["P-1"], "DELETE", minutes_ago=25))
    assert (await stood(scene, "P-1"), await stood(scene, "P-2")) == (("ARRIVED", "POS"), ("IN_TRANSIT", None))
    view = await get_package(scene.store, scene.supervisor, GetPackage(code="P-2"))
    assert view.parent == "PALLET"
    await scene.answer(scene.officer, await scene.handover())
    assert await totals(scene) == {"made": 150, "at_places": 90, "on_the_way": 50, "handed_over": 10}


async def test_an_aggregation_declared_wrong_undoes_what_the_pallet_carried(
    scene: Scene, event: Callable[..., Any]
) -> None:
    await scene.open()
    await scene.package("P-1")
    await make(scene, "PALLET")
    packed = aggregation("PALLET", ["P-1"])
    await scene.capture(packed, event("PALLET", "receiving", "POS", minutes_ago=30))
    assert await stood(scene, "P-1") == ("ARRIVED", "POS")
    declared = packed | {"errorDeclaration": {"declarationTime": ago(1).isoformat(), "reason": "incorrect_data"}}
    await scene.capture(declared)
    assert await stood(scene, "P-1") == ("REGISTERED", None)


async def test_taking_out_all_names_none(scene: Scene, event: Callable[..., Any]) -> None:
    await scene.open()
    await scene.package("P-1")
    await make(scene, "PALLET")
    await scene.capture(
        aggregation("PALLET", ["P-1"]),
        event("PALLET", "receiving", "POS", minutes_ago=30),
        aggregation("PALLET", [], "DELETE", minutes_ago=20),
        event("PALLET", "shipping", "POS", minutes_ago=10),
    )
    assert (await stood(scene, "P-1"), (await stood(scene, "PALLET"))[0]) == (("ARRIVED", "POS"), "IN_TRANSIT")


async def test_packages_are_made_inside_others(scene: Scene, event: Callable[..., Any]) -> None:
    await scene.open()
    await scene.package("P-0")
    pallet = NewPackage(code="PALLET", area=DISTRICT, partner=scene.partner.name, contents=())
    inside = NewPackage(code="P-1", area=DISTRICT, partner=scene.partner.name, contents=rice(100), parent="PALLET")
    ask = CreatePackages(round_id=scene.round.id, packages=(inside, pallet))
    made = await create_packages(scene.store, scene.supervisor, ask)
    assert [p.parent for p in made.nodes] == ["PALLET", None]
    assert await create_packages(scene.store, scene.supervisor, ask) == made, "again: no error"
    await scene.capture(event("PALLET", "receiving", "POS"))
    assert await stood(scene, "P-1") == ("ARRIVED", "POS")
    for parent in ("NONE", "P-9"):
        with pytest.raises(Refused) as caught:
            await make(scene, "P-9", 1, parent=parent)
        assert (caught.value.code, caught.value.field) == ("parent_unknown", "packages.0.parent")


# ---------------------------------------------------------------- parcels of one recipient, splits


async def test_a_parcel_of_one_recipient_is_handed_to_no_other(scene: Scene, event: Callable[..., Any]) -> None:
    await scene.open()
    await scene.package("P-0")
    own = await scene.one(ENTITLEMENTS, {"recipient": scene.recipients[0]})
    await make(scene, "P-1", 10, entitlement_id=own["_id"])
    await scene.capture(event("P-1", "receiving", "POS"))
    refusal = await scene.refused(await scene.handover(2))
    assert (refusal.code, refusal.field) == ("package_not_for_recipient", "packageCode")
    await scene.answer(scene.officer, await scene.handover(0))
    with pytest.raises(Refused) as caught:
        await make(scene, "P-2", 10, entitlement_id="ent_none")
    assert caught.value.code == "entitlement_unknown"
    with pytest.raises(Refused) as caught:
        await make(scene, "106141412345678900", 10)
    assert caught.value.code == "code_check_digit"


async def test_a_split_keeps_the_sum_and_pieces_go_their_own_ways(scene: Scene, event: Callable[..., Any]) -> None:
    await scene.open()
    await scene.package("P-0")
    await scene.capture(event("P-0", "receiving", "POS", minutes_ago=40))
    ask = SplitPackage(
        package_code="P-0", pieces=(Piece(code="P-1", contents=rice(30)), Piece(code="P-2", contents=rice(20))),
        occurred_at=ago(20),
    )  # fmt: skip
    made = await split_package(scene.store, scene.supervisor, ask)
    assert [(p.code, p.contents[0].left, p.split_from) for p in made.nodes] == [
        ("P-0", Decimal(50), None),
        ("P-1", Decimal(30), "P-0"),
        ("P-2", Decimal(20), "P-0"),
    ]
    assert await split_package(scene.store, scene.supervisor, ask) == made, "again: the first split"
    assert len([e for e in await scene.published(DISTRIBUTION) if "pieces" in e]) == 1
    await scene.answer(scene.officer, await scene.handover())
    await scene.capture(
        event("P-2", "shipping", "POS", minutes_ago=10), event("P-2", "receiving", "BALAI", minutes_ago=5)
    )
    # PaymentResult late: the whole had moved on before it was split.
    await scene.capture(event("P-0", "receiving", "BALAI", minutes_ago=30))
    assert await stood(scene, "P-1") == ("ARRIVED", "BALAI")
    assert await totals(scene) == {"made": 100, "at_places": 90, "handed_over": 10}
    with pytest.raises(Refused) as caught:
        await split_package(
            scene.store, scene.supervisor,
            SplitPackage(package_code="P-0", pieces=(Piece(code="P-3", contents=rice(51)),), occurred_at=ago(1)),
        )  # fmt: skip
    assert (caught.value.code, caught.value.field) == ("package_short", "pieces")
    with pytest.raises(Refused) as caught:
        await split_package(
            scene.store, scene.supervisor,
            SplitPackage(package_code="P-0", pieces=(Piece(code="P-1", contents=rice(1)),), occurred_at=ago(1)),
        )  # fmt: skip
    assert (caught.value.code, caught.value.field) == ("code_taken", "pieces.0.code")


# ---------------------------------------------------------------- losses and differences


async def test_a_late_loss_settles_the_difference_that_a_count_told(scene: Scene, event: Callable[..., Any]) -> None:
    await scene.open()
    await scene.package("P-1")
    await scene.capture(
        event("P-1", "shipping", "GUDANG", minutes_ago=50, count=100),
        event("P-1", "receiving", "POS", minutes_ago=20, count=97),
    )
    ((status, detail),) = await alerts(scene, "custody_difference")
    assert status == "OPEN"
    assert detail == "Between GUDANG and POS, carried by PT Angkut: BERAS-10KG: 100 sent, 97 arrived, 3 missing"
    assert (await totals(scene))["difference"] == 3
    ask = loss("P-1")
    view = await scene.answer(scene.supervisor, ask)
    assert (view.contents[0].left, view.contents[0].lost) == decimals(97, 3)
    assert await scene.answer(scene.supervisor, ask) == view, "again: the first result"
    assert [s for s, _ in await alerts(scene, "custody_difference")] == ["SETTLED"]
    assert len(await alerts(scene, "package_lost")) == 1
    events = await scene.published(DISTRIBUTION)
    assert [(e["was"], e["status"]) for e in events if e.get("action") == "SETTLE"] == [("OPEN", "SETTLED")]
    assert [(e["kind"], e["items"]) for e in events if "evidence" in e] == [("LOST", [{"sku": RICE, "quantity": "3"}])]
    assert await totals(scene) == {"made": 100, "at_places": 97, "lost": 3}
    steps = await list_package_history(scene.store, scene.supervisor, ListPackageHistory(code="P-1"))
    assert [(s.step, s.discrepancy) for s in steps.nodes] == [("shipping", None), ("lost", None), ("receiving", None)]


async def test_a_loss_is_proved_and_bounded(
    scene: Scene, photo: Callable[[int], bytes], person: Callable[..., Actor]
) -> None:
    await scene.open()
    await scene.arrived("P-1")
    upload = await scene.upload(photo(3))
    ask = loss("P-1", "DAMAGED", 2, evidence_ids=(upload,))
    await scene.answer(scene.officer, ask)
    (kept,) = (await scene.one(CUSTODY_STEPS, {"step": "damaged"}))["evidence"]
    assert kept["upload"] == upload
    for ask, by, code in (
        (loss("P-1", quantity=99), scene.officer, "package_short"),
        (loss("P-1", minutes_ago=-60), scene.officer, "time_in_future"),
        (loss("P-1", evidence_ids=(upload,)), scene.officer, "upload_used"),
        (loss("NONE"), scene.officer, "package_unknown"),
        (loss("P-1"), scene.other_partner, "package_unknown"),
        (loss("P-1"), person("far", SUPERVISOR="33"), "package_unknown"),
    ):
        with pytest.raises(Refused) as caught:
            await scene.answer(by, ask)
        assert caught.value.code == code
    with pytest.raises(Forbidden):
        await scene.answer(person("reader", AUDITOR="32"), loss("P-1"))
    assert await totals(scene) == {"made": 100, "at_places": 98, "damaged": 2}


async def test_a_partner_reports_a_theft(scene: Scene, event: Callable[..., Any]) -> None:
    await scene.open()
    await scene.arrived("P-1")
    stolen = event("P-1", "storing", "POS", disposition="stolen", minutes_ago=10)
    await scene.capture(stolen)
    assert await stood(scene, "P-1") == ("EMPTY", "POS")
    assert [e["kind"] for e in await scene.published(DISTRIBUTION) if "evidence" in e] == ["LOST"]
    assert len(await alerts(scene, "package_stolen")) == 1
    assert await totals(scene) == {"made": 100, "lost": 100}
    declared = stolen | {"errorDeclaration": {"declarationTime": ago(1).isoformat(), "reason": "did_not_occur"}}
    await scene.capture(declared)
    assert await totals(scene) == {"made": 100, "at_places": 100}


async def test_an_offline_handover_settles_the_count_that_missed_it(scene: Scene, event: Callable[..., Any]) -> None:
    await scene.open()
    await scene.arrived("P-1")
    await scene.capture(event("P-1", "cycle_counting", "POS", minutes_ago=5, count=90))
    assert [s for s, _ in await alerts(scene, "custody_difference")] == ["OPEN"]
    await scene.answer(scene.officer, await scene.handover(occurred_at=ago(30)))
    assert [s for s, _ in await alerts(scene, "custody_difference")] == ["SETTLED"]
    assert await totals(scene) == {"made": 100, "at_places": 90, "handed_over": 10}
    view = await get_package(scene.store, scene.supervisor, GetPackage(code="P-1"))
    assert (view.contents[0].left, view.contents[0].handed_over) == decimals(90, 10)


async def test_a_late_handover_takes_no_more_than_there_was(scene: Scene, event: Callable[..., Any]) -> None:
    await scene.open()
    await scene.arrived("P-1")
    await scene.capture(event("P-1", "cycle_counting", "POS", minutes_ago=40, count=5))
    await scene.capture(event("P-1", "cycle_counting", "POS", minutes_ago=5, count=50))
    refusal = await scene.refused(await scene.handover(occurred_at=ago(20)))
    assert (refusal.code, refusal.field) == ("package_short", "items")


# ---------------------------------------------------------------- ways


async def test_what_is_under_way_for_too_long_is_told_once_until_it_arrives(
    scene: Scene, event: Callable[..., Any]
) -> None:
    await scene.open()
    await scene.package("P-1")
    to_pos = {"destinationList": [{"type": "location", "destination": "urn:amanah:place:POS"}]}
    await scene.capture(event("P-1", "shipping", "GUDANG", minutes_ago=90, **to_pos))
    assert await raise_overdue_alerts(scene.store) is False
    assert await alerts(scene, "leg_overdue") == []
    ask = SetRoute(from_place="GUDANG", to_place="POS", hours=1)
    assert (await set_route(scene.store, scene.supervisor, ask)).hours == 1
    await set_route(scene.store, scene.supervisor, ask)
    await raise_overdue_alerts(scene.store)
    await raise_overdue_alerts(scene.store)
    ((status, detail),) = await alerts(scene, "leg_overdue")
    assert status == "OPEN"
    assert "left GUDANG" in detail
    assert "with PT Angkut for POS and has not arrived; 1 hours are expected" in detail
    # A late event about the same way changes nothing.
    await scene.capture(event("P-1", "storing", "GUDANG", minutes_ago=95))
    await raise_overdue_alerts(scene.store)
    assert len(await alerts(scene, "leg_overdue")) == 1
    await scene.capture(event("P-1", "receiving", "POS", minutes_ago=1))
    assert [s for s, _ in await alerts(scene, "leg_overdue")] == ["SETTLED"]
    assert len([e for e in await scene.published(DISTRIBUTION) if e.get("hours") == 1]) == 1


async def test_only_who_manages_the_beginning_sets_a_way(scene: Scene, person: Callable[..., Actor]) -> None:
    await scene.open()
    await scene.package("P-1")
    ask = SetRoute(from_place="GUDANG", to_place="POS", hours=5)
    for by in (person("far", SUPERVISOR="33"), scene.partner):
        with pytest.raises(Forbidden):
            await set_route(scene.store, by, ask)
    for changes, code in (({"to_place": "NOWHERE"}, "place_unknown"), ({"to_place": "GUDANG"}, "same_place")):
        with pytest.raises(Refused) as caught:
            await set_route(scene.store, scene.supervisor, ask.model_copy(update=changes))
        assert caught.value.code == code


# ---------------------------------------------------------------- reconciliation


async def test_places_and_legs_add_up(scene: Scene, event: Callable[..., Any]) -> None:
    await scene.open()
    await scene.package("P-1")
    await make(scene, "P-2", 50)
    await scene.capture(
        event("P-1", "shipping", "GUDANG", minutes_ago=50, count=100),
        event("P-1", "receiving", "POS", minutes_ago=20, count=97),
        event("P-2", "shipping", "GUDANG", minutes_ago=50),
    )
    await scene.answer(scene.officer, await scene.handover())
    await scene.answer(scene.supervisor, loss("P-1", "RETURNED", 7, minutes_ago=1))
    assert await totals(scene) == {
        "made": 150, "at_places": 80, "on_the_way": 50, "handed_over": 10, "returned": 7, "difference": 3,
    }  # fmt: skip
    legs = await list_leg_balances(
        scene.store, scene.supervisor, ListLegBalances(round_id=scene.round.id, area=DISTRICT)
    )
    told = {(n.origin and n.origin.code, n.destination.code if n.destination else None): n.items[0] for n in legs.nodes}
    arrived = told["GUDANG", "POS"]
    assert (arrived.arrived, arrived.left, arrived.stock, arrived.difference) == decimals(100, 97, 0, 3)
    assert (told["GUDANG", None].arrived, told["GUDANG", None].stock) == decimals(50, 50)
    seen, total = await place_balances(scene)
    by_code = {n.place.code if n.place else None: n.items[0] for n in seen}
    assert set(by_code) == {None, "GUDANG", "POS"}
    assert total == 3
    pos = by_code["POS"]
    assert (pos.arrived, pos.left, pos.stock, pos.handed_over, pos.returned) == decimals(97, 0, 80, 10, 7)
    for item in [*by_code.values(), *told.values()]:
        gone = item.stock + item.handed_over + item.lost + item.damaged + item.returned + item.difference
        assert item.arrived == item.left + gone
    while await post_balances(scene.store):
        pass
    changes = [c for e in await scene.published(DISTRIBUTION) for c in e.get("changes", ())]
    assert sum(Decimal(c["handed_over"]) for c in changes) == 10, "whoever adds all changes has the balances"
    assert sum(Decimal(c["stock"]) for c in changes) == 130


async def test_a_query_adds_what_is_not_posted_and_posts_nothing(scene: Scene, event: Callable[..., Any]) -> None:
    await scene.open()
    await scene.package("P-1")
    await make(scene, "P-2", 50)
    await scene.capture(event("P-1", "shipping", "GUDANG", minutes_ago=50, count=100))
    while await post_balances(scene.store):
        pass
    await scene.capture(
        event("P-1", "receiving", "POS", minutes_ago=20, count=97),
        event("P-2", "shipping", "GUDANG", minutes_ago=10),
    )
    where = ListLegBalances(round_id=scene.round.id, area=DISTRICT)

    async def readings() -> tuple[Any, ...]:
        legs = await list_leg_balances(scene.store, scene.supervisor, where)
        return await totals(scene), legs, await place_balances(scene)

    stored = await scene.store[BALANCES].list({}, sort=[("_id", 1)])
    before = await readings()
    assert before[0] == {"made": 150, "at_places": 97, "on_the_way": 50, "difference": 3}
    assert await scene.store[BALANCES].list({}, sort=[("_id", 1)]) == stored
    assert await scene.store[PACKAGES].count({"unposted": True}) == 2
    while await post_balances(scene.store):
        pass
    assert await readings() == before


async def place_balances(scene: Scene) -> tuple[list[PlaceBalance], int]:
    """All places, in pages of one, and how many the pages say that there are."""
    found: list[PlaceBalance] = []
    after = None
    while True:
        ask = ListPlaceBalances(round_id=scene.round.id, area=DISTRICT, first=1, after=after)
        page = await list_place_balances(scene.store, scene.supervisor, ask)
        found += page.nodes
        if not page.more:
            return found, page.total
        after = page.cursors[-1]


async def test_each_sees_their_own_areas_only(scene: Scene, person: Callable[..., Actor]) -> None:
    await scene.open()
    await scene.package("P-0")
    await make(scene, "P-1", 60, area="32.01.05.2001")
    await make(scene, "P-2", 40, area="32.01.05.2002")

    async def made(viewer: Actor, area: str | None = None) -> int:
        ask = GetReconciliation(round_id=scene.round.id, area=area)
        found = await get_reconciliation(scene.store, viewer, ask)
        return int(sum(t.made for t in found.totals))

    assert await made(scene.supervisor) == 200
    assert await made(scene.supervisor, "32.01.05.2001") == 60
    village = person("village", SUPERVISOR="32.01.05.2001")
    assert await made(village) == await made(village, DISTRICT) == 60
    page = ListPlaceBalances(round_id=scene.round.id, area=DISTRICT)
    (place,) = (await list_place_balances(scene.store, village, page)).nodes
    assert place.items[0].stock == 60
    for viewer, area in ((person("far", SUPERVISOR="33"), None), (village, "32.01.05.2002")):
        with pytest.raises(NotFound):
            await made(viewer, area)
    both = Actor(id="usr_both", name="both", grants=(*village.grants, *person("x", SUPERVISOR="32.01.05.2002").grants))
    with pytest.raises(Refused) as caught:
        await made(both)
    assert caught.value.code == "area_needed"
    with pytest.raises(Forbidden):
        await made(scene.partner)


async def test_any_order_of_arrival_comes_to_the_same_balances(scene: Scene, event: Callable[..., Any]) -> None:
    await scene.open()
    await scene.package("P-0")
    outcomes = []

    async def history(prefix: str, order: tuple[int, ...]) -> Any:
        for code, quantity in (("A", 100), ("B", 50), ("PALLET", 0)):
            await make(scene, f"{prefix}{code}", quantity)
        told = [
            aggregation(f"{prefix}PALLET", [f"{prefix}A", f"{prefix}B"], minutes_ago=60),
            event(f"{prefix}PALLET", "shipping", "GUDANG", minutes_ago=50),
            event(f"{prefix}PALLET", "receiving", "POS", minutes_ago=40),
            aggregation(f"{prefix}PALLET", [f"{prefix}A"], "DELETE", minutes_ago=35),
            event(f"{prefix}A", "cycle_counting", "POS", minutes_ago=30, count=96),
            event(f"{prefix}PALLET", "shipping", "POS", minutes_ago=20),
        ]
        for n in order:
            assert (await scene.capture(told[n])).success
        packages = await scene.store[PACKAGES].list({"code": {"$regex": f"^{prefix}"}}, sort=[("code", 1)])
        return [(p["status"], p["place"], p["contents"], p["ledger"], bool(p["parent"])) for p in packages]

    for n, order in enumerate(list(itertools.permutations(range(6)))[::150]):
        outcomes.append(await history(f"H{n}-", order))
    assert all(o == outcomes[0] for o in outcomes)
    assert [o[:2] for o in outcomes[0]] == [("ARRIVED", "POS"), ("IN_TRANSIT", None), ("IN_TRANSIT", None)]
    while await post_balances(scene.store):
        pass
    assert await totals(scene) == {
        "made": 100 + 150 * len(outcomes), "at_places": 100 + 96 * len(outcomes), "on_the_way": 50 * len(outcomes),
        "difference": 4 * len(outcomes),
    }  # fmt: skip
