"""Partner events from the bus to their effects and outcomes: in batches, against one transaction an event.

A partner publishes shipment events of many packages. Ours is what `amanah up` does with them: the consumer sorts them into the
partner's lane, the lane applies them in batches, the relay publishes events, entries and outcomes. The peer does the same with
each event by itself, as a FastStream subscriber with one write an event would. Printed besides: events a second, CPU of this
process and of the store, and store round trips for an event; and how fast messages without a token are parked.
`python -m bench.partner_events 5000` does that for another number of events.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from amanah.cli import embedded
from amanah.cli.issuer import LocalIssuer
from amanah.contracts.actor import Grant, Role
from amanah.contracts.ids import new_id
from amanah.contracts.message import Item
from amanah.contracts.topics import TOPICS, partner_outcomes
from amanah.runtime import mongo, settings
from amanah.runtime.bus.bus import Bus, Outgoing
from amanah.runtime.bus.consumer import Consumer
from amanah.runtime.bus.local.bus import LocalBus
from amanah.runtime.bus.outbox import Outbox, Relay
from amanah.runtime.crypto import Keyring
from amanah.runtime.identity import Verifier, person_id
from amanah.runtime.mongo import Collection
from amanah.runtime.objects import Objects
from amanah.runtime.uploads import Uploads
from bench.measure import Result
from services.distribution.api import prepare
from services.distribution.custody.commands.packages import new_package
from services.distribution.custody.documents import PACKAGES, PLACES
from services.distribution.partner_events.bus_intake import Intake
from services.distribution.partner_events.commands import lanes
from services.distribution.partner_events.worker import LaneServers
from services.distribution.reactions import raw_reactions
from services.distribution.rounds.documents import ROUNDS
from services.distribution.settings import DistributionSettings
from services.distribution.store import Store

_PARTNER = "PT Angkutan Contoh"
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
    """A store and a bus, with a token of the partner."""

    store: Store
    bus: Bus
    verifier: Verifier
    token: str


@asynccontextmanager
async def _site(folder: Path) -> AsyncIterator[_Site]:
    async with embedded.stores(settings.load(data=folder)) as found:
        assert found.mongo_url is not None
        assert found.s3_endpoint is not None
        assert found.s3_secret_key is not None
        objects = Objects(found.s3_endpoint, found.s3_access_key, found.s3_secret_key)
        async with mongo.connect(found.mongo_url) as connected:
            db = connected("bench_distribution")
            store = Store(
                db=db, objects=objects, keys=Keyring.parse(Keyring.generate()), outbox=Outbox(db, "distribution"),
                uploads=Uploads(db, objects), settings=DistributionSettings(),
            )  # fmt: skip
            await prepare(store)
            bus = LocalBus(folder / "bus.sqlite")
            await bus.ensure_topics([*TOPICS.values(), partner_outcomes(person_id(_PARTNER))])
            issuer = LocalIssuer(folder, "bench", "amanah")
            token = issuer.issue(_PARTNER, [Grant(role=Role.LOGISTICS, area="32")])
            yield _Site(store, bus, Verifier(issuer.jwks(), "bench", "amanah"), token)
            await bus.close()
        objects.close()


async def _packages(store: Store, count: int, first: str) -> None:
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
        [new_package(round_id, "32.04", person_id(_PARTNER), f"{first}-{n}", contents) for n in range(count)]
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


async def _publish(site: _Site, events: Sequence[tuple[str, bytes]], token: str) -> None:
    headers = (("amanah-token", token.encode()),) if token else ()
    for start in range(0, len(events), 500):
        await site.bus.publish(
            [
                Outgoing("logistics.intake.v1", key.encode(), value, headers)
                for key, value in events[start : start + 500]
            ]
        )


async def _until(site: _Site, topic: str, count: int) -> None:
    while sum((await site.bus.ends([topic])).values()) < count:
        await asyncio.sleep(0.05)


async def _taken(site: _Site, topic: str, count: int) -> _Spent:
    """What it takes until as many messages came out on `topic`."""
    servers = LaneServers(site.store)
    workers = (
        servers,
        Relay(site.store.outbox, site.bus),
        Consumer(
            site.bus, site.store.db, group="distribution", store=site.store,
            raw=raw_reactions(Intake(site.verifier, servers.nudge)), outbox=site.store.outbox,
        ),
    )  # fmt: skip
    async with _counted() as calls:
        before = (time.perf_counter(), time.process_time(), _child_cpu())
        tasks = [asyncio.create_task(worker.run()) for worker in workers]
        await _until(site, topic, count)
        after = (time.perf_counter(), time.process_time(), _child_cpu())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if "--calls" in sys.argv:
        print(calls.most_common(40))
    return _Spent(*(b - a for a, b in zip(before, after, strict=True)), calls=sum(calls.values()))


async def _measured(count: int, batch: int) -> tuple[_Spent, _Spent]:
    """Events in batches of at most `batch`, and as many messages without a token."""
    lanes._BATCH = batch  # the peer's batch is one event
    try:
        with tempfile.TemporaryDirectory() as folder:
            async with _site(Path(folder)) as site:
                await _packages(site.store, count // len(_STEPS), "P")
                await _publish(site, _events(count, "P"), site.token)
                valid = await _taken(site, partner_outcomes(person_id(_PARTNER)).name, count)
                states = Counter([(p["status"], p["place"]) for p in await site.store[PACKAGES].list({})])
                assert states == {("ARRIVED", "BALAI"): count // len(_STEPS)}, states
                await _publish(site, _events(count, "Q"), "")
                return valid, await _taken(site, "dlq.logistics.intake.v1", count)
    finally:
        lanes._BATCH = 100


def _compared(count: int, singly: int) -> Iterator[Result]:
    ours, poison = asyncio.run(_measured(count, 100))
    peer, _ = asyncio.run(_measured(singly, 1))
    mine, theirs = (s.cpu + s.store_cpu for s in (ours, peer))
    yield Result(
        "partner_events", mine / count, theirs / singly, ">= 8x",
        f"{count / ours.wall:.0f} events/s, {1000 * ours.cpu / count:.2f} ms of CPU and {1000 * ours.store_cpu / count:.2f} in"
        f" the store, {ours.calls / count:.2f} store calls each; one by one {singly / peer.wall:.0f} events/s,"
        f" {1000 * theirs / singly:.1f} ms, {peer.calls / singly:.1f} calls",
    )  # fmt: skip
    yield Result(
        "partner_events_poison", (poison.cpu + poison.store_cpu) / count, 1 / 2000, "-",
        f"{count / poison.wall:.0f} messages without a token parked a second,"
        f" {1000 * poison.cpu / count:.2f} ms of CPU, {poison.calls / count:.3f} store calls each",
    )  # fmt: skip


def run(*, small: bool) -> Iterator[Result]:
    """Both ways, each on stores of its own."""
    yield from _compared(200, 50) if small else _compared(5_000, 500)


if __name__ == "__main__":
    for size in [argument for argument in sys.argv[1:] if argument.isdigit()]:
        for result in _compared(int(size), min(500, int(size))):
            print(result.line(), flush=True)
