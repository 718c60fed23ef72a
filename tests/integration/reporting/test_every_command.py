"""Every command of reporting leaves its entry."""

from typing import Any

from amanah.contracts.actor import Actor
from amanah.contracts.reporting import GenerateReport
from services.reporting.api import HANDLERS
from services.reporting.store import Store


async def test_every_command_leaves_its_entry(store: Store, happened: None, sri: Actor, walk: Any) -> None:
    step = walk("reporting", HANDLERS, store, store.outbox)
    ask = GenerateReport(template="FINAL", format="CSV", round_id="rnd_1", area="32.75.03")
    await step(ask, sri, "report:request", authority="SK 460/12/2026")
    assert step.left() == []


async def test_the_address_of_a_file_is_handed_out_on_the_trail(
    store: Store, happened: None, ask: Any, made: Any, find: Any, recorded: Any, sri: Actor
) -> None:
    report = await ask(format="CSV")
    await find(report)
    assert "reporting:report:open" not in [e.get("action") for e in await recorded()], "there is no file yet"
    await made()
    assert (await find(report)).download_url
    (entry,) = [e for e in await recorded() if e.get("action") == "reporting:report:open"]
    assert (entry["actor"]["id"], entry["subject"]) == (sri.id, {"type": "Report", "id": report.id})
