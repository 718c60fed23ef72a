"""Commands on imports: creating the upload of a list, importing it, and approving its staged rows.

The commands decide; the `importer` does the long work that follows, batch by batch.
"""

from typing import Literal

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
from services.recipients.imports.documents import IMPORTS, ActingDocument, ImportDocument, import_subject
from services.recipients.imports.views import import_view
from services.recipients.store import Store, find_by_ids, now, wholly_in_scope

_APPROVAL: tuple[Literal["status", "approvedBy", "note", "leaseBy", "leaseUntil"], ...] = (
    "status", "approvedBy", "note", "leaseBy", "leaseUntil",
)  # fmt: skip


@answers
async def create_list_upload(store: Store, actor: Actor, ask: CreateListUpload) -> Upload:
    """Creates an upload for a list. Refuses with file_empty and file_too_large."""
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
    """Starts an import of an uploaded list. Refuses with the codes of `Uploads.verified`.

    Errors inside the list come later, as the import's failure or its problems.
    """
    by, areas = actor.anywhere(ask.roles), list(actor.scope(ask.roles).codes)
    upload = await store.uploads.verified(ask.upload_id, actor, UploadPurpose.RECIPIENT_LIST, field="uploadId")
    started = now()
    document: ImportDocument = {
        "_id": new_id("imp"),
        "status": ImportStatus.RUNNING,
        "source": ask.source,
        "period": ask.period,
        "upload": upload.id,
        "sha256": upload.sha256,
        "by": _acting(by),
        "at": started,
        "granted": areas,
        "areas": areas,
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
        await store[IMPORTS].insert(document, tx=tx)
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.IMPORT_START,
            subject=import_subject(document),
            concerns=related_subjects(upload.id),
            event=ImportStarted(import_id=document["_id"], source=ask.source, sha256=upload.sha256),
            after=f"sha256:{upload.sha256}",
        )
        tx.on_commit(store.wake_worker)

    await store.db.transaction(start)
    return import_view(document)


@answers
async def approve_import(store: Store, actor: Actor, ask: ApproveImport) -> ImportView:
    """Approves an import, so that its staged rows become versions. A repeat by the same person returns the same answer.

    Refuses with same_person, import_not_staged and reason_unfit.
    """
    visible = wholly_in_scope(actor.scope(ask.roles))
    note = fit_for_log(ask.note or "", "note")

    async def approve(tx: Tx) -> ImportDocument:
        found = await find_by_ids(store[IMPORTS], [ask.import_id], visible, tx=tx)
        if not found:
            raise NotFound("not_found.import")
        document = found[0]
        if document["approvedBy"] is not None and document["approvedBy"]["id"] == actor.id:
            return document
        by = _approver(actor, ask, document)
        # The lease is released: a heartbeat of the instance that staged it may still be on its way, and must not renew it.
        approved: ImportDocument = {
            **document,
            "status": ImportStatus.APPLYING,
            "approvedBy": _acting(by),
            "note": ask.note,
            "leaseBy": None,
            "leaseUntil": now(),
        }
        change = {name: approved[name] for name in _APPROVAL}
        await store[IMPORTS].update({"_id": document["_id"]}, {"$set": change}, tx=tx)
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
        tx.on_commit(store.wake_worker)
        return approved

    return import_view(await store.db.transaction(approve))


def _approver(actor: Actor, ask: ApproveImport, document: ImportDocument) -> Acting:
    if actor.id == document["by"]["id"]:
        raise Refused("same_person.import", "importId")
    if document["status"] != ImportStatus.STAGED:
        raise Refused("import_not_staged", "importId", status=document["status"])
    return actor.acting(ask.roles, document["areas"][0])


def _acting(by: Acting) -> ActingDocument:
    return {"id": by.id, "name": by.name, "role": by.role, "area": by.area}
