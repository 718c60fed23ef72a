import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.audit.proofs import GetProof
from amanah.contracts.audit.search import EntriesByIds, ListEntries
from amanah.contracts.errors import BadInput, Forbidden, NotFound
from services.audit.log import queries as proofs
from services.audit.log.files import LogFiles
from services.audit.search import queries as entries
from services.audit.store import Store
from tests.integration.audit.logs import Append, MakeEntry, Person


async def numbers(store: Store, viewer: Actor, **asked: object) -> list[int]:
    page = await entries.list_entries(store, viewer, ListEntries(**asked))
    assert page.total >= len(page.nodes)
    return [node.index for node in page.nodes]


async def test_a_viewer_sees_what_happened_in_their_area_or_by_its_people(
    store: Store, files: LogFiles, append: Append, make_entry: MakeEntry, person: Person
) -> None:
    await append(
        make_entry(0, actor_area="32.01", area="32.01.05"),
        make_entry(1, actor_area="32.01", area="33.02"),
        make_entry(2, actor_area="33.02", area="33.02.01"),
        make_entry(3, actor_area="ID", area=""),
        make_entry(4, actor_area="ID", area="32.01.05.2001"),
    )
    for viewer, seen in [
        (person("nation", AUDITOR="ID"), [4, 3, 2, 1, 0]),
        (person("regency", AUDITOR="32.01"), [4, 1, 0]),
        (person("district", ADMIN="32.01.05"), [4, 0]),
        (person("sibling", AUDITOR="32.02"), []),
        (person("other", AUDITOR="33.02"), [2, 1]),
        (person("both", AUDITOR="33.02", ADMIN="32.01.05.2001"), [4, 2, 1]),
    ]:
        assert await numbers(store, viewer) == seen
        ids = tuple(make_entry(i).id for i in range(5))
        found = await entries.entries_by_ids(store, viewer, EntriesByIds(ids=ids))
        assert [node.index for node in found.nodes] == seen
        for i, entry_id in enumerate(ids):
            if i not in seen:
                with pytest.raises(NotFound):
                    await proofs.get_proof(store, viewer, GetProof(entry_id=entry_id), files=files)
    with pytest.raises(Forbidden):
        await numbers(store, person("officer", OFFICER="ID"))


async def test_filters(store: Store, append: Append, make_entry: MakeEntry, person: Person) -> None:
    await append(
        make_entry(0, action="recipients:roster:propose"),
        make_entry(1, action="recipients:roster:approve", actor="usr_2"),
        make_entry(2, action="recipients:import:approve", subject="imp_1"),
        make_entry(3, action="recipients:roster-line:add"),
    )
    viewer = person("nation", AUDITOR="ID")
    assert await numbers(store, viewer, action="recipients:roster:approve") == [1]
    assert await numbers(store, viewer, action="recipients:roster:") == [1, 0]
    assert await numbers(store, viewer, action="recipients:roster*") == [3, 1, 0]
    assert await numbers(store, viewer, action="recipients:roster") == []
    assert await numbers(store, viewer, actor_id="usr_2") == [1]
    assert await numbers(store, viewer, subject_id="imp_1") == [2]
    assert await numbers(store, viewer, since=make_entry(1).time, until=make_entry(3).time) == [2, 1]


async def test_pages(store: Store, append: Append, make_entry: MakeEntry, person: Person) -> None:
    await append(*(make_entry(i) for i in range(7)))
    viewer = person("nation", AUDITOR="ID")
    seen, after = [], None
    while True:
        page = await entries.list_entries(store, viewer, ListEntries(first=3, after=after))
        assert page.total == 7
        seen.append([node.index for node in page.nodes])
        if not page.more:
            break
        after = page.end
    assert seen == [[6, 5, 4], [3, 2, 1], [0]]
    for wrong in ("x", "-1", "1.5", "", "9" * 30):
        with pytest.raises(BadInput):
            await numbers(store, viewer, after=wrong)


async def test_an_entry_reads_as_it_was_recorded(
    store: Store, append: Append, make_entry: MakeEntry, person: Person
) -> None:
    entry = make_entry(5)
    await append(entry)
    (view,) = (await entries.list_entries(store, person("nation", AUDITOR="ID"), ListEntries())).nodes
    assert (view.id, view.at, view.action, view.service) == (entry.id, entry.time, entry.action, "distribution")
    assert (view.actor_id, view.actor_role, view.actor_area) == ("usr_1", "OFFICER", "32.01")
    assert (view.subject_type, view.subject_id, view.trace_id) == ("Handover", "hov_5", f"{5:032x}")
