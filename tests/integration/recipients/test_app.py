"""The wired service: called as the gateway calls it, with its worker and its events on the bus."""

import asyncio
import hashlib
import json
import urllib.request
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from amanah.cli.issuer import LocalIssuer
from amanah.contracts.actor import Actor
from amanah.contracts.errors import Forbidden, Refused
from amanah.contracts.ids import new_id
from amanah.contracts.imports import (
    ApproveImport,
    CreateListUpload,
    GetImports,
    ImportApplied,
    ImportRecipients,
    ImportStatus,
    ImportView,
)
from amanah.contracts.register import ListRecipients
from amanah.contracts.rosters import ApproveRoster, ProposeRoster, RosterApproved
from amanah.contracts.topics import AUDIT_ENTRIES, RECIPIENTS
from amanah.contracts.uploads import UploadPurpose
from amanah.runtime.bus.bus import Start, Subscription
from amanah.runtime.bus.local import LocalBus
from amanah.runtime.crypto import Keyring
from amanah.runtime.identity import CallSigner, Verifier
from amanah.runtime.mongo import Database
from amanah.runtime.objects import Objects
from amanah.runtime.rpc import Client, InProcessTransport
from amanah.runtime.service import Runtime, Service
from amanah.runtime.settings import Settings
from services.recipients import app
from tests.integration.recipients.lists import MakePerson, MakeRow, WriteFile
from tests.waiting import eventually

SECRET = "s" * 32


@pytest.fixture
async def service(
    stores: Settings, db: Database, objects: Objects, keys: Keyring, bus: LocalBus, tmp_path: Path
) -> AsyncIterator[Service]:
    issuer = LocalIssuer(tmp_path / "keys", "amanah-trial", "amanah")
    runtime = Runtime(
        settings=stores,
        database=lambda _: db,
        objects=objects,
        bus=bus,
        keys=keys,
        signer=CallSigner(SECRET),
        verifier=Verifier(issuer.jwks(), "amanah-trial", "amanah"),
    )
    built = app.build(runtime)
    async with built.running():
        yield built


@pytest.fixture
def client(service: Service) -> Client:
    return Client({"recipients": InProcessTransport(service.mounted())}, CallSigner(SECRET))


async def consumed(follower: Subscription, wanted: Callable[[list[Any]], bool]) -> list[Any]:
    """Messages of the bus (type and value), until they fit the condition."""
    seen: list[Any] = []
    async with asyncio.timeout(30):
        while not wanted(seen):
            seen += [(m.header("ce_type"), json.loads(m.value)) for m in await follower.poll(timeout=0.2)]
    await follower.close()
    return seen


async def reached(client: Client, viewer: Actor, import_id: str, status: ImportStatus) -> ImportView:
    """The import once it has the status."""

    async def find() -> ImportView | None:
        view = (await client.call(GetImports(ids=(import_id,)), viewer)).nodes[0]
        return view if view.status is status else None

    found: ImportView | None = await eventually(find, every=0.05)
    assert found is not None
    return found


async def upload(client: Client, registrar: Actor, content: bytes) -> str:
    made = await client.call(
        CreateListUpload(
            purpose=UploadPurpose.RECIPIENT_LIST,
            filename="penerima.csv",
            content_type="text/csv",
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        ),
        registrar,
    )
    headers = {h.name: h.value for h in made.headers}
    put = urllib.request.Request(made.url, data=content, method=made.method, headers=headers)
    await asyncio.to_thread(lambda: urllib.request.urlopen(put, timeout=10).close())
    return made.id


@pytest.mark.usefixtures("real_reader")
async def test_from_a_list_to_an_approved_roster(
    service: Service, client: Client, bus: LocalBus, registrar: Actor, approver: Actor, row: MakeRow, csv: WriteFile
) -> None:
    follower = await bus.subscribe([RECIPIENTS.name], group=None, start=Start.EARLIEST)
    content = csv([row(i) for i in range(12)] + [row(12, NIK="3.27503E+15")])
    started = await client.call(
        ImportRecipients(upload_id=await upload(client, registrar, content), source="Dinsos"), registrar
    )
    staged = await reached(client, registrar, started.id, ImportStatus.STAGED)
    assert (staged.rows_total, staged.rows_accepted, staged.rows_rejected) == (13, 12, 1)
    await client.call(ApproveImport(import_id=started.id), approver)
    await reached(client, approver, started.id, ImportStatus.APPLIED)
    page = await client.call(ListRecipients(first=5), approver)
    assert (page.total, len(page.nodes), page.more) == (12, 5, True)
    roster = await client.call(ProposeRoster(program_id=new_id("prg"), period="2026-11", area="32.75"), registrar)
    approved = await client.call(ApproveRoster(roster_id=roster.id, decree="SK 1"), approver)

    events = await consumed(follower, lambda seen: any(kind == RosterApproved.type for kind, _ in seen))
    values = dict(events)
    assert values[RosterApproved.type]["hash"] == approved.hash
    assert values[ImportApplied.type]["recipients"] == 12
    assert len(events) == 6  # started, staged, approved, applied; proposed, approved
    assert service.troubles() == []


async def test_refusals_and_denials_reach_the_caller_and_the_audit_trail(
    client: Client, bus: LocalBus, registrar: Actor, person: MakePerson
) -> None:
    with pytest.raises(Refused) as refused:
        await client.call(ImportRecipients(upload_id="upl_unknown", source="Dinsos"), registrar)
    assert (refused.value.code, refused.value.field) == ("upload_unknown", "uploadId")
    with pytest.raises(Forbidden):
        await client.call(ListRecipients(), person("Wati", LOGISTICS="32"))
    follower = await bus.subscribe([AUDIT_ENTRIES.name], group=None, start=Start.EARLIEST)

    def of_people(seen: list[Any]) -> list[Any]:
        return [entry for _, entry in seen if entry["actor"]["role"] != "SYSTEM"]

    entries = of_people(await consumed(follower, lambda seen: len(of_people(seen)) > 1))
    assert [(e["action"], e["outcome"], e["reason"], e["subject"]["id"]) for e in entries] == [
        ("access:request:refuse", "refused", "upload_unknown", "recipients.import_recipients"),
        ("access:request:deny", "denied", "forbidden", "recipients.list_recipients"),
    ]
