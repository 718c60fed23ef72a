"""Attachments of complaints: pictures and PDFs, verified, then stored under keys of their own.

Pictures are stored re-encoded without metadata, which may name their author and place. A PDF is stored unchanged.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from amanah.contracts.actor import Actor
from amanah.contracts.buckets import EVIDENCE
from amanah.contracts.cases import AttachmentView
from amanah.contracts.errors import AmanahError, Refused
from amanah.contracts.ids import new_id
from amanah.contracts.uploads import UploadPurpose
from services.distribution.cases.documents import AttachmentDocument
from services.distribution.cases.views import attachment_view
from services.distribution.evidence.photos import Photos
from services.distribution.store import Store

FIELD = "attachmentIds"
_PDF = "application/pdf"
_TAIL = 2048

log = structlog.get_logger()


@dataclass(frozen=True)
class NewAttachment:
    """A stored file; `upload` is the upload that it was."""

    id: str
    upload: str
    content: bytes
    content_type: str

    @property
    def key(self) -> str:
        """Key in the evidence bucket."""
        return f"{self.id}.attachment"

    def document(self) -> AttachmentDocument:
        """Returns the file as a case stores it, without a link to its uploader."""
        digest = hashlib.sha256(self.content).hexdigest()
        return {"id": self.id, "key": self.key, "sha256": digest, "type": self.content_type, "size": len(self.content)}


def is_pdf(content: bytes) -> bool:
    """Checks that the bytes begin and end as a PDF (ISO 32000-1, 7.5.2 and 7.5.5)."""
    return content.startswith(b"%PDF-") and b"%%EOF" in content[-_TAIL:]


async def attach(store: Store, photos: Photos, actor: Actor, upload_ids: Sequence[str]) -> list[NewAttachment]:
    """Verifies and stores the files. Refuses with the codes of `Uploads.verified`, and `attachment_unreadable`."""
    if len(set(upload_ids)) != len(upload_ids):
        raise Refused("upload_used.twice", FIELD)
    verified = [await _verify(store, photos, actor, upload_id) for upload_id in upload_ids]
    for each in verified:
        await store.objects.put(EVIDENCE, each.key, each.content, each.content_type)
    return verified


async def _verify(store: Store, photos: Photos, actor: Actor, upload_id: str) -> NewAttachment:
    upload = await store.uploads.verified(upload_id, actor, UploadPurpose.ATTACHMENT, field=FIELD)
    if is_pdf(upload.content):
        return NewAttachment(new_id("evd"), upload.id, upload.content, _PDF)
    try:
        shown = await photos.examine(upload.content, FIELD)
    except Refused:
        raise Refused("attachment_unreadable", FIELD) from None
    return NewAttachment(new_id("evd"), upload.id, shown.served, "image/jpeg")


async def discard(store: Store, stored: Sequence[NewAttachment]) -> None:
    """Deletes files to which no case refers."""
    await asyncio.gather(*(_delete(store, each.key) for each in stored))


async def _delete(store: Store, key: str) -> None:
    try:
        await store.objects.delete(EVIDENCE, key)
    except AmanahError as error:
        log.warning("an object that nothing refers to stays behind", key=key, code=error.code)


async def forget_uploads(store: Store, stored: Sequence[NewAttachment]) -> None:
    """Deletes the uploads whose content is stored."""
    for each in stored:
        try:
            await store.uploads.forget(each.upload)
        except AmanahError as error:
            log.warning("an object that nothing refers to stays behind", key=each.upload, code=error.code)


async def link(store: Store, attachment: AttachmentDocument) -> AttachmentView:
    """Shows a file at an address that expires."""
    valid = timedelta(minutes=store.settings.link_minutes)
    return attachment_view(attachment, await store.objects.presign_get(EVIDENCE, attachment["key"], valid))
