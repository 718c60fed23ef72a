import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import orjson
import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.area_table import area_table
from amanah.contracts.envelope import Envelope
from amanah.contracts.handovers.events import HandoverAccepted
from amanah.contracts.ids import new_id
from amanah.contracts.message import Event, Item, encode
from amanah.contracts.reports import GenerateReport, GetReportLinks, GetReports, ReportFormat, ReportView
from amanah.contracts.rounds import ProgramItem, RoundCreated, RoundOpened, VillageEntitlements
from amanah.runtime.bus.bus import Outgoing
from amanah.runtime.bus.consumer import Consumer
from amanah.runtime.bus.local import LocalBus
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.mongo import Database
from amanah.runtime.objects import Objects
from services.reporting.api import prepare
from services.reporting.figures.position import has_consumed
from services.reporting.reactions import BATCHES
from services.reporting.reports import commands, queries
from services.reporting.reports.builder import ReportBuilder
from services.reporting.reports.rendering import RENDERERS, Listing, process
from services.reporting.reports.rules.report import Content, Link
from services.reporting.settings import ReportingSettings
from services.reporting.store import GROUP, Store
from tests.waiting import eventually

ROUND = "rnd_1"
DISTRICT = "32.75.03"
VILLAGES = ("32.75.03.1001", "32.75.03.1002")
DEADLINE = 20.0

Publish = Callable[..., Awaitable[list[Outgoing]]]
MakeHandover = Callable[..., HandoverAccepted]
Ask = Callable[..., Awaitable[ReportView]]
Links = Callable[..., Awaitable[dict[str, str]]]
Recorded = Callable[[], Awaitable[list[dict[str, Any]]]]
Run = Callable[[], Awaitable[None]]
Find = Callable[..., Awaitable[ReportView]]


@pytest.fixture
async def store(db: Database, objects: Objects, bus: LocalBus) -> Store:
    settings = ReportingSettings(settle_s=0, round_wait_s=0, lease_s=2)
    made = Store(db, objects, Outbox(db, "reporting"), bus, area_table(), "https://amanah.example", settings)
    await prepare(made)
    return made


@pytest.fixture
def publish(bus: LocalBus) -> Publish:
    """Publishes events as distribution's relay does; what it answers can be published again."""

    async def put(*events: Event) -> list[Outgoing]:
        messages = [
            Outgoing(
                event.topic,
                event.key().encode(),
                encode(event),
                Envelope(
                    id=new_id("evt"),
                    source="/amanah/distribution",
                    type=event.type,
                    subject=event.key(),
                    time=datetime(2026, 11, 23, 9, tzinfo=UTC) + timedelta(seconds=index),
                ).to_headers(),
            )
            for index, event in enumerate(events)
        ]
        await bus.publish(messages)
        return messages

    return put


@pytest.fixture
def consumer(bus: LocalBus, db: Database, store: Store) -> Callable[[], Consumer]:
    """Another consumer of reporting's group."""
    return lambda: Consumer(bus, db, group=GROUP, store=store, batches=BATCHES)


@pytest.fixture
def counted(bus: LocalBus, store: Store, consumer: Callable[[], Consumer]) -> Run:
    """Runs a consumer until everything on the bus is counted, then stops it."""

    async def catch_up() -> None:
        running = asyncio.create_task(consumer().run())
        try:
            for topic in ("distribution.events.v1", "audit.events.v1"):
                ends = {partition.number: end for partition, end in (await bus.ends([topic])).items()}
                await eventually(partial(has_consumed, store, topic, ends), DEADLINE)
        finally:
            running.cancel()
            await running

    return catch_up


