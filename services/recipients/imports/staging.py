"""Reading an uploaded list and staging its rows: RUNNING -> STAGED, or FAILED when it is no list.

Rows are staged in batches; the uploaded file, which holds plain numbers, is deleted before the import leaves RUNNING.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from amanah.contracts.areas import Scope, lineage
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.errors import NotFound, Refused
from amanah.contracts.imports import ImportFailed, ImportStaged, ImportStatus
from amanah.runtime.mongo import Tx
from amanah.runtime.objects import UPLOADS
from amanah.runtime.tables import Document
from services.recipients.duplicates.rules import Candidate, Registered, Verdict, judge
from services.recipients.imports import spreadsheet
from services.recipients.imports.progress import ImportJob
from services.recipients.imports.rules.columns import Header
from services.recipients.imports.rules.problems import Problem
from services.recipients.imports.rules.rows import Checked, check
from services.recipients.register.documents import Row, recipient_id, rows, sealed
from services.recipients.store import Store, import_subject


async def stage(job: ImportJob) -> None:
    """Reads on where the import stands, and ends with STAGED or FAILED. Raises LeaseLost."""
    try:
        if job.document["rowsInSheet"] is None or job.document["readTo"] < job.document["rowsInSheet"]:
            await _read(job)
    except Refused as refused:
        await _fail(job, refused)
        return
    await _finish(job)


async def _read(job: ImportJob) -> None:
    settings = job.store.settings
    with TemporaryDirectory(prefix="amanah-list-") as folder:
        path = Path(folder) / "list"
        await _download(job, path)
        sheet = await spreadsheet.read(path, memory=settings.reader_memory_mb << 20)
        if job.document["rowsInSheet"] is None:
            job.document["rowsInSheet"] = sheet.rows
            job.document["nikLabel"] = sheet.header.label("nik")
        for batch in sheet.batches(job.document["readTo"], settings.batch_rows):
            await _stage_batch(job, sheet.header, batch)


async def _download(job: ImportJob, path: Path) -> None:
    try:
        with path.open("wb") as file:
            async for chunk in job.store.objects.open(UPLOADS, job.document["upload"]):
                await asyncio.to_thread(file.write, chunk)
    except NotFound:
        raise Refused("file_missing.list", "uploadId") from None


@dataclass
class _Batch:
    """A batch after every check: what to stage, what to tell, and what it adds to the import's counts."""

    staged: list[Document]
    problems: list[Document]
    add: dict[str, int]
    areas: set[str]


async def _stage_batch(job: ImportJob, header: Header, raw: pl.DataFrame) -> None:
    store, document = job.store, job.document
    granted = Scope(document["granted"])
    checked = await asyncio.to_thread(check, raw, header, store.places, granted, _today())
    found = await asyncio.to_thread(rows, store.keys, checked.accepted.iter_rows(named=True))
    owners, verdicts = await _judged(store, document["_id"], found, granted)
    batch = await asyncio.to_thread(_batch, store, document["_id"], header, checked, found, owners, verdicts)
    areas = _narrowed(document, batch.areas)

    async def write(tx: Tx) -> None:
        await job.move(
            tx,
            "readTo",
            document["readTo"] + raw.height,
            add=batch.add,
            rowsInSheet=document["rowsInSheet"],
            nikLabel=document["nikLabel"],
            common=areas,
        )
        await store.staged.insert_many(batch.staged, tx=tx)
        await store.problems.insert_many(batch.problems, tx=tx)

    await store.db.transaction(write)


async def _judged(
    store: Store, import_id: str, found: list[Row], granted: Scope
) -> tuple[dict[str, str], dict[int, Verdict]]:
    """The recipients' ids by the rows' NIK keys, and the verdict on each row."""
    niks = [row.keys["nikBlind"] for row in found]
    persons = [row.keys["personBlind"] for row in found if row.keys["personBlind"]]
    known = await store.recipients.list(
        {"nikBlind": {"$in": niks}}, projection={"nikBlind": 1, "area": 1, "content": 1}
    )
    earlier = [
        *await store.staged.list({"import": import_id, "nikBlind": {"$in": niks}}, projection=_CANDIDATE),
        *await store.staged.list({"import": import_id, "personBlind": {"$in": persons}}, projection=_CANDIDATE),
    ]
    verdicts = judge(
        [row.candidate for row in found],
        [Candidate(e["row"], e["nikBlind"], e["personBlind"], e["content"]) for e in earlier],
        {r["nikBlind"]: Registered(r["area"], r["content"]) for r in known},
        granted,
    )
    owners = {nik: recipient_id(nik) for nik in niks} | {r["nikBlind"]: r["_id"] for r in known}
    return owners, verdicts


