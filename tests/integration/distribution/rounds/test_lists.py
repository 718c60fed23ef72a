"""Lists of programs and rounds: each role sees those of its areas, in pages."""

from collections.abc import Callable

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.errors import Forbidden
from amanah.contracts.ids import new_id
from amanah.contracts.rounds import ListPrograms, ListRounds
from tests.integration.distribution.scene import Scene

VILLAGE = "32.01.05.2001"
Person = Callable[..., Actor]


async def test_programs_are_everybodys_the_newest_first(scene: Scene, person: Person) -> None:
    first, second = await scene.program("A"), await scene.program("B")
    assert await scene.list_ids(person("Nobody", RECIPIENT="33"), ListPrograms()) == [second, first]


async def test_rounds_are_seen_where_they_reach(scene: Scene, person: Person) -> None:
    made = await scene.open(2)
    for area in ("ID", "32", "32.01.05", VILLAGE):
        assert await scene.list_ids(person("Joko", AUDITOR=area), ListRounds()) == [made.id], area
    for area in ("33", "32.02", "32.01.06", "32.01.06.2001"):
        assert await scene.list_ids(person("Joko", AUDITOR=area), ListRounds()) == [], area
    by = scene.supervisor
    assert await scene.list_ids(by, ListRounds(program_id=made.program_id, status="OPEN")) == [made.id]
    assert await scene.list_ids(by, ListRounds(status="OPENING")) == []
    assert await scene.list_ids(by, ListRounds(program_id=new_id("prg"))) == []
    with pytest.raises(Forbidden):
        await scene.list_ids(person("Nobody", RECIPIENT="32"), ListRounds())
