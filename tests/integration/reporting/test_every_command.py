"""Every command of reporting leaves its entry."""

from typing import Any

from amanah.contracts.actor import Actor
from amanah.contracts.reports import GenerateReport, GetReportLinks, ListReports
from services.reporting.api import HANDLERS
from services.reporting.reports.queries import list_reports
from services.reporting.store import Store
from tests.integration.conftest import Walk
from tests.integration.reporting.conftest import Ask, Find, Links, Recorded, Run


async def test_every_command_leaves_its_entry(
    store: Store, happened: None, made: Run, sri: Actor, walk: type[Walk]
) -> None:
    step = walk("reporting", HANDLERS, store, store.outbox)
    ask = GenerateReport(template="FINAL", format="CSV", round_id="rnd_1", area="32.75.03")
    report = await step(ask, sri, "report:request", authority="SK 460/12/2026")
    await made()
    await step(GetReportLinks(ids=(report.id,)), sri, "report:open")
    assert step.left() == []


async def test_the_addresses_of_files_are_handed_out_on_the_trail(
    store: Store, happened: None, ask: Ask, made: Run, find: Find, links: Links, recorded: Recorded, sri: Actor
) -> None:
    async def opened() -> list[dict[str, Any]]:
        return [e for e in await recorded() if e.get("action") == "reporting:report:open"]

    first, second, queued = await ask(format="CSV"), await ask(format="CSV"), await ask(format="CSV")
    assert await links(first) == {}, "there is no file yet"
    for _ in range(2):
        await made()
    assert (await find(first)).status == "READY"
    assert len((await list_reports(store, sri, ListReports())).nodes) == 3
    assert await opened() == [], "who looks whether it is ready is handed no file"
    assert set(await links(second, queued, first)) == {first.id, second.id}
    (entry,) = await opened()
    assert entry["actor"]["id"] == sri.id
    named = [entry["subject"], *entry["concerns"]]
    assert sorted(each["id"] for each in named) == sorted((first.id, second.id))
    assert {each["type"] for each in named} == {"Report"}
