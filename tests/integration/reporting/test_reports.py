import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from urllib.request import urlopen

import orjson
import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.errors import Forbidden, NotFound, NotYet, Refused, Unavailable
from amanah.contracts.message import Event
from amanah.contracts.reporting import GenerateReport, GetReports, ReportView, VerifyReport
from amanah.objects import REPORTS
from services.reporting import commands, queries
from services.reporting.domain.report import Content, Link
from services.reporting.making import Maker
from services.reporting.rendering import FORMATS, Listing, process
from services.reporting.store import Store

ROUND, DISTRICT, VILLAGE = "rnd_1", "32.75.03", "32.75.03.1001"
Ask = Callable[..., Awaitable[ReportView]]
Find = Callable[..., Awaitable[ReportView]]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Renders here, for tests of a report's life: a process for each file is what takes most of the time."""

    async def render(kind: str, content: Content, listing: Listing, link: Link) -> bytes:
        return FORMATS[kind].render(content, listing, link)

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
async def happened(publish, counted, opened: list[Event], handover) -> None:
    await publish(*opened, *(handover(n % 2, 20 + n % 3) for n in range(6)))
    await counted()


async def outbox(store: Store) -> list[dict[str, object]]:
    """What was recorded: the values of events and audit entries."""
    return [orjson.loads(bytes(d["value"])) for d in await store.outbox.pending(100)]


@pytest.mark.parametrize(("kind", "begins"), [("PDF", b"%PDF-1.7"), ("XLSX", b"PK"), ("CSV", b"# Laporan Akhir")])
async def test_a_report_becomes_a_file_whose_hash_is_recorded(
    kind: str, begins: bytes, store: Store, happened, ask: Ask, made, find: Find, sri: Actor
) -> None:
    queued = await ask(format=kind)
    assert (queued.status, queued.sha256, queued.download_url) == ("QUEUED", None, None)
    assert queued.title == "Laporan Akhir Penyaluran Bantuan – Tahap I – Bekasi Utara"
    await made()
    ready = await find(queued)
    assert (ready.status, ready.template, ready.format, ready.failure) == ("READY", "FINAL", kind, None)
    assert ready.download_url is not None
    with await asyncio.to_thread(urlopen, ready.download_url) as response:
        file = response.read()
    assert file.startswith(begins)
    assert (len(file), hashlib.sha256(file).hexdigest()) == (ready.size, ready.sha256)
    recorded = await outbox(store)
    entry = next(r for r in recorded if r.get("action") == "reporting:report:generate")
    assert entry["after"] == f"sha256:{ready.sha256}"
    assert entry["subject"] == {"type": "Report", "id": ready.id}
    assert entry["authority"] == "SK 460/12/2026"
    assert entry["area"] == DISTRICT
    assert entry["actor"]["id"] == sri.id
    event = next(r for r in recorded if r.get("report_id") == ready.id and "sha256" in r)
    assert (event["sha256"], event["size"]) == (ready.sha256, ready.size)


async def test_anyone_can_check_a_report_by_its_id_and_by_the_number_on_it(
    store: Store, happened, at_once, ask: Ask, made, find: Find, person
) -> None:
    queued = await ask(format="PDF")
    nobody = person("anybody")
    with pytest.raises(NotFound):
        await queries.verify_report(store, nobody, VerifyReport(id=queued.id))
    await made()
    ready = await find(queued)
    kept = await store.reports.get({"_id": queued.id})
    assert kept is not None
    for named in (queued.id, kept["number"]):
        found = await queries.verify_report(store, nobody, VerifyReport(id=named))
        assert (found.id, found.sha256, found.size, found.area) == (ready.id, ready.sha256, ready.size, DISTRICT)


async def test_the_same_position_gives_the_same_bytes_and_the_next_others(
    store: Store, happened, at_once, ask: Ask, made, find: Find, publish, counted, handover
) -> None:
    hashes = []
    for new in ((), (), (handover(),)):
        await publish(*new)
        await counted()
        report = await ask(format="PDF")
        await made()
        hashes.append((await find(report)).sha256)
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize(
    ("template", "dates", "rows", "delivered"),
    [
        ("FINAL", {}, 6, "Tersalur"),
        ("DAILY", {"since": "2026-11-21"}, 2, "Tersalur"),
        ("WEEKLY", {"until": "2026-11-21"}, 4, "Tersalur"),
        ("FINAL", {"since": "2026-11-22", "language": "en"}, 2, "Delivered"),
    ],
)
async def test_a_period_has_what_happened_in_it(
    template: str,
    dates: dict[str, str],
    rows: int,
    delivered: str,
    store: Store,
    happened,
    at_once,
    ask: Ask,
    made,
    find: Find,
) -> None:
    report = await ask(template, **dates)
    await made()
    ready = await find(report)
    assert ready.status == "READY"
    kept = await store.reports.get({"_id": report.id})
    assert kept is not None
    file = await store.objects.get(REPORTS, kept["object"])
    listed = [line for line in file.split(b"\r\n") if line.startswith(b"hov_")]
    assert len(listed) == rows


