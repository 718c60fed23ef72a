from contextlib import suppress
from typing import Any

import pytest

from amanah.contracts.actor import Actor, Role
from amanah.contracts.errors import BadInput, Forbidden, NotFound
from amanah.contracts.imports import GetImports, ListProblems
from amanah.contracts.recipients import READERS
from amanah.contracts.register import GetRecipients, ListRecipients, ListVersions, RecipientPage
from services.recipients.imports.documents import ImportDocument
from services.recipients.imports.queries import get_imports, list_problems
from services.recipients.register import queries
from services.recipients.register.documents import RECIPIENTS
from services.recipients.store import Store
from tests.integration.recipients.lists import Apply, MakePerson, MakeRow, WriteFile


@pytest.fixture
async def register(store: Store, applied: Apply, person: MakePerson, row: MakeRow, csv: WriteFile) -> ImportDocument:
    """Seven people in Harapan Jaya (32.75.03), three in Marga Jaya (32.75.04), by one import with one bad row."""
    rows = [row(i) for i in range(7)] + [row(i, "32.75.04.1002") for i in range(7, 10)] + [row(11, NAMA=None)]
    return await applied(person("Sari", REGISTRAR="32"), person("Budi", APPROVER="32"), csv(rows))


async def listed(store: Store, actor: Actor, **ask: Any) -> RecipientPage:
    return await queries.list_recipients(store, actor, ListRecipients(**({"first": 100} | ask)))


async def test_everyone_sees_their_area_alone(store: Store, register: ImportDocument, person: MakePerson) -> None:
    ids = tuple(r.id for r in (await listed(store, person("Rina", ADMIN="ID"))).nodes)
    assert len(ids) == 10
    for area, seen in {
        "ID": 10, "32": 10, "32.75": 10, "32.75.03": 7, "32.75.03.1006": 7, "32.75.04": 3, "32.75.05": 0, "31": 0,
    }.items():  # fmt: skip
        viewer = person("Tono", OFFICER=area)
        page = await listed(store, viewer)
        assert (area, len(page.nodes), page.total) == (area, seen, seen)
        assert len((await queries.get_recipients(store, viewer, GetRecipients(ids=ids))).nodes) == seen
        histories = 0
        for identifier in ids:
            with suppress(NotFound):
                histories += (await queries.list_versions(store, viewer, ListVersions(recipient_id=identifier))).total
        assert (area, histories) == (area, seen)


async def test_an_import_is_seen_by_those_who_may_see_all_its_rows(
    store: Store, register: ImportDocument, person: MakePerson
) -> None:
    ask = ListProblems(import_id=register["_id"])
    for area, seen in {"32": True, "32.75": True, "32.75.03": False, "31": False}.items():
        viewer = person("Tono", AUDITOR=area)
        found = await get_imports(store, viewer, GetImports(ids=(register["_id"],)))
        assert len(found.nodes) == seen
        if seen:
            assert (await list_problems(store, viewer, ask)).total == 1
        else:
            with pytest.raises(NotFound):
                await list_problems(store, viewer, ask)


async def test_a_filter_does_not_widen_the_scope(store: Store, register: ImportDocument, person: MakePerson) -> None:
    viewer = person("Tono", SUPERVISOR="32.75.04")
    assert (await listed(store, viewer, area="32")).total == 3
    assert (await listed(store, viewer, area="32.75.03")).total == 0
    assert (await listed(store, viewer, nik="3275031203000001")).total == 0
    assert (await listed(store, viewer, search="siti c")).total == 0


async def test_several_grants_add_up(store: Store, register: ImportDocument, person: MakePerson) -> None:
    viewer = person("Tono", OFFICER="32.75.04.1002", VERIFIER="32.75.03.1006")
    assert (await listed(store, viewer)).total == 10


async def test_other_roles_read_nothing(store: Store, person: MakePerson) -> None:
    for role in set(Role) - READERS:
        with pytest.raises(Forbidden):
            await listed(store, person("Tono", **{role.value: "ID"}))


async def test_pages_cover_the_list_once(store: Store, register: ImportDocument, person: MakePerson) -> None:
    viewer, seen, after = person("Tono", OFFICER="32"), [], None
    while True:
        page = await listed(store, viewer, first=4, after=after)
        seen += [r.id for r in page.nodes]
        after = page.cursors[-1]
        assert page.total == 10
        if not page.more:
            break
    assert len(seen) == len(set(seen)) == 10


async def test_found_by_nik_however_it_is_written(store: Store, register: ImportDocument, person: MakePerson) -> None:
    viewer = person("Tono", OFFICER="32")
    for text in ("3275031203020003", "'3275031203020003", "327503 120302 0003"):
        assert [r.name for r in (await listed(store, viewer, nik=text)).nodes] == ["SITI AMINAH C"]
    with pytest.raises(BadInput) as bad:
        await listed(store, viewer, nik="3.27503E+15")
    assert bad.value.code == "nik_digits_lost"


async def test_found_by_the_beginnings_of_names(store: Store, register: ImportDocument, person: MakePerson) -> None:
    viewer = person("Tono", OFFICER="32")
    for search, found in {"siti": 10, "SIT": 10, "siti c": 1, "c, siti": 1, "aminah-d": 1, "iti": 0, "  ": 10}.items():
        assert (search, (await listed(store, viewer, search=search)).total) == (search, found)


async def test_found_by_status(store: Store, register: ImportDocument, person: MakePerson) -> None:
    viewer = person("Tono", OFFICER="32")
    await store[RECIPIENTS].update({"area": "32.75.04.1002"}, {"$set": {"status": "SUSPENDED"}})
    assert (await listed(store, viewer, status="SUSPENDED")).total == 1


async def test_a_cursor_of_another_list_is_refused(store: Store, register: ImportDocument, person: MakePerson) -> None:
    with pytest.raises(BadInput):
        await listed(store, person("Tono", OFFICER="32"), after="12")
