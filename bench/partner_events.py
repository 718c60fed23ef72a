"""Partner events from the bus to their effects, outcomes and audit entries: in batches, against one write an event.

A partner publishes shipment events of many packages. Ours is what `amanah up` does with them: the consumer sorts them into the
partner's lane, the lane applies them in batches, the relay publishes events, entries and outcomes, and the audit service takes
the entries into its log. There are two peers. One does the same work with each event in a transaction of its own, without the
audit service. The other, `partner_events_faststream`, is a FastStream subscriber that stores each event, once by its id, and
does nothing else: no permissions, history, entry or outcome. Printed besides: events a second, CPU of this process and of the
store, and store round trips for an event; and how fast messages are dealt with that cannot be read, with a valid token
(rejected, each with its outcome and in an entry) and without one (parked).

With KAFKA_BOOTSTRAP_SERVERS all of this is on that Kafka, which must be fresh; else ours is on the local bus, FastStream on its
broker in memory. `python -m bench.partner_events 5000` does it for another number of events.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from amanah.cli import embedded
from amanah.cli.process import create_topics_and_buckets, open_runtime, token
from amanah.contracts.ids import new_id
from amanah.contracts.message import Item
from amanah.contracts.topics import AUDIT_ENTRIES, LOGISTICS_INTAKE, Topic, dead_letters, partner_outcomes
from amanah.runtime import mongo, settings
from amanah.runtime.bus.bus import Bus, Outgoing
from amanah.runtime.bus.consumer import Consumer
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.bus.relay import Relay
from amanah.runtime.identity import person_id
from amanah.runtime.mongo import Collection
from amanah.runtime.service import Runtime, Worker
from amanah.runtime.uploads import Uploads
from bench.measure import Result
from services.audit import app as audit
from services.distribution.api import prepare
from services.distribution.custody.commands.packages import Carrier, new_package
from services.distribution.custody.documents import PACKAGES, PLACES
from services.distribution.partner_events.bus_intake import Intake
from services.distribution.partner_events.commands import lanes
from services.distribution.partner_events.worker import LaneServers
from services.distribution.reactions import raw_reactions
from services.distribution.rounds.documents import ROUNDS
from services.distribution.settings import DistributionSettings
from services.distribution.store import Store

_JSON = {"content-type": "application/json"}
_STEPS = ("shipping", "arriving", "inspecting", "shipping", "arriving")
_PLACES = ("GUDANG", "POS", "POS", "POS", "BALAI")


@dataclass(frozen=True)
class _Spent:
    """Seconds, CPU seconds of this process and of the store, and store calls."""

    wall: float
    cpu: float
    store_cpu: float
    calls: int


def _child_cpu() -> float:
    """CPU seconds of the children of this process."""
    spent = 0.0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == os.getpid():
                    spent += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return spent


@asynccontextmanager
async def _counted() -> AsyncIterator[Counter[str]]:
    """Counts the calls of the store."""
    calls: Counter[str] = Counter()
    names = (
        "get",
        "list",
        "count",
        "insert",
        "insert_many",
        "put",
        "update",
        "update_many",
        "change",
        "delete",
        "bulk",
    )
    originals = {name: getattr(Collection, name) for name in names}

    def counting(name: str) -> Callable[..., Any]:
        async def call(self: Collection[Any], *args: Any, **more: Any) -> Any:
            calls[f"{self._inner.name}.{name}"] += 1
            return await originals[name](self, *args, **more)

        return call

    for name in names:
        setattr(Collection, name, counting(name))
    try:
        yield calls
    finally:
        for name, original in originals.items():
            setattr(Collection, name, original)


@dataclass(frozen=True)
class _Site:
    """The stores and the bus, and a partner that is new on them."""

    runtime: Runtime
    store: Store
    partner: str
    token: str

    @property
    def bus(self) -> Bus:
        """The bus."""
        return self.runtime.bus

    @property
    def outcomes(self) -> Topic:
        """The partner's topic of outcomes."""
        return partner_outcomes(person_id(self.partner))


@asynccontextmanager
async def _site(folder: Path) -> AsyncIterator[_Site]:
    async with embedded.stores(settings.load(data=folder)) as found, open_runtime(found) as runtime:
        await create_topics_and_buckets(runtime)
        db = runtime.database("distribution")
        store = Store(
            db=db, objects=runtime.objects, keys=runtime.keys, outbox=Outbox(db, "distribution"),
            uploads=Uploads(db, runtime.objects), settings=DistributionSettings(),
        )  # fmt: skip
        await prepare(store)
        partner = f"pt {uuid.uuid4().hex[:8]}"
        site = _Site(runtime, store, partner, token(folder, "LOGISTICS", "32", partner))
        await runtime.bus.ensure_topics([site.outcomes])
        yield site