@pytest.fixture
def opened() -> Sequence[Event]:
    """A round over a district: 10 recipients in the first village, 20 in the second, 10 kg of rice each."""
    rice = ProgramItem(sku="BERAS.10", name="Beras", unit="kg", quantity_per_recipient=Decimal(10))
    return [
        RoundCreated(
            round_id=ROUND,
            program_id="prg_1",
            program_name="Bantuan Pangan",
            roster_id="ros_1",
            roster_hash="0" * 64,
            decree="SK 460/12/2026",
            name="Tahap I",
            area=DISTRICT,
            starts_on=date(2026, 11, 1),
            ends_on=date(2026, 11, 30),
            items=(rice,),
        ),
        RoundOpened(
            round_id=ROUND,
            entitlement_count=30,
            villages=tuple(
                VillageEntitlements(
                    area=village, count=count, quantities=(Item(sku="BERAS.10", quantity=Decimal(count * 10)),)
                )
                for village, count in zip(VILLAGES, (10, 20), strict=True)
            ),
        ),
    ]


@pytest.fixture
def handover() -> MakeHandover:
    """A handover of 10 kg in one of the villages."""

    def make(village: int = 0, day: int = 20, kilos: str = "10", **more: object) -> HandoverAccepted:
        at = datetime(2026, 11, day, 3, tzinfo=UTC)
        fields = {
            "handover_id": new_id("hov"),
            "round_id": ROUND,
            "entitlement_id": new_id("ent"),
            "area": VILLAGES[village],
            "officer_id": "usr_officer",
            "package_code": "PKT-1",
            "occurred_at": at,
            "received_at": at,
            "items": (Item(sku="BERAS.10", quantity=Decimal(kilos)),),
            "flags": (),
            "photo_sha256": uuid4().hex * 2,
        }
        return HandoverAccepted.model_validate(fields | more)

    return make


@pytest.fixture
def builder(store: Store) -> ReportBuilder:
    return ReportBuilder(store)


@pytest.fixture
def made(builder: ReportBuilder) -> Run:
    """Makes reports until the queue has been empty, or the deadline is over."""

    async def until_one_is_made() -> None:
        await eventually(builder.build_next, DEADLINE)

    return until_one_is_made


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Renders here, for tests of a report's life: a process for each file is what takes most of the time."""

    async def render(kind: ReportFormat, content: Content, listing: Listing, link: Link) -> bytes:
        return RENDERERS[kind](content, listing, link)

    monkeypatch.setattr(process, "render", render)


@pytest.fixture
def sri(person: Callable[..., Actor]) -> Actor:
    return person("Sri", SUPERVISOR="32.75")


@pytest.fixture
def ask(store: Store, sri: Actor) -> Ask:
    async def generate(
        template: str = "FINAL", format: str = "CSV", area: str = DISTRICT, **more: object
    ) -> ReportView:
        fields = {"template": template, "format": format, "round_id": ROUND, "area": area}
        return await commands.generate_report(store, sri, GenerateReport.model_validate(fields | more))

    return generate


@pytest.fixture
def find(store: Store, sri: Actor) -> Find:
    async def get(report: ReportView, by: Actor = sri) -> ReportView:
        return (await queries.get_reports(store, by, GetReports(ids=(report.id,)))).nodes[0]

    return get


@pytest.fixture
def links(store: Store, sri: Actor) -> Links:
    """The addresses of the files of reports, by the reports' ids."""

    async def get(*reports: ReportView, by: Actor = sri) -> dict[str, str]:
        answer = await commands.get_report_links(store, by, GetReportLinks(ids=tuple(report.id for report in reports)))
        return {link.id: link.url for link in answer.nodes}

    return get


@pytest.fixture
async def happened(
    publish: Publish,
    counted: Run,
    opened: list[Event],
    handover: MakeHandover,
) -> None:
    await publish(*opened, *(handover(n % 2, 20 + n % 3) for n in range(6)))
    await counted()


@pytest.fixture
def recorded(store: Store) -> Recorded:
    """Reads the outbox: the values of events and audit entries."""

    async def values() -> list[dict[str, Any]]:
        return [orjson.loads(bytes(d["value"])) for d in await store.outbox.pending(100)]

    return values
