"""Making approved rows versions on the register: APPLYING -> APPLIED. Applied rows leave the staging area."""

from dataclasses import asdict, dataclass, field
from datetime import datetime

from amanah.contracts.areas import Scope
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import related_subjects
from amanah.contracts.imports import ImportApplied, ImportStatus
from amanah.contracts.register import RecipientStatus
from amanah.runtime.crypto import commitment
from amanah.runtime.mongo import Operation, Put, Tx
from amanah.runtime.tables import Document
from services.recipients.duplicates.rules import Verdict
from services.recipients.imports.progress import ImportJob
from services.recipients.imports.rules.problems import Problem
from services.recipients.imports.staging import problem_documents
from services.recipients.register.documents import KEYS
from services.recipients.register.rules.register import PARTS, differences
from services.recipients.store import import_subject, now

_AT_A_TIME = 200


async def apply(job: ImportJob) -> None:
    """Applies what is still staged, and ends with APPLIED. Raises LeaseLost."""
    store = job.store
    while staged := await store.staged.list(
        {"import": job.id}, sort=[("import", 1), ("row", 1)], limit=store.settings.batch_rows
    ):
        await _apply_batch(job, staged)
    await _finish(job)


@dataclass
class _Applied:
    """What a batch does to the register."""

    recipients: list[Operation] = field(default_factory=list)
    versions: list[Document] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)
    contents: dict[str, str] = field(default_factory=dict)
    """The blind key of what each recipient's new version says."""


async def _apply_batch(job: ImportJob, staged: list[Document]) -> None:
    store = job.store
    last = staged[-1]["row"]

    async def write(tx: Tx) -> None:
        before = await _registered(job, tx, [row["nikBlind"] for row in staged if not row["same"]])
        done = _applied(job, staged, before, now())
        moved = len(done.refused)
        await job.move(
            tx,
            "appliedTo",
            last,
            add={"recipients": len(done.versions), "rowsAccepted": -moved, "rowsRejected": moved},
        )
        await store.recipients.bulk(done.recipients, tx=tx)
        await store.versions.insert_many(done.versions, tx=tx)
        await store.problems.insert_many(problem_documents(job.id, done.refused), tx=tx)
        await store.staged.delete({"import": job.id, "row": {"$lte": last}}, tx=tx)
        if done.contents:
            await store.outbox.record(
                tx,
                job.acting("approvedBy"),
                action=AuditAction.IMPORT_APPLY_ROWS,
                subject=import_subject(job.document),
                concerns=related_subjects(*done.contents),
                authority=job.id,
                area=job.document["areas"][0],
                after=commitment(store.keys.subject_key(job.id), done.contents),
            )

    await store.db.transaction(write)


async def _registered(job: ImportJob, tx: Tx, niks: list[str]) -> dict[str, Document]:
    """Who is on the register with these, by NIK key; a few at a time: a long list costs its square."""
    found: dict[str, Document] = {}
    for start in range(0, len(niks), _AT_A_TIME):
        some = {"nikBlind": {"$in": niks[start : start + _AT_A_TIME]}}
        found |= {r["nikBlind"]: r for r in await job.store.recipients.list(some, tx=tx)}
    return found


def _applied(job: ImportJob, staged: list[Document], registered: dict[str, Document], at: datetime) -> _Applied:
    """What the rows do to the register as it is now; it may have moved since they were staged."""
    done = _Applied()
    granted = Scope(job.document["granted"])
    for row in staged:
        before = None if row["same"] else registered.get(row["nikBlind"])
        if row["same"] or (before is not None and before["content"] == row["content"]):
            continue
        if before is not None and (before["_id"] != row["owner"] or not granted.covers(before["area"])):
            done.refused.append(Problem(row["row"], job.document["nikLabel"], Verdict.REGISTERED_ELSEWHERE.value))
            continue
        after = {name: row[name] for name in (*PARTS, *KEYS, "words", "warnings")}
        after |= {
            "_id": row["owner"],
            "version": 1 if before is None else before["version"] + 1,
            "status": RecipientStatus.ACTIVE if before is None else before["status"],
            "at": at,
        }
        done.recipients.append(Put(after))
        done.contents[after["_id"]] = after["content"]
        done.versions.append(_version(job, before, after))
    return done


def _version(job: ImportJob, before: Document | None, after: Document) -> Document:
    by, document = job.acting("approvedBy"), job.document
    said = ", ".join(filter(None, (document["source"], document["period"], document["note"])))
    return {
        "_id": f"{after['_id']}:{after['version']:06}",
        "recipient": after["_id"],
        "version": after["version"],
        "at": after["at"],
        "by": {"id": by.id, "name": by.name, "role": by.role},
        "authority": document["_id"],
        "reason": said,
        "changes": [asdict(change) for change in differences(before, after)],
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
