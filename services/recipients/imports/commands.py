"""Lists that offices hand in: where to put one, importing it, and approving what was staged of it.

The commands decide; `importing` does the long work that follows, batch by batch.
"""

from amanah.contracts.actor import Acting, Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import related_subjects
from amanah.contracts.errors import BadInput, NotFound, Refused
from amanah.contracts.ids import new_id
from amanah.contracts.imports import (
    ApproveImport,
    CreateListUpload,
    ImportApproved,
    ImportRecipients,
    ImportStarted,
    ImportStatus,
    ImportView,
)
from amanah.contracts.public_text import fit_for_log
from amanah.contracts.uploads import Upload, UploadPurpose
from amanah.runtime.mongo import Tx
from amanah.runtime.rpc import answers
from amanah.runtime.tables import Document
from services.recipients.imports.views import import_view
from services.recipients.store import Store, import_subject, now


@answers
async def create_list_upload(store: Store, actor: Actor, ask: CreateListUpload) -> Upload:
    """Where to PUT a list. Refuses with file_empty and file_too_large."""
    if ask.purpose is not UploadPurpose.RECIPIENT_LIST:
        raise BadInput("bad_input.purpose", "purpose")
    if ask.size == 0:
        raise Refused("file_empty", "size")
    return await store.uploads.create(
        actor,
        ask.purpose,
        filename=ask.filename,
        content_type=ask.content_type,
        size=ask.size,
        sha256=ask.sha256,
    )


@answers
async def import_recipients(store: Store, actor: Actor, ask: ImportRecipients) -> ImportView:
    """Starts reading an uploaded list. Refuses with the codes of `Uploads.verified`; what is wrong inside the list
    comes later, as the import's failure or its problems.
    """
    by, areas = actor.anywhere(ask.roles), list(actor.scope(ask.roles).codes)
    upload = await store.uploads.verified(ask.upload_id, actor, UploadPurpose.RECIPIENT_LIST, field="uploadId")
    started = now()
    document: Document = {
        "_id": new_id("imp"),
        "status": ImportStatus.RUNNING,
        "source": ask.source,
        "period": ask.period,
        "upload": upload.id,
        "sha256": upload.sha256,
        "by": by.model_dump(),
        "at": started,
        "granted": areas,  # where its rows may lie
        "areas": areas,  # where its rows lie, as far as is known
        "rowsInSheet": None,
        "readTo": 0,
        "nikLabel": "",
        "rowsTotal": 0,
        "rowsAccepted": 0,
        "rowsRejected": 0,
        "rowsDuplicate": 0,
        "failureCode": None,
        "failureMessage": None,
        "approvedBy": None,
        "note": None,
        "appliedTo": 0,
        "recipients": 0,
        "leaseBy": None,
        "leaseUntil": started,
    }

    async def start(tx: Tx) -> None:
        await store.uploads.use(tx, upload.id, document["_id"])
        await store.imports.insert(document, tx=tx)
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.IMPORT_START,
            subject=import_subject(document),
            concerns=related_subjects(upload.id),
            event=ImportStarted(import_id=document["_id"], source=ask.source, sha256=upload.sha256),
            after=f"sha256:{upload.sha256}",
        )
        tx.on_commit(store.work_waits)

    await store.db.transaction(start)
    return import_view(document)


@answers
async def approve_import(store: Store, actor: Actor, ask: ApproveImport) -> ImportView:
    """Lets the staged rows become versions. A repeat by the same person answers the first.

    Refuses with same_person, import_not_staged and reason_unfit.
    """
    scope = actor.scope(ask.roles)
    note = fit_for_log(ask.note or "", "note")

    async def approve(tx: Tx) -> Document:
        found = await store.imports_of(scope, [ask.import_id], tx=tx)
        if not found:
            raise NotFound("not_found.import")
        document = found[0]
        if document["approvedBy"] is not None and document["approvedBy"]["id"] == actor.id:
            return document
        by = _approver(actor, ask, document)
        # Taken out of the hand that staged it: a last beat of its lease, still on its way, must not hold the work up.
        free = {"leaseBy": None, "leaseUntil": now()}
        change = {"status": ImportStatus.APPLYING, "approvedBy": by.model_dump(), "note": ask.note, **free}
        await store.imports.update({"_id": document["_id"]}, {"$set": change}, tx=tx)
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.IMPORT_APPROVE,
            subject=import_subject(document),
            concerns=related_subjects(document["by"]["id"]),
            event=ImportApproved(import_id=document["_id"]),
            area=document["areas"][0],
            reason=note,
            after=f"sha256:{document['sha256']}",
        )
        tx.on_commit(store.work_waits)
        return document | change

    return import_view(await store.db.transaction(approve))


def _approver(actor: Actor, ask: ApproveImport, document: Document) -> Acting:
    if actor.id == document["by"]["id"]:
        raise Refused("same_person.import", "importId")
    if document["status"] != ImportStatus.STAGED:
        raise Refused("import_not_staged", "importId", status=document["status"])
    return actor.acting(ask.roles, document["areas"][0])
