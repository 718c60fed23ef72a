"""Lists of programs, rounds, places, packages and handovers: each role sees of them what lies in its areas, in pages."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.custody.packages import GetPlaces, ListPackages, ListPlaces
from amanah.contracts.errors import BadInput, Forbidden
from amanah.contracts.evidence import GetPhotoLinks
from amanah.contracts.handovers.handovers import GetHandovers, ListHandovers, ReceivedBy, Receiver
from amanah.contracts.ids import new_id
from amanah.contracts.message import Item, Page
from amanah.contracts.rounds import ListPrograms, ListRounds
from services.distribution.custody.documents import PACKAGES, PLACES
from services.distribution.custody.queries.packages import get_places
from services.distribution.handovers.documents import HANDOVERS

VILLAGE, SIBLING = "32.01.05.2001", "32.01.05.2002"
Person = Callable[..., Actor]


async def found(scene: Any, actor: Actor, ask: Page[Any]) -> Any:
    """A page of a list."""
    return await scene.handlers[type(ask)](scene.store, actor, ask)


async def ids(scene: Any, actor: Actor, ask: Page[Any]) -> list[str]:
    """What is in the list, page by page of one, which must agree with its total."""
    seen: list[str] = []
    after, more = None, True
    while more:
        page = await found(scene, actor, ask.model_copy(update={"first": 1, "after": after}))
        seen += [node.id for node in page.nodes]
        more, after = page.more, page.cursors[-1] if page.cursors else None
    assert page.total == len(seen) == len(set(seen))
    return seen


async def test_programs_are_everybodys_the_newest_first(scene: Any, person: Person) -> None:
    first, second = await scene.program("A"), await scene.program("B")
    assert await ids(scene, person("Nobody", RECIPIENT="33"), ListPrograms()) == [second, first]


async def test_rounds_are_seen_where_they_reach(scene: Any, person: Person) -> None:
    made = await scene.open(2)
    for area in ("ID", "32", "32.01.05", VILLAGE):
        assert await ids(scene, person("Joko", AUDITOR=area), ListRounds()) == [made.id], area
    for area in ("33", "32.02", "32.01.06", "32.01.06.2001"):
        assert await ids(scene, person("Joko", AUDITOR=area), ListRounds()) == [], area
    by = scene.supervisor
    assert await ids(scene, by, ListRounds(program_id=made.program_id, status="OPEN")) == [made.id]
    assert await ids(scene, by, ListRounds(status="OPENING")) == []
    assert await ids(scene, by, ListRounds(program_id=new_id("prg"))) == []
    with pytest.raises(Forbidden):
        await ids(scene, person("Nobody", RECIPIENT="32"), ListRounds())


async def test_places_are_seen_where_they_reach(scene: Any, person: Person) -> None:
    await scene.open(2)
    await scene.package("P-1")
    by_code = {p["code"]: p["_id"] for p in await scene.store[PLACES].list({})}
    newest = [by_code["BALAI"], by_code["POS"], by_code["GUDANG"]]
    for area in ("32", "32.01.05", VILLAGE):
        viewer = person("Joko", LOGISTICS=area)
        assert sorted(await ids(scene, viewer, ListPlaces())) == sorted(newest), area
    assert await ids(scene, scene.supervisor, ListPlaces(kind="POST")) == [by_code["POS"]]
    assert len(await ids(scene, scene.supervisor, ListPlaces(area="32.01.05"))) == 3
    assert await ids(scene, scene.supervisor, ListPlaces(area=VILLAGE)) == [], "in that village is none"
    stranger = person("Joko", SUPERVISOR="32.01.06")
    assert await ids(scene, stranger, ListPlaces()) == []
    assert await ids(scene, stranger, ListPlaces(area="32.01.05")) == []
    asked = GetPlaces(ids=tuple(newest))
    assert len((await get_places(scene.store, scene.supervisor, asked)).nodes) == 3
    assert (await get_places(scene.store, stranger, asked)).nodes == ()


async def test_packages_are_seen_where_they_are_meant_for_and_by_their_partner(scene: Any, person: Person) -> None:
    made = await scene.open(4)
    await scene.package("P-1")
    await scene.arrived("P-2", quantity=10, area=VILLAGE)
    await scene.arrived("P-3", quantity=10, area=SIBLING)
    await scene.answer(scene.officer, await scene.handover(0, package_code="P-2"))
    code = {p["_id"]: p["code"] for p in await scene.store[PACKAGES].list({})}

    async def codes(actor: Actor, **wanted: str) -> list[str]:
        return [code[i] for i in await ids(scene, actor, ListPackages(**wanted))]

    assert await codes(scene.supervisor) == ["P-3", "P-2", "P-1"]
    assert await codes(scene.supervisor, round_id=made.id, area=VILLAGE) == ["P-2"]
    assert await codes(scene.supervisor, round_id=new_id("rnd")) == []
    assert await codes(scene.supervisor, status="REGISTERED") == ["P-1"]
    assert await codes(scene.supervisor, status="ARRIVED") == ["P-3"]
    assert await codes(scene.supervisor, status="EMPTY") == ["P-2"]
    assert await codes(person("Joko", OFFICER=VILLAGE)) == ["P-2", "P-1"], "the district's is for the village, too"
    assert await codes(person("Joko", SUPERVISOR="32.02")) == []
    assert await codes(scene.partner) == ["P-3", "P-2", "P-1"]
    assert await codes(scene.other_partner) == [], "of a partner's area, only its own"
    nodes = (await found(scene, scene.supervisor, ListPackages())).nodes
    assert [(p.status, p.place and p.place.code) for p in nodes] == [
        ("ARRIVED", "POS"), ("EMPTY", "POS"), ("REGISTERED", None),
    ]  # fmt: skip


async def test_handovers_are_seen_in_their_areas_by_officer_flag_and_status(scene: Any, person: Person) -> None:
    made = await scene.open(4)
    await scene.arrived("P-1")
    mine = await scene.answer(scene.officer, await scene.handover(0))
    theirs = await scene.answer(
        scene.other_officer,
        await scene.handover(1, by=scene.other_officer, items=(Item(sku="BERAS-10KG", quantity=Decimal(5)),)),
    )
    await scene.store[HANDOVERS].update({"_id": mine.id}, {"$set": {"status": "DISPUTED"}})

    async def seen(actor: Actor, **wanted: str) -> list[str]:
        return await ids(scene, actor, ListHandovers(**({"round_id": made.id} | wanted)))

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
        await found(scene, by, ListHandovers(round_id=made.id, after="x~y"))


async def test_a_handover_names_its_officer_package_and_receiver(scene: Any, person: Person) -> None:
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


async def test_a_signature_is_looked_at_like_the_photo(scene: Any) -> None:
    await scene.open(2)
    await scene.arrived("P-1")
    got = await scene.answer(scene.officer, await scene.handover(0))
    asked = GetPhotoLinks(ids=(got.id,))
    links: Any = await scene.handlers[GetPhotoLinks](scene.store, scene.supervisor, asked)
    (link,) = links.nodes
    assert got.signature.id in link.signature_url
    assert got.photo.id in link.url
    views = [e for e in await scene.published("audit.entries.v1") if e["action"] == "distribution:photo:view"]
    assert len(views) == 1