async def _packages(store: Store, partner: str, count: int, first: str) -> None:
    """Makes a round, places and packages of the partner."""
    round_id = new_id("rnd")
    await store[ROUNDS].insert(
        {
            "_id": round_id, "program": new_id("prg"), "roster": new_id("ros"), "name": "Bench", "status": "OPEN",
            "area": "32.04", "starts": "2026-11-01", "ends": "2026-11-30", "size": 1, "thresholds": {}, "created": 1,
            "items": [{"sku": "BERAS", "name": "Beras", "unit": "kg", "quantity": 10_000}],
            "workedAt": datetime.now(UTC),
        }  # type: ignore[typeddict-item,typeddict-unknown-key]
    )  # fmt: skip
    await store[PLACES].bulk(
        [
            mongo.Put(
                {"_id": f"plc_{code}", "code": code, "name": code, "kind": "POST", "area": "32.04", "location": {}}
            )
            for code in dict.fromkeys(_PLACES)
        ]
    )
    contents = [Item(sku="BERAS", quantity=Decimal(100))]
    await store[PACKAGES].insert_many(
        [new_package(round_id, "32.04", Carrier(person_id(partner)), f"{first}-{n}", contents) for n in range(count)]
    )


def _events(count: int, first: str) -> list[tuple[str, bytes]]:
    """As many events, five of each package in order, mixed among the packages; with their keys."""
    packages, began = count // len(_STEPS), datetime.now(UTC) - timedelta(days=1)
    events = []
    for turn, (step, place) in enumerate(zip(_STEPS, _PLACES, strict=True)):
        for package in range(packages):
            code = f"{first}-{package}"
            event: dict[str, Any] = {
                "type": "ObjectEvent", "eventID": f"urn:bench:{code}:{turn}", "action": "OBSERVE", "bizStep": step,
                "eventTime": (began + timedelta(hours=turn)).isoformat(timespec="seconds"),
                "eventTimeZoneOffset": "+00:00", "epcList": [f"urn:amanah:package:{code}"],
                "readPoint": {"id": f"urn:amanah:place:{place}"},
                "quantityList": [{"epcClass": "urn:amanah:item:BERAS", "quantity": 100, "uom": "KGM"}],
            }  # fmt: skip
            events.append((code, json.dumps(event).encode()))
    return events


async def _publish(site: _Site, events: Sequence[tuple[str, bytes]], bearer: str) -> None:
    headers = (("amanah-token", bearer.encode()),) if bearer else ()
    for start in range(0, len(events), 500):
        await site.bus.publish(
            [
                Outgoing(LOGISTICS_INTAKE.name, key.encode(), value, headers)
                for key, value in events[start : start + 500]
            ]
        )


async def _end(site: _Site, topic: str) -> int:
    return sum((await site.bus.ends([topic])).values())


async def _spent(done: Callable[[], Awaitable[bool]], *work: Callable[[], Coroutine[Any, Any, None]]) -> _Spent:
    """Time and CPU until the work is done."""
    async with _counted() as calls:
        before = (time.perf_counter(), time.process_time(), _child_cpu())
        tasks = [asyncio.create_task(each()) for each in work]
        while not await done():
            await asyncio.sleep(0.05)
        after = (time.perf_counter(), time.process_time(), _child_cpu())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if "--calls" in sys.argv:
        print(calls.most_common(40))
    return _Spent(*(b - a for a, b in zip(before, after, strict=True)), calls=sum(calls.values()))


async def _taken(site: _Site, topic: str, count: int, *, audited: bool) -> _Spent:
    """Time and CPU until as many more messages came out on `topic`, and all entries are in the audit log if `audited`."""
    servers, bus = LaneServers(site.store), site.bus
    raw = raw_reactions(Intake(site.runtime.verifier, servers.nudge))
    workers: list[Worker] = [
        servers,
        Relay(site.store.outbox, bus),
        Consumer(
            bus, site.store.db, group="distribution", store=site.store, raw=raw, outbox=site.store.outbox, batch=1_000
        ),
    ]
    log = site.runtime.database(audit.NAME)
    if audited:
        service = audit.build(site.runtime)
        await service.prepare()
        workers += service.workers
    end = await _end(site, topic) + count

    async def done() -> bool:
        if await _end(site, topic) < end:
            return False
        reached = await log["positions"].get({"_id": f"{audit.NAME}/{AUDIT_ENTRIES.name}/0"}) if audited else None
        return not audited or (reached is not None and reached["next"] >= await _end(site, AUDIT_ENTRIES.name))

    return await _spent(done, *(worker.run for worker in workers))