async def test_a_village_and_the_nation_use_the_same_figures(
    happened, at_once, ask: Ask, made, find: Find, store, person
) -> None:
    village = await ask(area=VILLAGE, format="XLSX")
    await made()
    assert (await find(village)).status == "READY"
    auditor = person("Audi", AUDITOR="ID")
    whole = await commands.generate_report(
        store, auditor, GenerateReport(template="FINAL", format="PDF", round_id=ROUND, area="ID")
    )
    await made()
    assert (await find(whole, auditor)).status == "READY"


async def test_a_report_waits_for_what_was_on_the_bus_when_it_was_asked_for(
    happened, at_once, ask: Ask, made, find: Find, publish, counted, handover, maker: Maker, store: Store
) -> None:
    await publish(handover())
    report = await ask()
    assert not await maker.make_next()
    assert (await find(report)).status == "QUEUED"
    await counted()
    await made()
    kept = await store.reports.get({"_id": report.id})
    assert kept is not None
    file = await store.objects.get(REPORTS, kept["object"])
    assert sum(line.startswith(b"hov_") for line in file.split(b"\r\n")) == 7


async def test_a_report_whose_maker_was_killed_is_made_by_another(
    happened, at_once, ask: Ask, made, find: Find, maker: Maker, store: Store
) -> None:
    store.settings = store.settings.model_copy(update={"lease_s": 0.5})
    report = await ask()
    assert await maker._claim() is not None  # and the process is gone
    assert (await find(report)).status == "RUNNING"
    assert not await Maker(store).make_next(), "the lease still holds"
    await made()
    assert (await find(report)).status == "READY"


async def test_a_maker_that_lost_its_lease_changes_nothing(
    happened, at_once, ask: Ask, made, find: Find, store: Store, monkeypatch
) -> None:
    store.settings = store.settings.model_copy(update={"lease_s": 0.5})
    render, started, resume = process.render, asyncio.Event(), asyncio.Event()

    async def slow(*args: object) -> bytes:
        started.set()
        await resume.wait()
        return b"what the late twin made"

    async def silent(self: Maker, report: object) -> None:
        await asyncio.Event().wait()

    report = await ask()
    with monkeypatch.context() as patched:
        patched.setattr(process, "render", slow)
        patched.setattr(Maker, "_renew", silent)  # as when its process is paused
        late = asyncio.create_task(Maker(store).make_next())
        await asyncio.wait_for(started.wait(), 10)
        patched.setattr(process, "render", render)
        await made()
        ready = await find(report)
        resume.set()
        assert await late is False
    assert await find(report) == ready.model_copy(update={"download_url": (await find(report)).download_url})
    assert [r["after"] for r in await outbox(store) if r.get("action") == "reporting:report:generate"] == [
        f"sha256:{ready.sha256}"
    ]


async def test_a_long_making_keeps_its_lease(
    happened, at_once, ask: Ask, find: Find, store: Store, monkeypatch
) -> None:
    store.settings = store.settings.model_copy(update={"lease_s": 0.3})
    started, resume = asyncio.Event(), asyncio.Event()

    async def slow(*args: object) -> bytes:
        started.set()
        await resume.wait()
        return b"a long report"

    monkeypatch.setattr(process, "render", slow)
    report = await ask()
    making = asyncio.create_task(Maker(store).make_next())
    await asyncio.wait_for(started.wait(), 10)
    held = await store.reports.get({"_id": report.id})
    assert held is not None
    async with asyncio.timeout(10):
        while (now := await store.reports.get({"_id": report.id})) and now["leaseUntil"] <= held["leaseUntil"]:
            await asyncio.sleep(0.02)
    assert not await Maker(store).make_next()
    resume.set()
    assert await making
    assert (await find(report)).status == "READY"


