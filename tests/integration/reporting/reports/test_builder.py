import asyncio

import pytest

from amanah.contracts.buckets import REPORTS as BUCKET
from amanah.contracts.errors import Refused, Unavailable
from amanah.runtime.jobs import Job
from services.reporting.figures.documents import HANDOVERS
from services.reporting.reports.builder import ReportBuilder
from services.reporting.reports.documents import REPORTS
from services.reporting.reports.rendering import process
from services.reporting.store import Store
from tests.integration.reporting.conftest import Ask, Find, MakeHandover, Publish, Recorded, Run
from tests.waiting import eventually


async def test_a_report_waits_for_what_was_on_the_bus_when_it_was_asked_for(
    happened: None,
    at_once: None,
    ask: Ask,
    made: Run,
    find: Find,
    publish: Publish,
    counted: Run,
    handover: MakeHandover,
    builder: ReportBuilder,
    store: Store,
) -> None:
    await publish(handover())
    report = await ask()
    assert not await builder.build_next()
    assert (await find(report)).status == "QUEUED"
    await counted()
    await made()
    kept = await store[REPORTS].get({"_id": report.id})
    assert kept is not None
    file = await store.objects.get(BUCKET, kept["object"])
    assert sum(line.startswith(b"hov_") for line in file.split(b"\r\n")) == 7


async def test_a_report_whose_maker_was_killed_is_made_by_another(
    happened: None, at_once: None, ask: Ask, made: Run, find: Find, builder: ReportBuilder, store: Store
) -> None:
    store.settings = store.settings.model_copy(update={"lease_s": 0.5})
    report = await ask()
    assert await builder._claim() is not None  # and the process is gone
    assert (await find(report)).status == "RUNNING"
    assert not await ReportBuilder(store).build_next(), "the lease still holds"
    await made()
    assert (await find(report)).status == "READY"


async def test_a_maker_that_lost_its_lease_changes_nothing(
    recorded: Recorded,
    happened: None,
    at_once: None,
    ask: Ask,
    made: Run,
    find: Find,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store.settings = store.settings.model_copy(update={"lease_s": 0.5})
    render, started, resume = process.render, asyncio.Event(), asyncio.Event()

    async def slow(*args: object) -> bytes:
        started.set()
        await resume.wait()
        return b"what the late twin made"

    async def silent(self: Job) -> None:
        await asyncio.Event().wait()

    report = await ask()
    with monkeypatch.context() as patched:
        patched.setattr(process, "render", slow)
        patched.setattr(Job, "_beat", silent)  # as when its process is paused
        late = asyncio.create_task(ReportBuilder(store).build_next())
        await asyncio.wait_for(started.wait(), 10)
        patched.setattr(process, "render", render)
        await made()
        ready = await find(report)
        resume.set()
        assert await late is False
    assert await find(report) == ready
    assert [r["after"] for r in await recorded() if r.get("action") == "reporting:report:generate"] == [
        f"sha256:{ready.sha256}"
    ]


async def test_a_long_making_keeps_its_lease(
    happened: None, at_once: None, ask: Ask, find: Find, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.settings = store.settings.model_copy(update={"lease_s": 0.3})
    started, resume = asyncio.Event(), asyncio.Event()

    async def slow(*args: object) -> bytes:
        started.set()
        await resume.wait()
        return b"a long report"

    monkeypatch.setattr(process, "render", slow)
    report = await ask()
    making = asyncio.create_task(ReportBuilder(store).build_next())
    await asyncio.wait_for(started.wait(), 10)
    held = await store[REPORTS].get({"_id": report.id})
    assert held is not None
    await eventually(lambda: store[REPORTS].count({"_id": report.id, "leaseUntil": {"$gt": held["leaseUntil"]}}), 10)
    assert not await ReportBuilder(store).build_next()
    resume.set()
    assert await making
    assert (await find(report)).status == "READY"


async def test_a_maker_that_is_stopped_gives_the_report_back_at_once(
    happened: None, at_once: None, ask: Ask, made: Run, find: Find, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = asyncio.Event()

    async def endless(*args: object) -> bytes:
        started.set()
        await asyncio.Event().wait()
        return b""

    report = await ask()
    with monkeypatch.context() as patched:
        patched.setattr(process, "render", endless)
        making = asyncio.create_task(ReportBuilder(store).build_next())
        await asyncio.wait_for(started.wait(), 10)
        making.cancel()
        await asyncio.gather(making, return_exceptions=True)
    assert (await find(report)).status == "QUEUED"
    assert await ReportBuilder(store).build_next()
    assert (await find(report)).status == "READY"


async def test_a_report_that_fails_thrice_says_why_and_lets_the_next_pass(
    recorded: Recorded,
    happened: None,
    at_once: None,
    ask: Ask,
    made: Run,
    find: Find,
    builder: ReportBuilder,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report = await ask()

    async def full(*args: object) -> None:
        raise Refused("storage_full")

    async def given_up() -> bool:
        await builder.build_next()
        return (await find(report)).status == "FAILED"

    with monkeypatch.context() as patched:
        patched.setattr(store.objects, "put", full)
        await eventually(given_up, 20)
    assert (await find(report)).failure == "storage_full"
    entries = [r for r in await recorded() if r.get("action") == "reporting:report:generate"]
    assert [(e["outcome"], e["reason"], e["after"]) for e in entries] == [("failed", "storage_full", "")]
    again = await ask()
    await made()
    assert (await find(again)).status == "READY"


async def test_a_store_that_is_away_costs_no_attempt(
    happened: None, at_once: None, ask: Ask, made: Run, find: Find, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = await ask()

    async def away(*args: object) -> None:
        raise Unavailable("unavailable.objects")

    with monkeypatch.context() as patched:
        patched.setattr(store.objects, "put", away)
        with pytest.raises(Unavailable):
            await ReportBuilder(store).build_next()
    kept = await store[REPORTS].get({"_id": report.id})
    assert kept
    assert (kept["status"], kept["attempts"]) == ("QUEUED", 0)
    await made()
    assert (await find(report)).status == "READY"


async def test_figures_that_no_row_bears_out_make_no_report(
    happened: None, at_once: None, ask: Ask, find: Find, builder: ReportBuilder, store: Store
) -> None:
    counted = await store[HANDOVERS].get({})
    assert counted
    await store[HANDOVERS].delete({"_id": counted["_id"]})
    report = await ask()

    async def given_up() -> bool:
        await builder.build_next()
        return (await find(report)).status == "FAILED"

    await eventually(given_up, 20)
    assert (await find(report)).failure == "figures_disagree"
