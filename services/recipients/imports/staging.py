"""Reads an uploaded list and stages its rows: RUNNING -> STAGED, or FAILED for a file that is no list.

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
from amanah.contracts.buckets import UPLOADS
from amanah.contracts.errors import NotFound, Refused
from amanah.contracts.imports import ImportAdvanced, ImportFailed, ImportStaged, ImportStatus
from amanah.runtime.mongo import Tx
from services.recipients.duplicates.rules import Candidate, RegisteredPerson, Verdict, judge
from services.recipients.imports.accepted_rows import AcceptedRow, accepted_rows
from services.recipients.imports.documents import (
    IMPORT_PROBLEMS,
    STAGED_ROWS,
    ChangedRowDocument,
    ImportDocument,
    ProblemDocument,
    StagedRowDocument,
    import_subject,
    problem_documents,
)
from services.recipients.imports.jobs import ImportJob
from services.recipients.imports.rules.columns import Header
from services.recipients.imports.rules.places import places_of
from services.recipients.imports.rules.problems import Problem
from services.recipients.imports.rules.rows import BatchCheck, check
from services.recipients.imports.spreadsheet import reader
from services.recipients.register.documents import RECIPIENTS
from services.recipients.register.personal_data import derive_recipient_id
from services.recipients.store import Store


async def stage(job: ImportJob) -> None:
    """Reads on from the import's position, and ends with STAGED or FAILED. Raises LeaseLost."""
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
        sheet = await reader.read(path, memory=settings.reader_memory_mb << 20)
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
    """A batch after every check: rows to stage, problems, additions to the import's counts, and areas of its rows."""

    staged: list[StagedRowDocument]
    problems: list[ProblemDocument]
    add: dict[str, int]
    areas: set[str]


async def _stage_batch(job: ImportJob, header: Header, raw: pl.DataFrame) -> None:
    store, document = job.store, job.document
    granted = Scope(document["granted"])
    places = await asyncio.to_thread(places_of, store.areas)
    checked = await asyncio.to_thread(check, raw, header, places, granted, _today())
    found = await asyncio.to_thread(accepted_rows, store.keys, checked.accepted.iter_rows(named=True))
    owners, verdicts = await _judged(store, document["_id"], found, granted)
    batch = await asyncio.to_thread(_batch, store, document["_id"], header, checked, found, owners, verdicts)
    areas = _common_area(document, batch.areas)

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
        await store[STAGED_ROWS].insert_many(batch.staged, tx=tx)
        await store[IMPORT_PROBLEMS].insert_many(batch.problems, tx=tx)
        advanced = ImportAdvanced(import_id=job.id, status=ImportStatus.RUNNING, row=document["readTo"] + raw.height)
        store.outbox.publish(tx, job.acting("by"), job.id, [advanced])

    await store.db.transaction(write)


async def _judged(
    store: Store, import_id: str, found: list[AcceptedRow], granted: Scope
) -> tuple[dict[str, str], dict[int, Verdict]]:
    """The recipients' ids by the blind indexes of the NIKs, and the verdict on each row."""
    niks = [row.blind["nikBlind"] for row in found]
    persons = [row.blind["personBlind"] for row in found if row.blind["personBlind"]]
    known = await store[RECIPIENTS].list(
        {"nikBlind": {"$in": niks}}, projection={"nikBlind": 1, "area": 1, "content": 1}
    )
    earlier = [
        *await store[STAGED_ROWS].list({"import": import_id, "nikBlind": {"$in": niks}}, projection=_CANDIDATE),
        *await store[STAGED_ROWS].list({"import": import_id, "personBlind": {"$in": persons}}, projection=_CANDIDATE),
    ]
    verdicts = judge(
        [row.candidate for row in found],
        [Candidate(e["row"], e["nikBlind"], e["personBlind"], e["content"]) for e in earlier],
        {r["nikBlind"]: RegisteredPerson(r["area"], r["content"]) for r in known},
        granted,
    )
    owners = {nik: derive_recipient_id(nik) for nik in niks} | {r["nikBlind"]: r["_id"] for r in known}
    return owners, verdicts


_CANDIDATE = {"row": 1, "nikBlind": 1, "personBlind": 1, "content": 1}


def _batch(
    store: Store,
    import_id: str,
    header: Header,
    checked: BatchCheck,
    found: list[AcceptedRow],
    owners: dict[str, str],
    verdicts: dict[int, Verdict],
) -> _Batch:
    staged: list[StagedRowDocument] = []
    areas: set[str] = set()
    problems = list(checked.problems)
    for row in found:
        verdict = verdicts[row.number]
        identifier = f"{import_id}:{row.number:07}"
        if verdict is Verdict.STAGE:
            owner = owners[row.blind["nikBlind"]]
            changed: ChangedRowDocument = {
                "_id": identifier, "import": import_id, "row": row.number, "same": False, "owner": owner,
                **row.encrypt(store.keys, owner),
            }  # fmt: skip
            staged.append(changed)
            areas.add(row.plain["area"])
        elif verdict is Verdict.SAME:
            same_row: StagedRowDocument = {
                "_id": identifier, "import": import_id, "row": row.number, "same": True, **row.blind,
            }  # fmt: skip
            staged.append(same_row)
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


def _common_area(document: ImportDocument, areas: set[str]) -> str | None:
    """The smallest area that holds every row staged so far; None while there is none."""
    known = document.get("common")
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
    # An import is visible to those who may see all of its rows; with several grants, to those who may see all of these areas.
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
