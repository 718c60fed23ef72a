import hashlib
import io
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from amanah.contracts.actor import Actor
from amanah.contracts.area_table import area_table
from amanah.contracts.imports import ApproveImport, CreateListUpload, ImportRecipients, ImportView
from amanah.contracts.uploads import UploadPurpose
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.crypto import Keyring
from amanah.runtime.mongo import Database
from amanah.runtime.objects import Objects
from amanah.runtime.tables import Document
from amanah.runtime.uploads import Uploads
from services.recipients.imports.commands import approve_import, create_list_upload, import_recipients
from services.recipients.imports.importer import Importer
from services.recipients.imports.rules.places import Places
from services.recipients.imports.spreadsheet import Sheet
from services.recipients.imports.spreadsheet.formats import load
from services.recipients.settings import RecipientsSettings
from services.recipients.store import Store

HEADER = [
    "NO", "NIK", "NO KK", "NAMA", "TGL LAHIR", "JK", "ALAMAT", "RT", "RW", "DESA/KELURAHAN", "KECAMATAN", "KAB/KOTA",
    "PROVINSI", "NO HP", "LINTANG", "BUJUR", "JML ANGGOTA",
]  # fmt: skip
VILLAGES = {
    "32.75.03.1006": ("HARAPAN JAYA", "BEKASI UTARA", "KOTA BEKASI"),
    "32.75.04.1002": ("MARGAJAYA", "BEKASI SELATAN", "KOTA BEKASI"),
    "32.01.16.2013": ("SUKAMAJU", "CIBUNGBULANG", "KAB. BOGOR"),
}

Row = dict[str, Any]


@pytest.fixture(scope="session")
def every_place() -> Places:
    """The villages by name, made once."""
    return Places(area_table())


@pytest.fixture
def real_reader() -> None:
    """For tests of reading itself; see `read_here`."""


@pytest.fixture(autouse=True)
def read_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads lists in this process, since starting another one takes a second; not for those that ask for the real one."""
    if "real_reader" in request.fixturenames:
        return

    async def read(source: Path, *, memory: int) -> Sheet:
        header, rows = load(source)
        rows.write_ipc(source.with_suffix(".rows"))
        return Sheet(header, rows.height, source.with_suffix(".rows"))

    monkeypatch.setattr("services.recipients.imports.spreadsheet.read", read)


@pytest.fixture
async def store(db: Database, objects: Objects, keys: Keyring, every_place: Places) -> Store:
    """The recipients service's store, with small batches and impatient leases."""
    made = Store(
        db=db, objects=objects, keys=keys, outbox=Outbox(db, "recipients"), uploads=Uploads(db, objects),
        areas=area_table(), settings=RecipientsSettings(batch_rows=5, lease_s=0.3, reader_memory_mb=2048),
    )  # fmt: skip
    made.__dict__["places"] = every_place
    await made.prepare()
    return made


@pytest.fixture
def row() -> Callable[..., Row]:
    """Makes the n-th right row of a village's list, some cells changed: `row(3, **{"NAMA": "X"})`."""

    def make(n: int, area: str = "32.75.03.1006", **changes: Any) -> Row:
        village, district, regency = VILLAGES[area]
        return {
            "NO": str(n), "NIK": f"3275031203{n % 100:02}{n + 1:04}", "NO KK": f"327503010110{n + 1:04}",
            "NAMA": f"SITI AMINAH {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[n % 26]}", "TGL LAHIR": f"12/03/19{n % 100:02}",
            "JK": "L", "ALAMAT": "JL. MELATI", "RT": "003", "RW": "012", "DESA/KELURAHAN": village,
            "KECAMATAN": district, "KAB/KOTA": regency, "PROVINSI": "JAWA BARAT", "NO HP": "081234567890",
            "LINTANG": "-6.2012", "BUJUR": "107.0034", "JML ANGGOTA": "4",
        } | changes  # fmt: skip

    return make


@pytest.fixture
def xlsx() -> Callable[[list[Row]], bytes]:
    """A list as an office saves it from Excel: a title, then the header, then the rows."""

    def make(rows: list[Row]) -> bytes:
        data = io.BytesIO()
        with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
            sheet = book.add_worksheet("DATA")
            sheet.write(0, 0, "DAFTAR PENERIMA BANTUAN")
            for i, cells in enumerate([dict(zip(HEADER, HEADER, strict=True)), *rows], 2):
                for j, name in enumerate(HEADER):
                    if cells.get(name) is not None:
                        sheet.write(i, j, cells[name])
        return data.getvalue()

    return make


@pytest.fixture
def csv() -> Callable[[list[Row]], bytes]:
    """The same separated by semicolons in Windows-1252."""

    def make(rows: list[Row]) -> bytes:
        lines = [HEADER, *([str(cells.get(name) or "") for name in HEADER] for cells in rows)]
        return "\r\n".join(";".join(line) for line in lines).encode("cp1252")

    return make


@pytest.fixture
def registrar(person: Callable[..., Actor]) -> Actor:
    return person("Sari", REGISTRAR="32.75")


@pytest.fixture
def approver(person: Callable[..., Actor]) -> Actor:
    return person("Budi", APPROVER="32.75", AUDITOR="32.75")


@pytest.fixture
def uploaded(store: Store) -> Callable[[Actor, bytes], Awaitable[str]]:
    """Uploads a list as a client does; the upload's id."""

    async def upload(actor: Actor, content: bytes) -> str:
        ask = CreateListUpload(
            purpose=UploadPurpose.RECIPIENT_LIST, filename="list", content_type="application/octet-stream",
            size=max(1, len(content)), sha256=hashlib.sha256(content).hexdigest(),
        )  # fmt: skip
        made = await create_list_upload(store, actor, ask)
        headers = {h.name: h.value for h in made.headers}
        put = urllib.request.Request(made.url, data=content, method=made.method, headers=headers)
        with urllib.request.urlopen(put, timeout=10) as response:
            assert response.status in (200, 204)
        return made.id

    return upload


@pytest.fixture
def imported(
    store: Store, uploaded: Callable[[Actor, bytes], Awaitable[str]]
) -> Callable[[Actor, bytes], Awaitable[Document]]:
    """Uploads and imports a list until it is staged or failed; the import as it is stored."""

    async def run(actor: Actor, content: bytes) -> Document:
        upload_id = await uploaded(actor, content)
        view = await import_recipients(store, actor, ImportRecipients(upload_id=upload_id, source="Dinsos"))
        assert view.status == "RUNNING"
        assert await Importer(store).work()
        found = await store.imports.get({"_id": view.id})
        assert found is not None
        return found

    return run


@pytest.fixture
def applied(
    store: Store, imported: Callable[[Actor, bytes], Awaitable[Document]]
) -> Callable[[Actor, Actor, bytes], Awaitable[Document]]:
    """Imports a list and has it approved and applied."""

    async def run(registrar: Actor, approver: Actor, content: bytes) -> Document:
        document = await imported(registrar, content)
        assert document["status"] == "STAGED", document["failureMessage"]
        view: ImportView = await approve_import(store, approver, ApproveImport(import_id=document["_id"]))
        assert view.status == "APPLYING"
        assert await Importer(store).work()
        found = await store.imports.get({"_id": document["_id"]})
        assert found is not None
        return found

    return run
