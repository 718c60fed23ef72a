import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from amanah.cli.issuer import LocalIssuer
from amanah.contracts.actor import Actor
from amanah.contracts.errors import Forbidden, NotFound
from amanah.contracts.figures import GetProgress
from amanah.contracts.message import Event
from amanah.contracts.reports import GenerateReport, GetReports, ReportView, VerifyReport
from amanah.runtime.bus.local import LocalBus
from amanah.runtime.crypto import Keyring
from amanah.runtime.identity import CallSigner, Verifier
from amanah.runtime.mongo import Database
from amanah.runtime.objects import Objects
from amanah.runtime.rpc import Client, InProcessTransport
from amanah.runtime.service import Runtime, Service
from amanah.runtime.settings import Settings
from services.reporting.app import build
from tests.integration.reporting.conftest import MakeHandover, Publish
from tests.waiting import eventually

AREA = "32.75.03"


@pytest.fixture
async def service(
    database: Callable[[str], Database],
    objects: Objects,
    bus: LocalBus,
    keys: Keyring,
    stores: Settings,
    tmp_path: Path,
) -> AsyncIterator[Service]:
    issuer = LocalIssuer(tmp_path, "trial", "amanah")
    runtime = Runtime(
        settings=stores,
        database=database,
        objects=objects,
        bus=bus,
        keys=keys,
        signer=CallSigner("s" * 32),
        verifier=Verifier(issuer.jwks(), "trial", "amanah"),
    )
    made = build(runtime)
    async with made.running():
        yield made


@pytest.fixture
def client(service: Service) -> Client:
    return Client({"reporting": InProcessTransport(service.mounted())}, CallSigner("s" * 32))


async def test_from_an_event_to_a_report_that_can_be_checked(
    service: Service,
    client: Client,
    publish: Publish,
    opened: Sequence[Event],
    handover: MakeHandover,
    person: Callable[..., Actor],
) -> None:
    sri = person("Sri", SUPERVISOR="32.75")
    await publish(*opened, handover(0), handover(1))

    async def both_delivered() -> bool:
        try:
            return (await client.call(GetProgress(round_id="rnd_1"), sri)).delivered == 2
        except NotFound:
            return False  # The round is old by its id; the news of it is not here yet.

    await eventually(both_delivered, every=0.05)
    # Asked for before the last handover is counted: the report has it all the same.
    await publish(handover(1))
    asked = GenerateReport(template="FINAL", format="PDF", round_id="rnd_1", area=AREA)
    queued: ReportView = await client.call(asked, sri)

    async def ended() -> ReportView | None:
        (found,) = (await client.call(GetReports(ids=(queued.id,)), sri)).nodes
        return found if found.status in ("READY", "FAILED") else None

    report = await eventually(ended, 60, every=0.1)
    assert report.failure is None
    assert report.as_of is not None
    checked = await client.call(VerifyReport(id=report.id), person("anybody"))
    assert checked.sha256 == report.sha256
    assert (await client.call(GetProgress(round_id="rnd_1"), sri)).delivered == 3
    assert service.troubles() == []


async def test_a_denial_is_recorded(client: Client, bus: LocalBus, person: Callable[..., Actor]) -> None:
    trail = await bus.subscribe(["audit.entries.v1"], group=None)
    asked = GenerateReport(template="FINAL", format="PDF", round_id="rnd_1", area=AREA)
    budi = person("Budi", OFFICER=AREA)
    with pytest.raises(Forbidden):
        await client.call(asked, budi)
    entries: list[Any] = []
    async with asyncio.timeout(20):
        while not entries:
            read = [orjson.loads(message.value) for message in await trail.poll()]
            entries += [entry for entry in read if entry["actor"]["id"] == budi.id]
    await trail.close()
    (entry,) = entries
    assert (entry["action"], entry["outcome"]) == ("access:request:deny", "denied")
    assert entry["subject"] == {"type": "Request", "id": "reporting.generate_report"}
