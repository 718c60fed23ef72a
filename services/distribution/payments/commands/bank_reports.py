"""Import of a bank report on an exported batch: each payment becomes PAID or REJECTED, once, also when lines are repeated.

The report is read twice: at its submission, to refuse an unreadable one at once, and while it is applied, a thousand lines a
transaction, together with the position reached.
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
from amanah.contracts.buckets import UPLOADS
from amanah.contracts.errors import AmanahError, NotFound, Refused
from amanah.contracts.ids import new_id
from amanah.contracts.payments.payments import (
    BatchStatus,
    ImportPaymentStatus,
    PaymentStatusImport,
    PaymentStatusImportStatus,
)
from amanah.contracts.uploads import UploadPurpose
from amanah.runtime.jobs import NEVER, Job, Jobs, LeaseLost
from amanah.runtime.mongo import DuplicateKey, Tx
from amanah.runtime.rpc import answers
from services.distribution.payments import views as payment_views
from services.distribution.payments.commands.batches import LEASE, signature, stored_batch, visible
from services.distribution.payments.commands.outcomes import Outcomes
from services.distribution.payments.documents import (
    BANK_REPORTS,
    BankReportDocument,
    PaymentBatchDocument,
    related_to_batch,
)
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
    """Imports a bank report; a small one is applied at once. A repeat with the same upload answers the first."""
    batch = await visible(store, actor, ask.batch_id, ask.roles)
    by = actor.acting(ask.roles, batch["area"])
    check_exported(BatchStatus(batch["status"]))
    known = await store[BANK_REPORTS].get({"upload": ask.upload_id, "batch": ask.batch_id})
    if known is not None:
        return payment_views.status_import(known)
    upload = await store.uploads.verified(ask.upload_id, actor, UploadPurpose.PAYMENT_STATUS, field="uploadId")
    lines = await asyncio.to_thread(_count, batch, upload.content)
    document: BankReportDocument = {
        "_id": new_id("pst"),
        "batch": batch["_id"],
        "area": batch["area"],
        "upload": upload.id,
        "sha256": upload.sha256,
        "by": signature(by),
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
            concerns=related_to_batch(batch), area=batch["area"], authority=batch["_id"], after=f"sha256:{upload.sha256}",
        )  # fmt: skip

    try:
        await store.db.transaction(begin)
    except DuplicateKey:  # submitted twice at once
        found = await store[BANK_REPORTS].get({"upload": ask.upload_id})
        return payment_views.status_import(found or document)
    if lines <= store.settings.payments_at_once:
        try:
            document = await apply(store, report_jobs(store).of(document))
        except (LeaseLost, AmanahError):  # the worker goes on with it
            document = await store[BANK_REPORTS].get({"_id": document["_id"]}) or document
    return payment_views.status_import(document)


def _subject(report: BankReportDocument) -> Subject:
    return Subject(type="PaymentStatusImport", id=report["_id"])


def _count(batch: PaymentBatchDocument, content: bytes) -> int:
    """Counts the payments of a report. Refuses one that cannot be read to its end, or is about another batch."""
    lines = 0
    for result in _read(content):
        lines += batch["count"] if isinstance(result, FileResult) else 1
        if result.message is not None and file_number(batch["_id"], result.message) is None:
            raise Refused("status_other_batch", "batchId")
    if lines == 0:
        raise reports.unreadable("status_unreadable.empty")
    return lines


def _read(content: bytes) -> Iterator[PaymentResult | FileResult]:
    """Reads a report in the format of its content; file names and content types are not relied upon."""
    start = content[:200].decode("utf-8-sig", "replace").lstrip("\x00 \t\r\n")
    if start.startswith("<") or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return pain002.read(content)
    return reports.from_g2p(content) if start.startswith("{") else reports.from_csv(content)


# ---------------------------------------------------------------- applying it


def report_jobs(store: Store) -> Jobs[BankReportDocument]:
    """Returns the bank reports that are not applied to their end."""
    return Jobs(store[BANK_REPORTS], {"status": _RUNNING}, lease=LEASE, time_field="workedAt", time_is_start=True)


async def apply(store: Store, job: Job[BankReportDocument]) -> BankReportDocument:
    """Applies the remaining lines of a report, then DONE; FAILED when the uploaded bytes changed. Raises LeaseLost."""
    report = job.document
    try:
        content = await store.objects.get(UPLOADS, report["upload"])
    except NotFound:
        return await _end(store, job, _FAILED, "file_missing")
    if hashlib.sha256(content).hexdigest() != report["sha256"]:
        return await _end(store, job, _FAILED, "file_mismatch")
    batch = await stored_batch(store, report["batch"])
    results = islice(_read(content), report["takenTo"], None)
    while lines := await asyncio.to_thread(lambda: list(islice(results, _BATCH))):
        await Outcomes(store, batch, job, Acting(**report["by"])).apply(lines)
    ended = await _end(store, job, _DONE, None)
    await store.uploads.forget(report["upload"])
    return ended


async def _end(store: Store, job: Job[BankReportDocument], status: str, failure: str | None) -> BankReportDocument:
    by = Acting(**job.document["by"])

    async def work(tx: Tx) -> BankReportDocument:
        here = {"status": _RUNNING, "takenTo": job.document["takenTo"]}
        ended = await job.move(here, {"$set": {"status": status, "failure": failure}}, tx=tx)
        counts = (
            f"paid={ended['paid']}, rejected={ended['rejected']}, returned={ended['returned']}, "
            f"unchanged={ended['unchanged']}, refused={ended['refused']}"
        )
        await store.outbox.record(
            tx, by,
            action=AuditAction.PAYMENT_STATUS_TAKE if failure is None else AuditAction.PAYMENT_STATUS_FAIL,
            subject=_subject(ended), concerns=related_subjects(ended["batch"]), area=ended["area"], authority=ended["batch"],
            outcome="done" if failure is None else "refused", reason=failure or counts,
            after=f"sha256:{ended['sha256']}",
        )  # fmt: skip
        return ended

    return await store.db.transaction(work)


async def apply_waiting(store: Store) -> bool:
    """Continues an unfinished report; False when there is none. The work of a background worker."""
    return await report_jobs(store).work(partial(apply, store))
