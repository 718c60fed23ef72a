"""Lists of handovers: each role sees those of its areas, in pages, and of each what it may know."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.errors import BadInput, Forbidden
from amanah.contracts.handovers.handovers import GetHandovers, ListHandovers, ReceivedBy, Receiver
from amanah.contracts.ids import new_id
from amanah.contracts.message import Item
from services.distribution.handovers.documents import HANDOVERS
from tests.integration.distribution.scene import Scene

VILLAGE, SIBLING = "32.01.05.2001", "32.01.05.2002"
Person = Callable[..., Actor]


async def test_handovers_are_seen_in_their_areas_by_officer_flag_and_status(scene: Scene, person: Person) -> None:
    made = await scene.open(4)
    await scene.arrived("P-1")
    mine = await scene.answer(scene.officer, await scene.handover(0))
    theirs = await scene.answer(
        scene.other_officer,
        await scene.handover(1, by=scene.other_officer, items=(Item(sku="BERAS-10KG", quantity=Decimal(5)),)),
    )
    await scene.store[HANDOVERS].update({"_id": mine.id}, {"$set": {"status": "DISPUTED"}})

    async def seen(actor: Actor, **wanted: str) -> list[str]:
        return await scene.list_ids(actor, ListHandovers(**({"round_id": made.id} | wanted)))

    by = scene.supervisor
    assert await seen(by) == [theirs.id, mine.id]
    assert await seen(by, area=VILLAGE) == [mine.id]
    assert await seen(by, officer_id=scene.other_officer.id) == [theirs.id]
    assert await seen(by, flag="short_quantity") == [theirs.id]
    assert await seen(by, flag="mocked_location") == []
    assert await seen(by, status="DISPUTED") == [mine.id]
    assert await seen(by, status="ACCEPTED") == [theirs.id]
    assert await seen(by, round_id=new_id("rnd")) == []
    for role in ("OFFICER", "AUDITOR", "REGISTRAR"):
        assert await seen(person("Joko", **{role: SIBLING})) == [theirs.id], role
        assert await seen(person("Joko", **{role: "32.02"})) == [], role
        assert await seen(person("Joko", **{role: "32.02"}), area=VILLAGE) == [], role
    with pytest.raises(Forbidden):
        await seen(scene.partner)
    with pytest.raises(BadInput):
        await scene.answer(by, ListHandovers(round_id=made.id, after="x~y"))


async def test_a_handover_names_its_officer_package_and_receiver(scene: Scene, person: Person) -> None:
    await scene.open(4)
    await scene.arrived("P-1")
    proxy = ReceivedBy(kind="PROXY", name="Siti Contoh", relation="tetangga", id_number="3201054107900001")
    got = await scene.answer(scene.officer, await scene.handover(0, received_by=proxy, device="HP-07"))
    told = Receiver(kind="PROXY", name="Siti Contoh", relation="tetangga")
    hidden = Receiver(kind="PROXY")
    assert (got.officer_id, got.officer_name, got.package_code) == (scene.officer.id, "Sari", "P-1")
    assert (got.device, got.area, got.items) == ("HP-07", VILLAGE, (Item(sku="BERAS-10KG", quantity=Decimal(10)),))
    assert got.received_by == told, "who recorded it knows"

    async def receiver(actor: Actor) -> Receiver:
        answer = await scene.handlers[GetHandovers](scene.store, actor, GetHandovers(ids=(got.id,)))
        (view,) = answer.nodes  # type: ignore[attr-defined] # the table's answers are models of any kind
        assert "3201054107900001" not in view.model_dump_json()
        receiver: Receiver = view.received_by
        return receiver

    for role in ("SUPERVISOR", "AUDITOR", "APPROVER", "ADMIN"):
        assert await receiver(person("Joko", **{role: "32.01"})) == told, role
    for role in ("OFFICER", "REGISTRAR", "VERIFIER"):
        assert await receiver(person("Joko", **{role: "32.01"})) == hidden, role
    assert await receiver(person("Joko", OFFICER="32.01", SUPERVISOR="32.02")) == hidden, "overseen elsewhere only"
    plain = await scene.answer(scene.officer, await scene.handover(2, note="Not for everybody"))
    assert plain.received_by == Receiver(kind="RECIPIENT")
    assert "Not for everybody" not in plain.model_dump_json()
