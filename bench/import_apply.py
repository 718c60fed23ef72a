"""Staging and applying a long list on the embedded document store: its last tenth against its first.

The cost of a row must not grow with the list, so that the goal is a ratio near one: of CPU time, of this process and of the
stores, in one run. Rows a second of both tenths stand in the line, as they were on the machine at that time.
`python -m bench.import_apply 10000 1000000` does that for other sizes.
"""

import asyncio
import hashlib
import os
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

from amanah.cli import embedded
from amanah.contracts.actor import Actor, Grant, Role
from amanah.contracts.area_table import area_table
from amanah.contracts.buckets import BUCKETS
from amanah.contracts.imports import ApproveImport, CreateListUpload, ImportRecipients
from amanah.contracts.uploads import UploadPurpose
from amanah.runtime import mongo, settings
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.crypto import Keyring
from amanah.runtime.jobs import Job
from amanah.runtime.objects import Objects
from amanah.runtime.uploads import Uploads
from bench.measure import Result
from services.recipients.api import prepare
from services.recipients.imports.commands import approve_import, create_list_upload, import_recipients
from services.recipients.imports.documents import IMPORTS, ImportDocument
from services.recipients.imports.importer import Importer
from services.recipients.settings import RecipientsSettings
from services.recipients.store import Store

_HEADER = "NIK;NO KK;NAMA;TGL LAHIR;JK;ALAMAT;RT;RW;KODE WILAYAH;NO HP"
_SERIALS = 9_999
_SYLLABLES = "AN BU DE EKO FAT HA IN JO KAR LA MI NUR PRA RI SU TI WA YU".split()
_REGISTRAR = Actor(id="usr_registrar", name="Registrar", grants=(Grant(role=Role.REGISTRAR, area="32.75"),))
_APPROVER = Actor(id="usr_approver", name="Approver", grants=(Grant(role=Role.APPROVER, area="32.75"),))


def _list(rows: int) -> bytes:
    """A list of as many people, each with a NIK and a family card of their own."""
    lines, chance = [_HEADER], Random(1)
    for n in range(rows):
        name = " ".join("".join(chance.choices(_SYLLABLES, k=3)) for _ in range(2))
        day, serial = divmod(n, _SERIALS)
        born = f"{day % 28 + 1:02}{day // 28 % 12 + 1:02}{50 + day // 336:02}"
        date = f"{born[:2]}/{born[2:4]}/19{born[4:]}"
        lines.append(
            f"327503{born}{serial + 1:04};327504{born}{serial + 1:04};{name};{date};L;"
            f"JL. MELATI NO {n};003;012;32.75.03.1006;081234567890"
        )
    return "\n".join(lines).encode()


async def _upload(store: Store, content: bytes) -> str:
    ask = CreateListUpload(
        purpose=UploadPurpose.RECIPIENT_LIST, filename="list.csv", content_type="text/csv", size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
    made = await create_list_upload(store, _REGISTRAR, ask)
    put = urllib.request.Request(
        made.url, data=content, method=made.method, headers={h.name: h.value for h in made.headers}
    )
    await asyncio.to_thread(lambda: urllib.request.urlopen(put, timeout=60).close())
    return made.id


def _cpu() -> float:
    """CPU seconds of this process and of the stores, its children."""
    spent = time.process_time()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == os.getpid():
                    spent += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return spent


class _Pace:
    """Pace of an import: the rows done and the time, noted after each batch."""

    def __init__(self, counted: str, rows: int) -> None:
        self._counted = counted
        self._rows = rows
        self._notes = [(0, time.perf_counter(), _cpu())]

    def note(self, document: ImportDocument) -> None:
        """Notes how far the import is, after a batch."""
        self._notes.append((int(document[self._counted]), time.perf_counter(), _cpu()))  # type: ignore[literal-required]

    def between(self, first: float, last: float) -> tuple[float, float]:
        """Seconds and CPU seconds a row, in this part of the list."""
        began, ended = (max(n for n in self._notes if n[0] <= part * self._rows) for part in (first, last))
        rows, wall, cpu = (after - before for before, after in zip(began, ended, strict=True))
        return wall / rows, cpu / rows

    def result(self, name: str) -> Result:
        """The last tenth against the first."""
        (whole, cpu), (first, first_cpu), (last, last_cpu) = (self.between(*p) for p in ((0, 1), (0, 0.1), (0.9, 1)))
        return Result(
            f"{name}_{self._rows}", last_cpu, first_cpu, "<= 1.5x",
            f"{self._rows} rows, {1 / whole:.0f} a second, {1000 * cpu:.1f} ms of CPU each: {1 / first:.0f} a second in the"
            f" first tenth, {1 / last:.0f} in the last", ours_over_peer=True,
        )  # fmt: skip


@asynccontextmanager
async def _store(limits: RecipientsSettings) -> AsyncIterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        async with embedded.stores(settings.load(data=Path(folder))) as found:
            assert found.mongo_url is not None
            assert found.s3_endpoint is not None
            assert found.s3_secret_key is not None
            objects = Objects(found.s3_endpoint, found.s3_access_key, found.s3_secret_key)
            await objects.ensure_buckets(*BUCKETS)
            async with mongo.connect(found.mongo_url) as connected:
                db = connected("bench_recipients")
                store = Store(
                    db=db, objects=objects, keys=Keyring.parse(Keyring.generate()), outbox=Outbox(db, "recipients"),
                    uploads=Uploads(db, objects), areas=area_table(), settings=limits,
                )  # fmt: skip
                await prepare(store)
                yield store
            objects.close()


async def _run_job(store: Store, counted: str, rows: int) -> _Pace:
    """Does what the import waits for."""
    pace = _Pace(counted, rows)
    move = Job.move

    async def noted(job: Job[ImportDocument], *arguments: Any, **more: Any) -> ImportDocument:
        moved = await move(job, *arguments, **more)
        pace.note(moved)
        return moved

    Job.move = noted  # type: ignore[assignment,method-assign] # the end of each batch, as the importer itself sees it
    try:
        assert await Importer(store).work()
    finally:
        Job.move = move  # type: ignore[method-assign]
    return pace


async def _measure(rows: int, limits: RecipientsSettings) -> list[Result]:
    async with _store(limits) as store:
        upload = await _upload(store, _list(rows))
        view = await import_recipients(store, _REGISTRAR, ImportRecipients(upload_id=upload, source="Bench"))
        staging = await _run_job(store, "readTo", rows)
        await approve_import(store, _APPROVER, ApproveImport(import_id=view.id))
        applying = await _run_job(store, "recipients", rows)
        document = await store[IMPORTS].get({"_id": view.id})
        assert document is not None
        assert (document["status"], document["recipients"]) == ("APPLIED", rows), document
        return [staging.result("import_stage"), applying.result("import_apply")]


def run(*, small: bool) -> Iterator[Result]:
    """Applies one list, in batches of the default size."""
    yield from asyncio.run(
        _measure(1_000, RecipientsSettings(batch_rows=50)) if small else _measure(100_000, RecipientsSettings())
    )


if __name__ == "__main__":
    for size in sys.argv[1:]:
        for result in asyncio.run(_measure(int(size), RecipientsSettings())):
            print(result.line(), flush=True)