_CANDIDATE = {"row": 1, "nikBlind": 1, "personBlind": 1, "content": 1}


def _batch(
    store: Store,
    import_id: str,
    header: Header,
    checked: Checked,
    found: list[Row],
    owners: dict[str, str],
    verdicts: dict[int, Verdict],
) -> _Batch:
    staged: list[Document] = []
    areas: set[str] = set()
    problems = list(checked.problems)
    for row in found:
        verdict = verdicts[row.number]
        key = {"_id": f"{import_id}:{row.number:07}", "import": import_id, "row": row.number}
        if verdict is Verdict.STAGE:
            owner = owners[row.keys["nikBlind"]]
            staged.append(key | {"same": False, "owner": owner} | sealed(store.keys, row, owner))
            areas.add(row.plain["area"])
        elif verdict is Verdict.SAME:
            staged.append(key | {"same": True} | row.keys)
        else:
            problems.append(Problem(row.number, header.label("nik"), verdict.value))
    refused = {p.row for p in problems}
    same = sum(row["same"] for row in staged)
    return _Batch(
        staged=staged,
        problems=problem_documents(import_id, problems),
        add={
            "rowsTotal": checked.total,
            "rowsAccepted": len(staged) - same,
            "rowsRejected": len(refused),
            "rowsDuplicate": same,
        },
        areas=areas,
    )


def problem_documents(import_id: str, problems: list[Problem]) -> list[Document]:
    """Problems as they are kept: by row, and by their order within the row."""
    count: dict[int, int] = {}
    documents = []
    for problem in problems:
        n = count[problem.row] = count.get(problem.row, -1) + 1
        documents.append(
            {
                "_id": f"{import_id}:{problem.row:07}:{n:02}",
                "import": import_id,
                "row": problem.row,
                "n": n,
                "column": problem.column,
                "code": problem.code,
            }
        )
    return documents


def _narrowed(document: Document, areas: set[str]) -> str | None:
    """The smallest area that holds every row staged so far; None while there is none."""
    known: str | None = document.get("common")
    paths = [lineage(area) for area in ({*areas, known} if known else areas)]
    shared: str | None = None
    for codes in zip(*paths, strict=False):
        if len(set(codes)) == 1:
            shared = codes[0]
    return shared


def _today() -> date:
    """The date where the day begins first in Indonesia (UTC+9): a child born today is not born in the future."""
    return (datetime.now(UTC) + timedelta(hours=9)).date()


async def _finish(job: ImportJob) -> None:
    store = job.store
    await store.uploads.forget(job.document["upload"])
    document, granted = job.document, Scope(job.document["granted"])
    common = document.get("common")
    # Whoever may see all of its rows may see the import; of an import of several grants, whoever may see all of them.
    areas = [common] if common and granted.covers(common) else document["granted"]

    async def finish(tx: Tx) -> None:
        await job.move(tx, "status", ImportStatus.STAGED, areas=areas)
        await store.outbox.record(
            tx,
            job.acting("by"),
            action=AuditAction.IMPORT_STAGE,
            subject=import_subject(document),
            event=ImportStaged(
                import_id=job.id,
                rows_total=document["rowsTotal"],
                rows_accepted=document["rowsAccepted"],
                rows_rejected=document["rowsRejected"],
                rows_duplicate=document["rowsDuplicate"],
            ),
            area=areas[0],
        )

    await store.db.transaction(finish)


async def _fail(job: ImportJob, refused: Refused) -> None:
    store = job.store
    await store.uploads.forget(job.document["upload"])

    async def fail(tx: Tx) -> None:
        await job.move(tx, "status", ImportStatus.FAILED, failureCode=refused.code, failureMessage=refused.message)
        await store.outbox.record(
            tx,
            job.acting("by"),
            action=AuditAction.IMPORT_FAIL,
            subject=import_subject(job.document),
            event=ImportFailed(import_id=job.id, code=refused.code),
            outcome="refused",
            reason=refused.code,
        )

    await store.db.transaction(fail)
