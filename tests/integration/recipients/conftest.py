import asyncio
import hashlib
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.area_table import area_table
from amanah.contracts.imports import ApproveImport, CreateListUpload, ImportRecipients
from amanah.contracts.uploads import UploadPurpose
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.crypto import Keyring
from amanah.runtime.mongo import Database
from amanah.runtime.objects import Objects
from amanah.runtime.uploads import Uploads
from services.recipients.api import prepare
from services.recipients.imports.commands import approve_import, create_list_upload, import_recipients
from services.recipients.imports.documents import IMPORTS, ImportDocument
from services.recipients.imports.importer import Importer
from services.recipients.imports.spreadsheet.formats import load
from services.recipients.imports.spreadsheet.sheet import Sheet
from services.recipients.settings import RecipientsSettings
from services.recipients.store import Store
from tests.integration.recipients.lists import (
    Apply,
    Import,
    MakePerson,
    MakeRow,
    Upload,
    WriteFile,
    make_row,
    write_csv,
    write_xlsx,
)


@pytest.fixture
def real_reader() -> None:
    """For tests of reading itself; see `read_here`."""


@pytest.fixture(autouse=True)
def read_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads lists in this process, since starting a child takes a second; not for tests that use `real_reader`."""
    if "real_reader" in request.fixturenames:
        return

    async def read(source: Path, *, memory: int) -> Sheet:
        header, rows = load(source)
        rows.write_ipc(source.with_suffix(".rows"))
        return Sheet(header, rows.height, source.with_suffix(".rows"))

    monkeypatch.setattr("services.recipients.imports.spreadsheet.reader.read", read)


@pytest.fixture
async def store(db: Database, objects: Objects, keys: Keyring) -> Store:
    """The recipients service's store, with small batches and short leases."""
    made = Store(
        db=db, objects=objects, keys=keys, outbox=Outbox(db, "recipients"), uploads=Uploads(db, objects),
        areas=area_table(), settings=RecipientsSettings(batch_rows=5, lease_s=0.3, reader_memory_mb=2048),
    )  # fmt: skip
    await prepare(made)
    return made


@pytest.fixture
def row() -> MakeRow:
    return make_row


@pytest.fixture
def xlsx() -> WriteFile:
    return write_xlsx


@pytest.fixture
def csv() -> WriteFile:
    return write_csv


@pytest.fixture
def registrar(person: MakePerson) -> Actor:
    return person("Sari", REGISTRAR="32.75")


@pytest.fixture
def approver(person: MakePerson) -> Actor:
    return person("Budi", APPROVER="32.75", AUDITOR="32.75")


@pytest.fixture
def uploaded(store: Store) -> Upload:
    """Uploads a list as a client does; returns the upload's id."""

    async def upload(actor: Actor, content: bytes) -> str:
        ask = CreateListUpload(
            purpose=UploadPurpose.RECIPIENT_LIST, filename="list", content_type="application/octet-stream",
            size=max(1, len(content)), sha256=hashlib.sha256(content).hexdigest(),
        )  # fmt: skip
        made = await create_list_upload(store, actor, ask)
        headers = {h.name: h.value for h in made.headers}
        put = urllib.request.Request(made.url, data=content, method=made.method, headers=headers)
        await asyncio.to_thread(_send(put))
        return made.id

    return upload


def _send(request: urllib.request.Request) -> Callable[[], None]:
    def send() -> None:
        with urllib.request.urlopen(request, timeout=10) as response:
            assert response.status in (200, 204)

    return send


async def _stored(store: Store, import_id: str) -> ImportDocument:
    found = await store[IMPORTS].get({"_id": import_id})
    assert found is not None
    return found


@pytest.fixture
def imported(store: Store, uploaded: Upload) -> Import:
    """Uploads and imports a list until it is staged or failed; returns the stored import."""

    async def run(actor: Actor, content: bytes) -> ImportDocument:
        upload_id = await uploaded(actor, content)
        view = await import_recipients(store, actor, ImportRecipients(upload_id=upload_id, source="Dinsos"))
        assert view.status == "RUNNING"
        assert await Importer(store).work()
        return await _stored(store, view.id)

    return run


@pytest.fixture
def applied(store: Store, imported: Import) -> Apply:
    """Imports a list and has it approved and applied; returns the stored import."""

    async def run(registrar: Actor, approver: Actor, content: bytes) -> ImportDocument:
        document = await imported(registrar, content)
        assert document["status"] == "STAGED", document["failureMessage"]
        view = await approve_import(store, approver, ApproveImport(import_id=document["_id"]))
        assert view.status == "APPLYING"
        assert await Importer(store).work()
        return await _stored(store, document["_id"])

    return run
