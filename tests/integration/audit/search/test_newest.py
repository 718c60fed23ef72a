"""The newest entry that is evidence of an id, and the number of documents read to find it."""

from collections.abc import Awaitable, Sequence
from copy import deepcopy
from typing import Any, Protocol

import pytest

from amanah.contracts.audit.entry import MAX_RELATED, AuditEntry, Subject
from amanah.runtime.mongo import Put
from services.audit.api import prepare
from services.audit.search.documents import ENTRIES, EntryDocument
from services.audit.search.lookup import find_newest
from services.audit.store import Store
from tests.integration.audit.logs import Append, MakeEntry


class MakeAbout(Protocol):
    """Makes entry number `n` with an action, a subject and related ids."""

    def __call__(self, n: int, action: str, subject: Subject, *concerns: Subject) -> AuditEntry: ...


class Newest(Protocol):
    """Returns the index of the newest entry of an action below some index, by the id that it proves."""

    def __call__(self, action: str, *ids: str, below: int = 1_000_000) -> Awaitable[dict[str, int]]: ...


ACCEPT, DISPUTE = "distribution:handover:accept", "distribution:handover:dispute"
GENERATE, DENY = "reporting:report:generate", "access:request:deny"


@pytest.fixture
def make(make_entry: MakeEntry) -> MakeAbout:
    def entry(n: int, action: str, subject: Subject, *concerns: Subject) -> AuditEntry:
        return make_entry(n, action=action).model_copy(update={"subject": subject, "concerns": concerns})

    return entry


@pytest.fixture
def newest(store: Store) -> Newest:
    async def ask(action: str, *ids: str, below: int = 1_000_000) -> dict[str, int]:
        found = await find_newest(store, action, ids, below)
        return {proven: entry["index"] for proven, entry in found.items()}

    return ask


@pytest.fixture
def read(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[EntryDocument]:
    """Collects the documents that the store returns."""
    handed: list[EntryDocument] = []
    listed = store[ENTRIES].list

    async def counted(*args: Any, **known: Any) -> Sequence[EntryDocument]:
        found = await listed(*args, **known)
        handed.extend(found)
        return found

    monkeypatch.setattr(store[ENTRIES], "list", counted)
    return handed


def handover(name: str) -> Subject:
    return Subject(type="Handover", id=name)


def entitlement(name: str) -> Subject:
    return Subject(type="Entitlement", id=name)


def report(name: str) -> Subject:
    return Subject(type="Report", id=name)


async def test_what_proves_each(append: Append, make: MakeAbout, newest: Newest) -> None:
    await append(
        make(0, ACCEPT, entitlement("ent_1"), handover("hov_1")),
        make(1, ACCEPT, entitlement("ent_2"), Subject(type="Recipient", id="rcp_2"), handover("hov_2")),
        make(2, DISPUTE, handover("hov_1"), entitlement("ent_1")),
        make(3, DISPUTE, handover("hov_1"), entitlement("ent_1")),
        make(4, "distribution:correction:approve", Subject(type="Correction", id="cor_1"), handover("hov_1")),
        make(5, DISPUTE, handover("hov_1"), entitlement("ent_1")),
    )
    assert await newest(ACCEPT, "hov_2", "hov_1", "hov_3", "hov_1") == {"hov_1": 0, "hov_2": 1}
    assert await newest(ACCEPT, "ent_1", "rcp_2", "usr_1") == {}, "it proves none of what it merely names"
    assert await newest("distribution:correction:approve", "hov_1", "cor_1") == {"hov_1": 4}
    assert [await newest(DISPUTE, "hov_1", below=below) for below in (6, 5, 3, 2)] == [
        {"hov_1": 5}, {"hov_1": 3}, {"hov_1": 2}, {},
    ]  # fmt: skip


async def test_thousands_of_later_entries_about_a_thing_do_not_hide_what_proves_it(
    append: Append, make: MakeAbout, newest: Newest, read: list[EntryDocument]
) -> None:
    await append(make(0, GENERATE, report("rep_1")), make(1, GENERATE, report("rep_2"), report("rep_1")))
    for n in range(2, 2_402, 300):
        later = [
            (make(i, "reporting:report:open", report("rep_1")), make(i, DENY, report("rep_0"), report("rep_1")))[i % 2]
            for i in range(n, n + 300)
        ]
        await append(*later)
    read.clear()
    assert await newest(GENERATE, "rep_1", "rep_2") == {"rep_1": 0, "rep_2": 1}
    assert len(read) == 2


async def test_entries_that_merely_name_a_thing_are_not_read(
    append: Append, make: MakeAbout, newest: Newest, read: list[EntryDocument]
) -> None:
    many = [handover(f"hov_{n}") for n in range(MAX_RELATED)]
    await append(*(make(n, DENY, entitlement("ent_1"), *many) for n in range(20)))
    await append(*(make(n, DISPUTE, many[0], *many[1:]) for n in range(20, 30)))
    await append(make(30, ACCEPT, entitlement("ent_1"), many[7]))
    read.clear()
    assert await newest(ACCEPT, "hov_1", "hov_7") == {"hov_7": 30}
    assert await newest(DISPUTE, "hov_7") == {}
    assert [entry["index"] for entry in read] == [30]


async def test_of_many_that_prove_the_same_few_are_read(
    append: Append, make: MakeAbout, newest: Newest, read: list[EntryDocument]
) -> None:
    disputes = [make(n, DISPUTE, handover("hov_1")) for n in range(1_200)]
    for n in range(0, 1_200, 300):
        await append(*disputes[n : n + 300])
    for below in (1_200, 1_000):
        read.clear()
        assert await newest(DISPUTE, "hov_1", below=below) == {"hov_1": below - 1}
        assert len(read) < 500


async def test_a_store_of_older_terms_is_found_by_the_new_ones_once_it_is_prepared(
    store: Store, append: Append, make: MakeAbout, newest: Newest, read: list[EntryDocument]
) -> None:
    await append(*(make(n, GENERATE if n % 3 == 0 else DENY, report(f"rep_{n}")) for n in range(220)))
    documents = store[ENTRIES]
    kept = await documents.list({}, sort=[("index", 1)])
    older = deepcopy(kept)
    for entry in older:
        entry["found"] = [term for term in entry["found"] if not term[1:].startswith("proves:")]
    del older[0]["terms"]
    await documents.bulk([Put(entry) for entry in older])
    assert await newest(GENERATE, "rep_0", "rep_3") == {}
    await prepare(store)
    assert await documents.list({}, sort=[("index", 1)]) == kept
    assert await newest(GENERATE, "rep_0", "rep_3", "rep_4", "rep_219") == {"rep_0": 0, "rep_3": 3, "rep_219": 219}
    read.clear()
    await prepare(store)
    assert read == [], "it is done once"
