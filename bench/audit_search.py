"""Pages of the audit log where it is long, against the same pages where it is short.

First what they read: how many entries the store hands over for a page of a log of ten million, and of one of 100,000. That
is the same on every machine, and stored is nothing: the log is one of arithmetic. Then what they take on the embedded
document store, whose work it is as much as ours: wall time, medians of the rounds, A B A B.
`python -m bench.audit_search 100000 10000000` does that for other sizes; filling the store takes nearly all of the time.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any, cast

from amanah.cli import embedded
from amanah.contracts.actor import Acting, Actor, Grant, Role
from amanah.contracts.areas import NATION, Scope
from amanah.contracts.audit.entry import AuditEntry, Origin, Subject
from amanah.contracts.audit.search import ListEntries
from amanah.contracts.message import Answer
from amanah.runtime import mongo, settings
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.mongo import Collection, Database
from amanah.runtime.objects import Objects
from amanah.runtime.tables import Document
from amanah.tlog.checkpoint import Signer
from bench.measure import Result
from services.audit.search.documents import ENTRIES, EntryDocument
from services.audit.search.insertion import insert_entries
from services.audit.search.pages import find_page
from services.audit.search.queries import list_entries
from services.audit.search.rules.entry import NewEntry, read
from services.audit.search.rules.log_position import LogPosition
from services.audit.search.rules.terms import EVERY, FIRST, LAST, STEP, TOP, SearchFilters, on_level
from services.audit.settings import AuditSettings
from services.audit.store import Store

_BATCH = 200
_ROUNDS = 7
_DISTRICTS = [f"32.{regency:02}.{district:02}" for regency in (1, 2) for district in range(1, 6)]
_ACTIONS = ["distribution:handover:accept"] * 14 + [
    "access:recipient:read", "access:session:open", "distribution:assignment:record", "distribution:package:open",
    "recipients:change:approve", "reporting:report:generate",
]  # fmt: skip
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
_EACH = 20
"""Entries about one recipient, on average: a person has no more of them because the log is longer."""

AUDITOR = Actor(id="usr_auditor", name="Auditor", grants=(Grant(role=Role.AUDITOR, area="ID"),))
DISTRICT = Actor(id="usr_district", name="Auditor", grants=(Grant(role=Role.AUDITOR, area=_DISTRICTS[7]),))


def _entry(n: int, size: int) -> AuditEntry:
    """Number `n` of a log: mostly handovers, all over the districts, and a little out of order."""
    chance = Random(n)
    district = chance.choice(_DISTRICTS)
    officer = f"usr_{district}.{chance.randrange(20):02}"
    return AuditEntry(
        id=f"aud_{sha256(str(n).encode()).hexdigest()[:26]}",
        time=_BEGAN + timedelta(seconds=n + chance.randrange(60)),
        actor=Acting(id=officer, name="", role="OFFICER", area=district),
        action=chance.choice(_ACTIONS),
        subject=Subject(type="Handover", id=f"hov_{n}"),
        concerns=(
            Subject(type="Recipient", id=f"rcp_{chance.randrange(size // _EACH)}"),
            Subject(type="Package", id=f"pkg_{n // 50}"),
        ),
        area=f"{district}.{2001 + chance.randrange(10)}",
        reason=f"Alamat {chance.choice(('lama', 'baru', 'pindah'))} tidak ditemukan" if chance.random() < 0.25 else "",
        authority=f"asg_{officer}",
        origin=Origin(service="distribution", trace=f"{n:032x}"),
        before=f"hmac-sha256:{n:064x}",
        after=f"hmac-sha256:{n + 1:064x}",
    )


async def _fill(store: Store, size: int) -> None:
    await store.db.create([ENTRIES])
    for first in range(0, size, _BATCH):
        leaves = [_entry(n, size).canonical() for n in range(first, min(first + _BATCH, size))]
        position = LogPosition(first, _BEGAN + timedelta(seconds=first + _BATCH))
        entries = [NewEntry(read(leaf), leaf) for leaf in leaves]
        await store.db.transaction(lambda tx, new=entries, at=position: insert_entries(store, tx, new, at))


class Reckoned:
    """Stands for a collection of `size` entries, one a place; counts what is asked of it, and what it hands over.

    Every Nth entry has the term N, for each N of `terms`.
    """

    def __init__(self, size: int, terms: Sequence[int]) -> None:
        self.asked = self.read = 0
        self._size = size
        self._apart = {EVERY: 1, **{str(apart): apart for apart in terms}}
        chance = Random(size)
        self._levels: list[Sequence[int]] = [range(size)]
        for _ in range(TOP):
            self._levels.append([n for n in self._levels[-1] if chance.random() < 1 / STEP])

    async def list(self, condition: Any) -> list[Document]:
        """Entries that fit a search's condition: a term on a level, and a span of the order."""
        level, apart = self._levels[int(condition["found"][0])], self._apart[condition["found"][1:]]
        low, high = (self._number(condition["order"][end]) for end in ("$gte", "$lt"))
        numbers = level[bisect_left(level, low) : bisect_left(level, high)]
        if isinstance(numbers, range):
            numbers = range(-(-numbers.start // apart) * apart, numbers.stop, apart)
        found = [self._entry(n) for n in numbers if n % apart == 0]
        self.asked, self.read = self.asked + 1, self.read + len(found)
        return found

    def _number(self, place: str) -> int:
        return {FIRST: 0, LAST: self._size}[place] if place in (FIRST, LAST) else int(place, 16)

    def _entry(self, n: int) -> Document:
        found = [on_level(0, term) for term, apart in self._apart.items() if n % apart == 0]
        return {"order": f"{n:022x}", "found": found, "action": "a:b:c"}


def _read(short: int, long: int) -> Iterator[Result]:
    """Entries read for a page, at both lengths."""
    logs = {size: Reckoned(size, [7, 20, 30, size // _EACH]) for size in (short, long)}
    for name, asked, from_middle in [
        ("newest", lambda size: [], False),
        ("two", lambda size: [7, 20], False),
        ("about", lambda size: [size // _EACH], False),
        ("text", lambda size: [30], False),
        ("old", lambda size: [], True),
    ]:
        spent = []
        for size, log in logs.items():
            log.asked = log.read = 0
            filters = SearchFilters(tuple(map(str, asked(size))))
            after = f"{size // 2:022x}" if from_middle else None
            asyncio.run(find_page(cast(Collection[EntryDocument], log), Scope([NATION]), filters, 20, after))
            spent.append((log.read, log.asked))
        (few, questions), (many, more_questions) = spent
        yield Result(
            f"audit_search_read_{name}", many, few, "<= 1.5x",
            f"{many} entries in {more_questions} questions of {long}, {few} in {questions} of {short}", ours_over_peer=True,
        )  # fmt: skip


def _pages(size: int) -> dict[str, tuple[Actor, Callable[[Random], ListEntries]]]:
    """Requests of the benchmark by name, each turn for another page."""
    end = _BEGAN + timedelta(seconds=size)
    return {
        # Not the very same page each turn: where the ends of short ranges happen to lie is chance.
        "newest": (AUDITOR, lambda chance: ListEntries(until=end - timedelta(seconds=size * chance.uniform(0, 0.02)))),
        "district": (DISTRICT, lambda _: ListEntries(action="distribution:handover:accept")),
        "about": (AUDITOR, lambda chance: ListEntries(about=f"rcp_{chance.randrange(size // _EACH)}")),
        "text": (AUDITOR, lambda chance: ListEntries(text=f"alamat {chance.choice(('lama', 'baru'))}")),
        "old": (AUDITOR, lambda chance: ListEntries(until=end - timedelta(seconds=size * chance.uniform(0.3, 0.7)))),
    }


def _store(db: Database, objects: Objects) -> Store:
    signer = Signer("log.example/audit", bytes(range(32)))
    return Store(db=db, objects=objects, signers=(signer,), settings=AuditSettings(), outbox=Outbox(db, "audit"))


@asynccontextmanager
async def _stores(sizes: Sequence[int]) -> AsyncIterator[list[Store]]:
    with tempfile.TemporaryDirectory() as folder:
        async with embedded.stores(settings.load(data=Path(folder))) as found:
            assert found.mongo_url is not None
            assert found.s3_endpoint is not None
            assert found.s3_secret_key is not None
            objects = Objects(found.s3_endpoint, found.s3_access_key, found.s3_secret_key)
            async with mongo.connect(found.mongo_url) as connected:
                stores = [_store(connected(f"bench_{size}"), objects) for size in sizes]
                for store, size in zip(stores, sizes, strict=True):
                    began = time.perf_counter()
                    await _fill(store, size)
                    print(f"{size} entries, {size / (time.perf_counter() - began):.0f} a second", file=sys.stderr)
                yield stores
            objects.close()


async def _measure(short: int, long: int, rounds: int) -> AsyncIterator[Result]:
    async with _stores((short, long)) as stores:
        for name in _pages(short):
            spent: list[list[float]] = [[], []]
            for turn in range(rounds + 1):
                for at, (store, size) in enumerate(zip(stores, (short, long), strict=True)):
                    viewer, ask = _pages(size)[name]
                    began = time.perf_counter()
                    page: Answer = await list_entries(store, viewer, ask(Random(turn)))
                    if turn:
                        spent[at].append(time.perf_counter() - began)
                    assert page.nodes
            ours, peer = statistics.median(spent[1]), statistics.median(spent[0])
            yield Result(
                f"audit_search_{name}", ours, peer, "<= 1.5x",
                f"{1000 * ours:.0f} ms a page of {long} entries, {1000 * peer:.0f} ms of {short}", ours_over_peer=True,
            )  # fmt: skip


async def _collect(short: int, long: int, rounds: int = _ROUNDS) -> list[Result]:
    return [result async for result in _measure(short, long, rounds)]


def run(*, small: bool) -> Iterator[Result]:
    """Compares the entries read in a log a hundred times as long, and the time taken in one five times as long."""
    yield from _read(100_000, 10_000_000)
    yield from asyncio.run(_collect(400, 800, 1) if small else _collect(20_000, 100_000))


if __name__ == "__main__":
    for line in asyncio.run(_collect(int(sys.argv[1]), int(sys.argv[2]))):
        print(line.line(), flush=True)
