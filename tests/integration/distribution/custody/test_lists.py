"""Lists of places and packages: each role sees those of its areas, in pages."""

from collections.abc import Callable

from amanah.contracts.actor import Actor
from amanah.contracts.custody.packages import GetPlaces, ListPackages, ListPlaces
from amanah.contracts.ids import new_id
from services.distribution.custody.documents import PACKAGES, PLACES
from services.distribution.custody.queries.packages import get_places
from tests.integration.distribution.scene import Scene

VILLAGE, SIBLING = "32.01.05.2001", "32.01.05.2002"
Person = Callable[..., Actor]


async def test_places_are_seen_where_they_reach(scene: Scene, person: Person) -> None:
    await scene.open(2)
    await scene.package("P-1")
    by_code = {p["code"]: p["_id"] for p in await scene.store[PLACES].list({})}
    newest = [by_code["BALAI"], by_code["POS"], by_code["GUDANG"]]
    for area in ("32", "32.01.05", VILLAGE):
        viewer = person("Joko", LOGISTICS=area)
        assert sorted(await scene.list_ids(viewer, ListPlaces())) == sorted(newest), area
    assert await scene.list_ids(scene.supervisor, ListPlaces(kind="POST")) == [by_code["POS"]]
    assert len(await scene.list_ids(scene.supervisor, ListPlaces(area="32.01.05"))) == 3
    assert await scene.list_ids(scene.supervisor, ListPlaces(area=VILLAGE)) == [], "in that village is none"
    stranger = person("Joko", SUPERVISOR="32.01.06")
    assert await scene.list_ids(stranger, ListPlaces()) == []
    assert await scene.list_ids(stranger, ListPlaces(area="32.01.05")) == []
    asked = GetPlaces(ids=tuple(newest))
    assert len((await get_places(scene.store, scene.supervisor, asked)).nodes) == 3
    assert (await get_places(scene.store, stranger, asked)).nodes == ()


async def test_packages_are_seen_where_they_are_meant_for_and_by_their_partner(scene: Scene, person: Person) -> None:
    made = await scene.open(4)
    await scene.package("P-1")
    await scene.arrived("P-2", quantity=10, area=VILLAGE)
    await scene.arrived("P-3", quantity=10, area=SIBLING)
    await scene.answer(scene.officer, await scene.handover(0, package_code="P-2"))
    code = {p["_id"]: p["code"] for p in await scene.store[PACKAGES].list({})}

    async def codes(actor: Actor, **wanted: str) -> list[str]:
        return [code[i] for i in await scene.list_ids(actor, ListPackages(**wanted))]

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
    nodes = (await scene.answer(scene.supervisor, ListPackages())).nodes
    assert [(p.status, p.place and p.place.code) for p in nodes] == [
        ("ARRIVED", "POS"), ("EMPTY", "POS"), ("REGISTERED", None),
    ]  # fmt: skip
