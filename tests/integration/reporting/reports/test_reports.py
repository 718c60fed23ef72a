import asyncio
import hashlib
from collections.abc import Callable
from urllib.request import urlopen

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.buckets import REPORTS as BUCKET
from amanah.contracts.errors import Forbidden, NotFound, NotYet, Refused
from amanah.contracts.ids import new_id
from amanah.contracts.reports import GenerateReport, GetReports, ListReports, ReportByHash, VerifyReport
from services.reporting.reports import commands, queries
from services.reporting.reports.documents import REPORTS
from services.reporting.store import Store
from tests.integration.reporting.conftest import Ask, Find, Links, MakeHandover, Publish, Recorded, Run

ROUND, DISTRICT, VILLAGE = "rnd_1", "32.75.03", "32.75.03.1001"


@pytest.mark.parametrize(("kind", "begins"), [("PDF", b"%PDF-1.7"), ("XLSX", b"PK"), ("CSV", b"# Laporan Akhir")])
async def test_a_report_becomes_a_file_whose_hash_is_recorded(
    recorded: Recorded,
    kind: str,
    begins: bytes,
    store: Store,
    happened: None,
    ask: Ask,
    made: Run,
    find: Find,
    links: Links,
    sri: Actor,
) -> None:
    queued = await ask(format=kind)
    assert (queued.status, queued.sha256) == ("QUEUED", None)
    assert queued.title == "Laporan Akhir Penyaluran Bantuan – Tahap I – Bekasi Utara"
    await made()
    ready = await find(queued)
    assert (ready.status, ready.template, ready.format, ready.failure) == ("READY", "FINAL", kind, None)
    with await asyncio.to_thread(urlopen, (await links(ready))[ready.id]) as response:
        file = response.read()
    assert file.startswith(begins)
    assert (len(file), hashlib.sha256(file).hexdigest()) == (ready.size, ready.sha256)
    found = await recorded()
    entry = next(r for r in found if r.get("action") == "reporting:report:generate")
    assert entry["after"] == f"sha256:{ready.sha256}"
    assert entry["subject"] == {"type": "Report", "id": ready.id}
    assert entry["authority"] == "SK 460/12/2026"
    assert entry["area"] == DISTRICT
    assert entry["actor"]["id"] == sri.id
    event = next(r for r in found if r.get("report_id") == ready.id and "sha256" in r)
    assert (event["sha256"], event["size"]) == (ready.sha256, ready.size)


async def test_anyone_can_check_a_report_by_its_id_and_by_the_number_on_it(
    store: Store, happened: None, at_once: None, ask: Ask, made: Run, find: Find, person: Callable[..., Actor]
) -> None:
    queued = await ask(format="PDF")
    nobody = person("anybody")
    with pytest.raises(NotFound):
        await queries.verify_report(store, nobody, VerifyReport(id=queued.id))
    await made()
    ready = await find(queued)
    kept = await store[REPORTS].get({"_id": queued.id})
    assert kept is not None
    for named in (queued.id, kept["number"]):
        found = await queries.verify_report(store, nobody, VerifyReport(id=named))
        assert (found.id, found.sha256, found.size, found.area) == (ready.id, ready.sha256, ready.size, DISTRICT)


async def test_an_auditor_finds_a_report_by_the_hash_of_its_file(
    store: Store, happened: None, at_once: None, ask: Ask, made: Run, find: Find, person: Callable[..., Actor]
) -> None:
    first, second = [await ask(format="PDF") for _ in range(2)]
    await made()
    await made()
    ready = await find(second)
    assert ready.sha256 is not None
    ask_for = ReportByHash(sha256=ready.sha256)
    found = await queries.report_by_hash(store, person("Aud", AUDITOR=DISTRICT), ask_for)
    assert [report.id for report in found.nodes] == [second.id, first.id]
    assert found.nodes[0] == ready
    assert not (await queries.report_by_hash(store, person("Aud", AUDITOR="32.01"), ask_for)).nodes
    assert not (await queries.report_by_hash(store, person("Aud", AUDITOR="32"), ReportByHash(sha256="0" * 64))).nodes


