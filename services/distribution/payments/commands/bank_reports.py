"""Taking a bank's report on an exported batch: each payment becomes PAID or REJECTED, once, whatever is sent again.

The report is read twice: when it is handed in, so that what cannot be read is refused at once, and while it is taken, a
thousand lines a transaction, with the position of each kept beside its effects.
"""

import asyncio
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import islice

from amanah.contracts.actor import Acting, Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject, related_subjects
from amanah.contracts.errors import AmanahError, NotFound, Refused
from amanah.contracts.ids import new_id
from amanah.contracts.payments.payments import ImportPaymentStatus, PaymentStatusImport, PaymentStatusImportStatus
from amanah.contracts.uploads import UploadPurpose
from amanah.runtime.jobs import NEVER, Job, Jobs, LeaseLost
from amanah.runtime.mongo import DuplicateKey, Tx
from amanah.runtime.objects import UPLOADS
from amanah.runtime.rpc import answers
from amanah.runtime.tables import Document
from services.distribution.payments import views as payment_views
from services.distribution.payments.commands.batches import LEASE, visible
from services.distribution.payments.commands.outcomes import Outcomes
from services.distribution.payments.documents import BANK_REPORTS, PAYMENT_BATCHES, of_batch
from services.distribution.payments.rules import bank_reports as reports
from services.distribution.payments.rules import pain002
from services.distribution.payments.rules.bank_reports import FileResult, PaymentResult
from services.distribution.payments.rules.instructions import file_number
from services.distribution.payments.rules.payments import check_exported
from services.distribution.store import Store

_BATCH = 1000
_RUNNING = PaymentStatusImportStatus.RUNNING
_DONE = PaymentStatusImportStatus.DONE
_FAILED = PaymentStatusImportStatus.FAILED


@answers
async def import_payment_status(store: Store, actor: Actor, ask: ImportPaymentStatus) -> PaymentStatusImport:
    """See ImportPaymentStatus. A repeat with the same upload answers the first."""
    batch = await visible(store, actor, ask.batch_id, ask.roles)
    by = actor.acting(ask.roles, batch["area"])
    check_exported(batch["status"])
    known = await store[BANK_REPORTS].get({"upload": ask.upload_id, "batch": ask.batch_id})
    if known is not None:
        return payment_views.status_import(known)
    upload = await store.uploads.verified(ask.upload_id, actor, UploadPurpose.PAYMENT_STATUS, field="uploadId")
    lines = await asyncio.to_thread(_count, batch, upload.content)
    document: Document = {
        "_id": new_id("pst"),
        "batch": batch["_id"],
        "area": batch["area"],
        "upload": upload.id,
        "sha256": upload.sha256,
        "by": by.model_dump(),
        "status": _RUNNING,
        "failure": None,
        "takenTo": 0,
        "paid": 0,
        "rejected": 0,
        "returned": 0,
        "unchanged": 0,
        "refused": 0,
        "problems": [],
        "workedAt": datetime.now(UTC) if lines <= store.settings.payments_at_once else NEVER,
    }

    async def begin(tx: Tx) -> None:
        await store.uploads.use(tx, upload.id, document["_id"])
        await store[BANK_REPORTS].insert(document, tx=tx)
        await store.outbox.record(
            tx, by, action=AuditAction.PAYMENT_STATUS_IMPORT, subject=_subject(document),
            concerns=of_batch(batch), area=batch["area"], authority=batch["_id"], after=f"sha256:{upload.sha256}",
        )  # fmt: skip

    try:
        await store.db.transaction(begin)
    except DuplicateKey:  # handed in twice at once
        found = await store[BANK_REPORTS].get({"upload": ask.upload_id})
        return payment_views.status_import(found or document)
    if lines <= store.settings.payments_at_once:
        try:
            document = await take(store, report_jobs(store).of(document))
        except (LeaseLost, AmanahError):  # the worker goes on with it
            document = await store[BANK_REPORTS].get({"_id": document["_id"]}) or document
    return payment_views.status_import(document)


def _subject(report: Document) -> Subject:
    return Subject(type="PaymentStatusImport", id=report["_id"])


def _count(batch: Document, content: bytes) -> int:
    """How many lines there are. Refuses a report that cannot be read to its end, or is about something else."""
    lines = 0
    for told in _read(content):
        lines += batch["count"] if isinstance(told, FileResult) else 1
        if told.message is not None and file_number(batch["_id"], told.message) is None:
            raise Refused("status_other_batch", "batchId")
    if lines == 0:
        raise reports.unreadable("status_unreadable.empty")
    return lines


def _read(content: bytes) -> Iterator[PaymentResult | FileResult]:
    """The report, by what it looks like; names and types of files are no evidence."""
    start = content[:200].decode("utf-8-sig", "replace").lstrip("\x00 \t\r\n")
    if start.startswith("<") or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return pain002.read(content)
    return reports.from_g2p(content) if start.startswith("{") else reports.from_csv(content)


# ---------------------------------------------------------------- taking it


def report_jobs(store: Store) -> Jobs:
    """The banks' reports that are not taken to their end."""
    return Jobs(store[BANK_REPORTS], {"status": _RUNNING}, lease=LEASE, time_field="workedAt", time_is_start=True)


async def take(store: Store, job: Job) -> Document:
    """Takes what is left of a report, then DONE; FAILED when its bytes are not those handed in. Raises LeaseLost."""
    report = job.document
    try:
        content = await store.objects.get(UPLOADS, report["upload"])
    except NotFound:
        return await _end(store, job, _FAILED, "file_missing")
    if hashlib.sha256(content).hexdigest() != report["sha256"]:
        return await _end(store, job, _FAILED, "file_mismatch")
    batch = await store[PAYMENT_BATCHES].get({"_id": report["batch"]}) or {}
    told = islice(_read(content), report["takenTo"], None)
    while lines := await asyncio.to_thread(lambda: list(islice(told, _BATCH))):
        await Outcomes(store, batch, job, Acting(**report["by"])).take(lines)
    ended = await _end(store, job, _DONE, None)
    await store.uploads.forget(report["upload"])
    return ended


async def _end(store: Store, job: Job, status: str, failure: str | None) -> Document:
    by = Acting(**job.document["by"])

    async def work(tx: Tx) -> Document:
        here = {"status": _RUNNING, "takenTo": job.document["takenTo"]}
        ended = await job.move(here, {"$set": {"status": status, "failure": failure}}, tx=tx)
        counts = ", ".join(f"{n}={ended[n]}" for n in ("paid", "rejected", "returned", "unchanged", "refused"))
        await store.outbox.record(
            tx, by,
            action=AuditAction.PAYMENT_STATUS_TAKE if failure is None else AuditAction.PAYMENT_STATUS_FAIL,
            subject=_subject(ended), concerns=related_subjects(ended["batch"]), area=ended["area"], authority=ended["batch"],
            outcome="done" if failure is None else "refused", reason=failure or counts,
            after=f"sha256:{ended['sha256']}",
        )  # fmt: skip
        return ended

    return await store.db.transaction(work)


async def take_waiting(store: Store) -> bool:
    """Goes on with a report that nobody works on; answers whether there was one. The work of a background worker."""
    return await report_jobs(store).work(partial(take, store))
