"""Lists of a log that is long enough for every route of a search, compared with a scan of all entries."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from amanah.contracts.actor import Acting, Actor
from amanah.contracts.areas import Scope
from amanah.contracts.audit.base import READERS
from amanah.contracts.audit.entry import MAX_RELATED, AuditEntry, Origin, Subject
from amanah.contracts.audit.search import AuditView, ListEntries
from amanah.contracts.errors import BadInput
from amanah.contracts.ids import derived_id
from services.audit.api import prepare
from services.audit.search.documents import ENTRIES
from services.audit.search.lookup import find_entry
from services.audit.search.queries import list_entries
from services.audit.store import Store
from tests.integration.audit.logs import Append, MakeEntry, Person

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
AREAS = ["ID", "32.01", "32.01.05", "32.01.05.2001", "32.01.06", "32.02.01", "33.02", "33.02.01.2003", ""]


def some_entry(n: int) -> AuditEntry:
    """Makes entry number `n` of a log with common and rare values, a little out of order."""
    chance = Random(n)
    common = chance.random() < 0.9
    return AuditEntry(
        id=derived_id("aud", f"search {n}"),
        time=BEGAN + timedelta(seconds=n // 3 + chance.randrange(30)),
        actor=Acting(
            id=f"usr_{chance.randrange(3 if common else 40)}", name="", role="OFFICER", area=chance.choice(AREAS[:-1])
        ),
        action="distribution:handover:accept" if common else f"{chance.choice(('recipients', 'reporting'))}:thing:do",
        subject=Subject(type="Handover", id=f"hov_{n // 2}"),
        concerns=(Subject(type="Recipient", id=f"rcp_{chance.randrange(50)}"),),
        area=chance.choice(AREAS),
        reason=f"Alamat {chance.choice(('lama', 'Baru'))} salah" if n % 7 == 0 else "",
        authority=f"SK {n % 4}",
        origin=Origin(service="distribution"),
    )


def fits(entry: AuditEntry, scope: Scope, ask: ListEntries) -> bool:
    places = [area for area in (entry.actor.area, entry.area)]
    about = {entry.actor.id, entry.subject.id, *(each.id for each in entry.concerns)}
    return all(
        (
            any(map(scope.covers, places)),
            ask.actor_id in (None, entry.actor.id),
            ask.subject_id in (None, entry.subject.id),
            ask.about is None or ask.about in about,
            ask.action is None or entry.action == ask.action
            or (ask.action[-1] in "*:" and entry.action.startswith(ask.action.rstrip("*"))),
            ask.authority is None or entry.authority.lower() == ask.authority.lower(),
            ask.area is None or any(map(Scope([ask.area]).covers, places)),
            ask.text is None or set(ask.text.lower().split()) <= set(entry.reason.lower().split()),
            ask.since is None or entry.time >= ask.since,
            ask.until is None or entry.time < ask.until,
        )
    )  # fmt: skip


async def pages(store: Store, viewer: Actor, ask: ListEntries) -> list[AuditView]:
    """Reads all pages; the cursor of each is at an entry that the viewer may see."""
    found: list[AuditView] = []
    while True:
        page = await list_entries(store, viewer, ask)
        found += page.nodes
        assert len(page.nodes) <= ask.first
        assert (page.end is not None) == page.more
        if page.end is None:
            return found
        last = await store[ENTRIES].get({"order": page.end})
        assert last is not None
        assert await find_entry(store, viewer.scope(READERS), last["_id"]), "a cursor tells of what the viewer sees"
        ask = ask.model_copy(update={"after": page.end})


QUESTIONS: list[dict[str, Any]] = [
    {}, {"actor_id": "usr_1"}, {"actor_id": "usr_39"}, {"subject_id": "hov_200"}, {"about": "rcp_7"}, {"about": "usr_2"},
    {"about": "nobody"}, {"action": "distribution:handover:accept"}, {"action": "recipients:*"}, {"action": "reporting:th*"},
    {"action": "re*"}, {"action": "recipients:"}, {"action": "recipients"}, {"authority": "sk 3"}, {"area": "32.01"},
    {"area": "32"}, {"area": "ID"}, {"area": "33.02.01.2003"}, {"area": "91"}, {"text": "baru ALAMAT"}, {"text": "hilang"},
    {"since": BEGAN + timedelta(seconds=120)}, {"until": BEGAN + timedelta(seconds=60)},
    {"since": BEGAN + timedelta(seconds=60), "until": BEGAN + timedelta(seconds=90), "about": "usr_1"},
    {"text": "salah", "area": "32.01.05", "action": "distribution:handover:*", "authority": "SK 0"},
]  # fmt: skip


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages and counts read a hundred entries at most and count to fifty, so that few entries are many."""
    monkeypatch.setattr("services.audit.search.pages.READ", 100)
    monkeypatch.setattr("services.audit.search.pages._COUNTED_OF", 100)
    monkeypatch.setattr("services.audit.search.pages.COUNTED", 50)