async def test_the_same_position_gives_the_same_bytes_and_the_next_others(
    store: Store,
    happened: None,
    at_once: None,
    ask: Ask,
    made: Run,
    find: Find,
    publish: Publish,
    counted: Run,
    handover: MakeHandover,
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
    happened: None,
    at_once: None,
    ask: Ask,
    made: Run,
    find: Find,
) -> None:
    report = await ask(template, **dates)
    await made()
    ready = await find(report)
    assert ready.status == "READY"
    kept = await store[REPORTS].get({"_id": report.id})
    assert kept is not None
    file = await store.objects.get(BUCKET, kept["object"])
    listed = [line for line in file.split(b"\r\n") if line.startswith(b"hov_")]
    assert len(listed) == rows


async def test_a_village_and_the_nation_use_the_same_figures(
    happened: None, at_once: None, ask: Ask, made: Run, find: Find, store: Store, person: Callable[..., Actor]
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


@pytest.mark.parametrize("template", ["RECONCILIATION", "CASES", "BAST"])
@pytest.mark.parametrize("kind", ["PDF", "XLSX", "CSV"])
async def test_every_template_can_be_made_in_every_format(
    template: str, kind: str, happened: None, at_once: None, ask: Ask, made: Run, find: Find
) -> None:
    first, second = await ask(template, kind), await ask(template, kind)
    for _ in range(2):
        await made()
    ready = await find(first)
    assert ready.status == "READY"
    assert ready.sha256 == (await find(second)).sha256


async def test_what_cannot_be_asked(happened: None, at_once: None, ask: Ask) -> None:
    with pytest.raises(Refused) as reversed_period:
        await ask(since="2026-11-21", until="2026-11-20")
    assert reversed_period.value.code == "period_reversed"
    with pytest.raises(Refused) as dated:
        await ask("RECONCILIATION", since="2026-11-21")
    assert (dated.value.code, dated.value.field) == ("period_not_taken", "from")
    with pytest.raises(Refused) as outside:
        await ask(area="32.75.04")
    assert outside.value.code == "area_outside_round"
    with pytest.raises(Forbidden):
        await ask(area="33")
    with pytest.raises(Forbidden):
        await ask(area="32")
    with pytest.raises(NotYet):
        await ask(round_id=new_id("rnd"))
    for old in ("rnd_2", "rnd_01m85y3ts20002kjfbcja7cea8"):
        with pytest.raises(Refused) as unknown:
            await ask(round_id=old)
        assert (unknown.value.code, unknown.value.field) == ("round_unknown", "roundId")


async def test_reports_are_seen_only_where_one_may_see(
    happened: None, at_once: None, ask: Ask, store: Store, person: Callable[..., Actor]
) -> None:
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


async def test_files_are_handed_out_where_one_may_see(
    happened: None, at_once: None, ask: Ask, made: Run, links: Links, person: Callable[..., Actor]
) -> None:
    report = await ask()
    own = await ask(area=VILLAGE)
    for _ in range(2):
        await made()
    assert set(await links(report, own, by=person("Wati", SUPERVISOR="32"))) == {report.id, own.id}
    assert set(await links(report, own, by=person("Wati", SUPERVISOR=VILLAGE))) == {own.id}
    assert await links(report, own, by=person("Wati", SUPERVISOR="32.75.04")) == {}
    with pytest.raises(Forbidden):
        await links(report, by=person("Wati", OFFICER="32"))


async def test_reports_are_listed_where_one_may_see(
    happened: None, at_once: None, ask: Ask, store: Store, person: Callable[..., Actor]
) -> None:
    report = await ask()
    own = await ask(area=VILLAGE)

    async def listed(round_id: str | None = None, **roles: str) -> list[str]:
        seen: list[str] = []
        after, more = None, True
        while more:
            page = await queries.list_reports(
                store, person("Wati", **roles), ListReports(round_id=round_id, first=1, after=after)
            )
            seen += [r.id for r in page.nodes]
            more, after = page.more, page.cursors[-1] if page.cursors else None
        assert page.total == len(seen)
        return seen

    assert await listed(SUPERVISOR="32") == [own.id, report.id]
    assert await listed(own.round_id, AUDITOR="ID") == [own.id, report.id]
    assert await listed("rnd_2", SUPERVISOR="32") == []
    assert await listed(SUPERVISOR=VILLAGE) == [own.id]
    assert await listed(SUPERVISOR="32.75.04") == []
    with pytest.raises(Forbidden):
        await listed(OFFICER="32")