async def test_a_maker_that_is_stopped_gives_the_report_back_at_once(
    happened, at_once, ask: Ask, made, find: Find, store: Store, monkeypatch
) -> None:
    started = asyncio.Event()

    async def endless(*args: object) -> bytes:
        started.set()
        await asyncio.Event().wait()
        return b""

    report = await ask()
    with monkeypatch.context() as patched:
        patched.setattr(process, "render", endless)
        making = asyncio.create_task(Maker(store).make_next())
        await asyncio.wait_for(started.wait(), 10)
        making.cancel()
        await asyncio.gather(making, return_exceptions=True)
    assert (await find(report)).status == "QUEUED"
    assert await Maker(store).make_next()
    assert (await find(report)).status == "READY"


async def test_a_report_that_fails_thrice_says_why_and_lets_the_next_pass(
    happened, at_once, ask: Ask, made, find: Find, maker: Maker, store: Store, monkeypatch
) -> None:
    report = await ask()

    async def full(*args: object) -> None:
        raise Refused("storage_full", "The object store has no room left.")

    with monkeypatch.context() as patched:
        patched.setattr(store.objects, "put", full)
        async with asyncio.timeout(20):
            while (await find(report)).status != "FAILED":
                await maker.make_next()
                await asyncio.sleep(0.05)
    assert (await find(report)).failure == "storage_full"
    entries = [r for r in await outbox(store) if r.get("action") == "reporting:report:generate"]
    assert [(e["outcome"], e["reason"], e["after"]) for e in entries] == [("failed", "storage_full", "")]
    again = await ask()
    await made()
    assert (await find(again)).status == "READY"


async def test_a_store_that_is_away_costs_no_attempt(
    happened, at_once, ask: Ask, made, find: Find, store, monkeypatch
) -> None:
    report = await ask()

    async def away(*args: object) -> None:
        raise Unavailable("The object store does not answer.")

    with monkeypatch.context() as patched:
        patched.setattr(store.objects, "put", away)
        with pytest.raises(Unavailable):
            await Maker(store).make_next()
    kept = await store.reports.get({"_id": report.id})
    assert (kept["status"], kept["attempts"]) == ("QUEUED", 0)
    await made()
    assert (await find(report)).status == "READY"


async def test_figures_that_no_row_bears_out_make_no_report(
    happened, at_once, ask: Ask, find: Find, maker: Maker, store: Store
) -> None:
    await store.handovers.delete({"_id": (await store.handovers.get({}))["_id"]})
    report = await ask()
    async with asyncio.timeout(20):
        while (await find(report)).status != "FAILED":
            await maker.make_next()
            await asyncio.sleep(0.05)
    assert (await find(report)).failure == "figures_disagree"


@pytest.mark.parametrize("template", ["RECONCILIATION", "CASES", "BAST"])
async def test_a_template_that_cannot_be_made_yet_names_those_that_can(
    template: str, happened, at_once, ask: Ask
) -> None:
    with pytest.raises(Refused, match="DAILY, WEEKLY, FINAL") as refused:
        await ask(template)
    assert (refused.value.code, refused.value.field) == ("template_not_available", "template")


async def test_what_cannot_be_asked(happened, at_once, ask: Ask) -> None:
    with pytest.raises(Refused) as reversed_period:
        await ask(since="2026-11-21", until="2026-11-20")
    assert reversed_period.value.code == "period_reversed"
    with pytest.raises(Refused) as outside:
        await ask(area="32.75.04")
    assert outside.value.code == "area_outside_round"
    with pytest.raises(Forbidden):
        await ask(area="33")
    with pytest.raises(Forbidden):
        await ask(area="32")
    with pytest.raises(NotYet):
        await ask(round_id="rnd_2")


async def test_reports_are_seen_only_where_one_may_see(happened, at_once, ask: Ask, store: Store, person) -> None:
    report = await ask()
    own = await ask(area=VILLAGE)
    both = GetReports(ids=(report.id, own.id))

    async def seen(**roles: str) -> list[str]:
        return [r.id for r in (await queries.get_reports(store, person("Wati", **roles), both)).nodes]

    assert await seen(SUPERVISOR="32") == [report.id, own.id]
    assert await seen(SUPERVISOR=VILLAGE) == [own.id]
    assert await seen(SUPERVISOR="32.75.04") == []
    with pytest.raises(Forbidden):
        await seen(OFFICER="32")
