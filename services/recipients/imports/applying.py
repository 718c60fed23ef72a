"""Applies approved rows as versions on the register: APPLYING -> APPLIED. Applied rows leave the staging area."""

from dataclasses import dataclass, field
from datetime import datetime

from amanah.contracts.areas import Scope
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import related_subjects
from amanah.contracts.imports import ImportAdvanced, ImportApplied, ImportStatus
from amanah.contracts.register import RecipientStatus
from amanah.runtime.crypto import commitment
from amanah.runtime.mongo import Condition, Operation, Put, Tx
from services.recipients.duplicates.rules import Verdict
from services.recipients.imports.documents import (
    IMPORT_PROBLEMS,
    STAGED_ROWS,
    StagedRowDocument,
    import_subject,
    is_changed,
    problem_documents,
)
from services.recipients.imports.jobs import ImportJob
from services.recipients.imports.rules.columns import last_row
from services.recipients.imports.rules.problems import Problem
from services.recipients.register.documents import (
    RECIPIENTS,
    VERSIONS,
    RecipientDocument,
    VersionDocument,
    changes_between,
    record_of,
)
from services.recipients.store import now

_AT_A_TIME = 200


async def apply(job: ImportJob) -> None:
    """Applies the rows that are still staged, and ends with APPLIED. Raises LeaseLost.

    Batches are ranges of row numbers, read by the index of the staging area: a store that is asked for the next so many
    rows may sort all that remain. Rows that were rejected leave gaps, so that a range may hold few rows or none.
    """
    store = job.store
    start, end = job.document["appliedTo"], last_row(job.document["rowsInSheet"] or 0)
    while start < end:
        stop = min(start + store.settings.batch_rows, end)
        rows = {"import": job.id, "row": {"$gt": start, "$lte": stop}}
        if staged := await store[STAGED_ROWS].list(rows, sort=[("import", 1), ("row", 1)]):
            await _apply_batch(job, staged, rows, stop)
        start = stop
    await _finish(job)


@dataclass
class _Effects:
    """Effects of a batch on the register."""

    recipients: list[Operation] = field(default_factory=list)
    versions: list[VersionDocument] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)
    contents: dict[str, str] = field(default_factory=dict)
    """The blind index of each recipient's new content."""


async def _apply_batch(job: ImportJob, staged: list[StagedRowDocument], rows: Condition, stop: int) -> None:
    """Applies the staged rows of a range that ends with row `stop`; `rows` is the condition by which they were found."""
    store = job.store

    async def write(tx: Tx) -> None:
        before = await _find_registered(job, tx, [row["nikBlind"] for row in staged if not row["same"]])
        effects = _effects(job, staged, before, now())
        refused = len(effects.refused)
        await job.move(
            tx,
            "appliedTo",
            stop,
            add={"recipients": len(effects.versions), "rowsAccepted": -refused, "rowsRejected": refused},
        )
        await store[RECIPIENTS].bulk(effects.recipients, tx=tx)
        await store[VERSIONS].insert_many(effects.versions, tx=tx)
        await store[IMPORT_PROBLEMS].insert_many(problem_documents(job.id, effects.refused), tx=tx)
        await store[STAGED_ROWS].delete(rows, tx=tx)
        advanced = ImportAdvanced(import_id=job.id, status=ImportStatus.APPLYING, row=stop)
        store.outbox.publish(tx, job.acting("approvedBy"), job.id, [advanced])
        if effects.contents:
            await store.outbox.record(
                tx,
                job.acting("approvedBy"),
                action=AuditAction.IMPORT_APPLY_ROWS,
                subject=import_subject(job.document),
                concerns=related_subjects(*effects.contents),
                authority=job.id,
                area=job.document["areas"][0],
                after=commitment(store.keys.subject_key(job.id), effects.contents),
            )

    await store.db.transaction(write)


async def _find_registered(job: ImportJob, tx: Tx, niks: list[str]) -> dict[str, RecipientDocument]:
    """The recipients with these blind indexes of NIKs, by index; a few at a time: a long list costs its square."""
    found: dict[str, RecipientDocument] = {}
    for start in range(0, len(niks), _AT_A_TIME):
        some = {"nikBlind": {"$in": niks[start : start + _AT_A_TIME]}}
        found |= {r["nikBlind"]: r for r in await job.store[RECIPIENTS].list(some, tx=tx)}
    return found


def _effects(
    job: ImportJob, staged: list[StagedRowDocument], registered: dict[str, RecipientDocument], at: datetime
) -> _Effects:
    """The effects of the rows on the register as it is now; it may have changed since they were staged."""
    effects = _Effects()
    granted = Scope(job.document["granted"])
    for row in staged:
        before = registered.get(row["nikBlind"])
        if not is_changed(row) or (before is not None and before["content"] == row["content"]):
            continue
        if before is not None and (before["_id"] != row["owner"] or not granted.covers(before["area"])):
            effects.refused.append(Problem(row["row"], job.document["nikLabel"], Verdict.REGISTERED_ELSEWHERE.value))
            continue
        after: RecipientDocument = {
            **record_of(row),
            "_id": row["owner"],
            "version": 1 if before is None else before["version"] + 1,
            "status": RecipientStatus.ACTIVE if before is None else before["status"],
            "at": at,
        }
        effects.recipients.append(Put(after))
        effects.contents[after["_id"]] = after["content"]
        effects.versions.append(_version(job, before, after))
    return effects


def _version(job: ImportJob, before: RecipientDocument | None, after: RecipientDocument) -> VersionDocument:
    by, document = job.acting("approvedBy"), job.document
    reason = ", ".join(filter(None, (document["source"], document["period"], document["note"])))
    return {
        "_id": f"{after['_id']}:{after['version']:06}",
        "recipient": after["_id"],
        "version": after["version"],
        "at": after["at"],
        "by": {"id": by.id, "name": by.name, "role": by.role},
        "authority": document["_id"],
        "reason": reason,
        "changes": changes_between(before, after),
    }


async def _finish(job: ImportJob) -> None:
    store = job.store

    async def finish(tx: Tx) -> None:
        await job.move(tx, "status", ImportStatus.APPLIED)
        await store.outbox.record(
            tx,
            job.acting("approvedBy"),
            action=AuditAction.IMPORT_APPLY,
            subject=import_subject(job.document),
            event=ImportApplied(import_id=job.id, recipients=job.document["recipients"]),
            authority=job.id,
            area=job.document["areas"][0],
            after=f"sha256:{job.document['sha256']}",
        )

    await store.db.transaction(finish)