async def _measured(count: int, batch: int, *, audited: bool) -> tuple[_Spent, _Spent, _Spent]:
    """Events in batches of at most `batch`, and as many messages that are not JSON, with a token and without."""
    lanes._BATCH = batch  # the peer's batch is one event
    try:
        with tempfile.TemporaryDirectory() as folder:
            async with _site(Path(folder)) as site:
                await _packages(site.store, site.partner, count // len(_STEPS), "P")
                await _publish(site, _events(count, "P"), site.token)
                valid = await _taken(site, site.outcomes.name, count, audited=audited)
                states = Counter([(p["status"], p["place"]) for p in await site.store[PACKAGES].list({})])
                assert states == {("ARRIVED", "BALAI"): count // len(_STEPS)}, states
                broken = [(key, value[:-1]) for key, value in _events(count, "Q")]
                await _publish(site, broken, site.token)
                rejected = await _taken(site, site.outcomes.name, count, audited=audited)
                await _publish(site, broken, "")
                parked = await _taken(site, dead_letters(LOGISTICS_INTAKE.name), count, audited=audited)
                return valid, rejected, parked
    finally:
        lanes._BATCH = 100


async def _faststream(count: int) -> _Spent:
    """A FastStream subscriber that stores the same events, one write each."""
    from faststream.kafka import KafkaBroker, TestKafkaBroker  # of bench/peers: `make bench` installs it

    servers = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    topic = Topic(f"bench.{uuid.uuid4().hex}", "package code", 6, -1, (), (), "Events of a benchmark")
    with tempfile.TemporaryDirectory() as folder:
        async with _site(Path(folder)) as site:
            stored, ids = site.runtime.database("peer")["events"], set()
            await stored.ensure_indexes([])
            broker = KafkaBroker(servers or "127.0.0.1:1", logger=None)

            @broker.subscriber(topic.name, group_id=topic.name, auto_offset_reset="earliest")
            async def store(event: dict[str, Any]) -> None:
                await stored.insert({"_id": event["eventID"], **event})
                ids.add(event["eventID"])

            async def on_kafka() -> None:
                await broker.start()
                try:
                    await asyncio.Event().wait()
                finally:
                    await broker.stop()

            async def in_memory() -> None:
                async with TestKafkaBroker(broker) as memory:
                    for key, value in events:
                        await memory.publish(value, topic=topic.name, key=key.encode(), headers=_JSON)

            async def done() -> bool:
                return len(ids) == count

            events = _events(count, "P")
            if servers:
                await site.bus.ensure_topics([topic])
                headers = tuple((name, value.encode()) for name, value in _JSON.items())
                await site.bus.publish([Outgoing(topic.name, key.encode(), value, headers) for key, value in events])
            return await _spent(done, on_kafka if servers else in_memory)


def _described(count: int, spent: _Spent) -> str:
    return (
        f"{count / spent.wall:.0f} a second, {1000 * spent.cpu / count:.2f} ms of CPU and"
        f" {1000 * spent.store_cpu / count:.2f} in the store, {spent.calls / count:.3f} store calls each"
    )


def _against(name: str, count: int, ours: _Spent, singly: int, peer: _Spent, who: str) -> Result:
    """CPU of this process and the store for an event, against the peer's."""
    mine, theirs = ((s.cpu + s.store_cpu) / n for s, n in ((ours, count), (peer, singly)))
    return Result(name, mine, theirs, ">= 8x", f"{_described(count, ours)}; {who} {_described(singly, peer)}")


def _paced(name: str, count: int, ours: _Spent, a_second: int, of: str) -> Result:
    """Messages a second against as many as are to be dealt with."""
    return Result(name, ours.wall / count, 1 / a_second, f"{a_second} a second", f"{of}: {_described(count, ours)}")


def _compared(count: int, singly: int) -> Iterator[Result]:
    ours, rejected, parked = asyncio.run(_measured(count, 100, audited=False))
    peer, *_ = asyncio.run(_measured(singly, 1, audited=False))
    yield _against("partner_events", count, ours, singly, peer, "one by one")
    yield _against("partner_events_faststream", count, ours, count, asyncio.run(_faststream(count)), "FastStream")
    yield _paced("partner_events_rejected", count, rejected, 2_000, "not JSON, with a token")
    yield _paced("partner_events_poison", count, parked, 2_000, "parked without a token")
    ours, rejected, parked = asyncio.run(_measured(count, 100, audited=True))
    yield _paced("partner_events_audited", count, ours, 300, "entries in the log")
    yield _paced(
        "partner_events_rejected_audited", count, rejected, 2_000, "not JSON, with a token, entries in the log"
    )


def run(*, small: bool) -> Iterator[Result]:
    """All ways, each on stores of its own."""
    yield from _compared(200, 50) if small else _compared(5_000, 500)


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parent / "peers" / "installed"))
    for size in [argument for argument in sys.argv[1:] if argument.isdigit()]:
        for result in _compared(int(size), min(500, int(size))):
            print(result.line(), flush=True)