@pytest.mark.usefixtures("hasty")
async def test_lists_have_what_a_look_at_every_entry_finds(store: Store, append: Append, person: Person) -> None:
    log = [some_entry(n) for n in range(450)]
    await append(*log)
    by_place = sorted(range(len(log)), key=lambda n: (log[n].time, n), reverse=True)
    for viewer, questions in [
        (person("nation", AUDITOR="ID"), QUESTIONS[::2]),
        (person("both", AUDITOR="32.01.05", ADMIN="33.02"), QUESTIONS),
        (person("regency", AUDITOR="32.01"), QUESTIONS[::5]),
        (person("nowhere", AUDITOR="91"), QUESTIONS[::12]),
    ]:
        for question in questions:
            ask = ListEntries(first=100, **question)
            expected = [n for n in by_place if fits(log[n], viewer.scope(READERS), ask)]
            found = await pages(store, viewer, ask)
            assert [node.index for node in found] == expected, (viewer.name, question)


@pytest.mark.usefixtures("hasty")
async def test_a_page_that_has_read_enough_may_hold_nothing(store: Store, append: Append, person: Person) -> None:
    log = [some_entry(n) for n in range(150)]
    log[0] = log[0].model_copy(update={"action": "access:session:open"})
    await append(*log)
    viewer = person("nation", AUDITOR="ID")
    page = await list_entries(store, viewer, ListEntries(action="acc*"))
    assert (page.nodes, page.more, page.total) == ((), True, 0)
    assert [node.index for node in await pages(store, viewer, ListEntries(action="acc*"))] == [0]


@pytest.mark.usefixtures("hasty")
async def test_a_total_is_counted_so_far(store: Store, append: Append, make_entry: MakeEntry, person: Person) -> None:
    await append(*(make_entry(n) for n in range(60)))
    viewer = person("nation", AUDITOR="ID")
    for first, total in ((10, 50), (55, 55)):
        assert (await list_entries(store, viewer, ListEntries(first=first))).total == total


async def test_everything_about_each_of_many_people_on_a_page(
    store: Store, append: Append, make_entry: MakeEntry, person: Person
) -> None:
    people = tuple(Subject(type="Recipient", id=f"rcp_{n}") for n in range(MAX_RELATED))
    await append(make_entry(0).model_copy(update={"concerns": people}), make_entry(1, subject="rcp_499"))
    viewer = person("nation", AUDITOR="ID")
    page = await list_entries(store, viewer, ListEntries(about="rcp_499"))
    assert [node.index for node in page.nodes] == [1, 0]
    assert page.nodes[1].concerns == people
    page = await list_entries(store, viewer, ListEntries(about="rcp_7"))
    assert [node.index for node in page.nodes] == [0]


async def test_words_that_are_none(store: Store, person: Person) -> None:
    with pytest.raises(BadInput, match="search text"):
        await list_entries(store, person("nation", AUDITOR="ID"), ListEntries(text=" !?"))


async def test_entries_of_an_older_store_are_found_once_it_is_prepared(
    store: Store, append: Append, make_entry: MakeEntry, person: Person
) -> None:
    await append(*(make_entry(n) for n in range(250)))
    kept = await store[ENTRIES].list({}, sort=[("index", 1)])
    assert [each["index"] for each in kept if "terms" in each] == [0]
    removed = {"$unset": {"terms": "", "found": "", "order": "", "loggedAt": "", "concerns": ""}}
    # It was stopped on its way: some of them are as they should be, the first is not.
    await store[ENTRIES].update_many({"index": {"$gte": 100}}, removed)
    await store[ENTRIES].update({"index": 0}, removed)
    await prepare(store)
    found = await pages(store, person("nation", AUDITOR="ID"), ListEntries(about="usr_1", first=100))
    assert [node.index for node in found] == list(range(249, -1, -1))
    now = await store[ENTRIES].list({}, sort=[("index", 1)])
    told = {"loggedAt"}
    assert [{k: v for k, v in each.items() if k not in told} for each in now] == [
        {k: v for k, v in each.items() if k not in told} for each in kept
    ]
    clock = [each["loggedAt"] for each in now]
    assert clock == sorted(clock)
