"""Files that come with a complaint: pictures and PDFs, verified, then kept under keys of their own.

Pictures are kept as re-encoded without metadata, which may say who took them and where. A PDF is kept as it came.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from amanah.contracts.actor import Actor
from amanah.contracts.cases import AttachmentView
from amanah.contracts.errors import AmanahError, Refused
from amanah.contracts.ids import new_id
from amanah.contracts.uploads import UploadPurpose
from amanah.runtime.objects import EVIDENCE
from amanah.runtime.tables import Document
from services.distribution.evidence.photos import Photos
from services.distribution.store import Store

FIELD = "attachmentIds"
_PDF = "application/pdf"
_TAIL = 2048

log = structlog.get_logger()


@dataclass(frozen=True)
class Attached:
    """One file as it is kept; `upload` is where it came from."""

    id: str
    upload: str
    content: bytes
    content_type: str

    @property
    def key(self) -> str:
        """Where it lies in the evidence bucket."""
        return f"{self.id}.attachment"

    def document(self) -> dict[str, Any]:
        """As a case keeps it; nothing of it leads to who uploaded it."""
        digest = hashlib.sha256(self.content).hexdigest()
        return {"id": self.id, "key": self.key, "sha256": digest, "type": self.content_type, "size": len(self.content)}


def is_pdf(content: bytes) -> bool:
    """Whether the bytes are a whole PDF: they begin and end as one (ISO 32000-1, 7.5.2 and 7.5.5)."""
    return content.startswith(b"%PDF-") and b"%%EOF" in content[-_TAIL:]


async def take(store: Store, photos: Photos, actor: Actor, upload_ids: Sequence[str]) -> list[Attached]:
    """The files, verified and kept. Refused with the codes of `Uploads.verified`, and `attachment_unreadable`."""
    if len(set(upload_ids)) != len(upload_ids):
        raise Refused("upload_used.twice", FIELD)
    seen = [await _see(store, photos, actor, upload_id) for upload_id in upload_ids]
    for each in seen:
        await store.objects.put(EVIDENCE, each.key, each.content, each.content_type)
    return seen


async def _see(store: Store, photos: Photos, actor: Actor, upload_id: str) -> Attached:
    upload = await store.uploads.verified(upload_id, actor, UploadPurpose.ATTACHMENT, field=FIELD)
    if is_pdf(upload.content):
        return Attached(new_id("evd"), upload.id, upload.content, _PDF)
    try:
        shown = await photos.examine(upload.content, FIELD)
    except Refused:
        raise Refused("attachment_unreadable", FIELD) from None
    return Attached(new_id("evd"), upload.id, shown.served, "image/jpeg")


async def discard(store: Store, kept: Sequence[Attached]) -> None:
    """Takes files away that no case refers to."""
    await asyncio.gather(*(_delete(store, each.key) for each in kept))


async def _delete(store: Store, key: str) -> None:
    try:
        await store.objects.delete(EVIDENCE, key)
    except AmanahError as error:
        log.warning("an object that nothing refers to stays behind", key=key, code=error.code)


async def forget_uploads(store: Store, kept: Sequence[Attached]) -> None:
    """Deletes the uploaded bytes whose content is kept."""
    for each in kept:
        try:
            await store.uploads.forget(each.upload)
        except AmanahError as error:
            log.warning("an object that nothing refers to stays behind", key=each.upload, code=error.code)


async def view(store: Store, found: Document) -> AttachmentView:
    """A file at an address that expires."""
    url = await store.objects.presign_get(EVIDENCE, found["key"], timedelta(minutes=store.settings.link_minutes))
    return AttachmentView(
        id=found["id"], sha256=found["sha256"], content_type=found["type"], size=found["size"], url=url
    )
