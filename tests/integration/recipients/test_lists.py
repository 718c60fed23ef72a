"""Lists of imports and rosters: each viewer sees those of their areas, the newest first."""

from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.errors import Forbidden
from amanah.contracts.ids import new_id
from amanah.contracts.imports import GetImports, ListImports
from amanah.contracts.message import Page
from amanah.contracts.rosters import ListRosters, ProposeRoster
from services.recipients.api import HANDLERS
from services.recipients.imports.queries import get_imports, list_imports
from services.recipients.rosters.commands import propose_roster
from services.recipients.rosters.queries import list_rosters
from services.recipients.store import Store
from tests.integration.recipients.lists import Apply, Import, MakePerson, MakeRow, WriteFile

NORTH, SOUTH = "32.75.03.1006", "32.75.04.1002"


async def ids(store: Store, actor: Actor, ask: Page[Any]) -> list[str]:
    """What is in the list, page by page of one, which must agree with its total."""
    seen: list[str] = []
    after, more = None, True
    while more:
        page: Any = await HANDLERS[type(ask)](store, actor, ask.model_copy(update={"first": 1, "after": after}))
        seen += [node.id for node in page.nodes]
        more, after = page.more, page.cursors[-1] if page.cursors else None
    assert page.total == len(seen) == len(set(seen))
    return seen


async def test_imports_are_seen_by_who_may_see_all_their_rows(
    store: Store, imported: Import, registrar: Actor, person: MakePerson, row: MakeRow, csv: WriteFile
) -> None:
    north = (await imported(registrar, csv([row(1)])))["_id"]
    both = (await imported(registrar, csv([row(2), row(3, SOUTH)])))["_id"]
    for area, seen in (
        ("ID", [both, north]), ("32", [both, north]), ("32.75", [both, north]), ("32.75.03", [north]), (NORTH, [north]),
        (SOUTH, []), ("32.75.03.1001", []), ("32.76", []), ("33", []),
    ):  # fmt: skip
        viewer = person("Tono", AUDITOR=area)
        assert await ids(store, viewer, ListImports()) == seen, area
        by_id = await get_imports(store, viewer, GetImports(ids=(north, both)))
        assert {i.id for i in by_id.nodes} == set(seen), "the list and the ids agree"
    two_areas = person("Tono", AUDITOR="32.75.03", VERIFIER="32.75.04")
    assert await ids(store, two_areas, ListImports()) == [north]
    of_two = (await imported(person("Sri", REGISTRAR="32.75.03", ADMIN="32.75.04"), csv([row(4), row(5, SOUTH)])))[
        "_id"
    ]
    assert await ids(store, two_areas, ListImports()) == [of_two, north], "every area of it lies in one of theirs"
    assert await ids(store, person("Tono", AUDITOR="32.75.03"), ListImports()) == [north], "a part is not enough"
    assert await ids(store, registrar, ListImports()) == [of_two, both, north]
    assert await ids(store, registrar, ListImports(status="STAGED")) == [of_two, both, north]
    assert await ids(store, registrar, ListImports(status="APPLIED")) == []
    with pytest.raises(Forbidden):
        await ids(store, person("Nobody", LOGISTICS="32"), ListImports())


async def test_an_import_says_when_and_by_whom(
    store: Store, applied: Apply, registrar: Actor, approver: Actor, row: MakeRow, csv: WriteFile
) -> None:
    document = await applied(registrar, approver, csv([row(1)]))
    (view,) = (await list_imports(store, registrar, ListImports())).nodes
    assert view.approved_by is not None
    assert (view.started_at, view.started_by.name, view.approved_by.name) == (document["at"], "Sari", "Budi")


async def test_rosters_are_seen_in_their_areas(
    store: Store, applied: Apply, registrar: Actor, approver: Actor, person: MakePerson, row: MakeRow, csv: WriteFile
) -> None:
    await applied(registrar, approver, csv([row(1), row(2, SOUTH)]))
    first, second = new_id("prg"), new_id("prg")

    async def propose(program: str, area: str) -> str:
        ask = ProposeRoster(program_id=program, period="2026-11", area=area)
        return (await propose_roster(store, registrar, ask)).id

    whole, north = await propose(first, "32.75"), await propose(second, "32.75.03")
    for area, seen in (
        ("ID", [north, whole]),
        ("32.75", [north, whole]),
        ("32.75.03", [north]),
        (NORTH, []),
        ("33", []),
    ):
        assert await ids(store, person("Tono", AUDITOR=area), ListRosters()) == seen, area
    assert await ids(store, registrar, ListRosters(program_id=first)) == [whole]
    assert await ids(store, registrar, ListRosters(status="PROPOSED", program_id=second)) == [north]
    assert await ids(store, registrar, ListRosters(status="APPROVED")) == []
    page = await list_rosters(store, registrar, ListRosters(first=1))
    assert (page.nodes[0].proposed_by.name, page.nodes[0].approved_at) == ("Sari", None)
    with pytest.raises(Forbidden):
        await ids(store, person("Nobody", LOGISTICS="32"), ListRosters())
