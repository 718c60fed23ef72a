"""Evidence on its way in: read back, hashed, decoded, then kept under keys of its own, the sealed original and its copies."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from amanah.contracts.actor import Actor
from amanah.contracts.errors import AmanahError
from amanah.contracts.ids import new_id
from amanah.contracts.uploads import UploadPurpose
from amanah.objects import EVIDENCE
from amanah.uploads import VerifiedUpload
from services.distribution.domain.evidence import Picture, taken_in
from services.distribution.photos import Shown
from services.distribution.store import Store

log = structlog.get_logger()


@dataclass(frozen=True)
class Kept:
    """One picture in the evidence bucket."""

    id: str
    upload: str
    sha256: str
    picture: Picture
    original: str
    served: str
    thumbnail: str

    def document(self, area: str) -> dict[str, Any]:
        """As a handover keeps it; a camera's clock without an offset is read as the time of `area`."""
        taken: datetime | None = taken_in(self.picture, area)
        return {
            "id": self.id,
            "upload": self.upload,
            "sha256": self.sha256,
            "format": self.picture.format,
            "width": self.picture.width,
            "height": self.picture.height,
            "takenAt": taken,
            "location": self.picture.location.model_dump(exclude_none=True) if self.picture.location else None,
            "original": self.original,
            "served": self.served,
            "thumbnail": self.thumbnail,
        }


@dataclass(frozen=True)
class _Seen:
    upload: VerifiedUpload
    shown: Shown


async def _see(store: Store, actor: Actor, upload_id: str, purpose: UploadPurpose, field: str) -> _Seen:
    upload = await store.uploads.verified(upload_id, actor, purpose, field=field)
    return _Seen(upload, await store.photos.examine(upload.content, field))


async def _keep(store: Store, seen: _Seen) -> Kept:
    """What was verified is what is written: the upload's own object may be replaced at any time."""
    evidence_id = new_id("evd")
    # No folders: rclone's file store answers 500 when several writes at once make the same one.
    kept = Kept(
        evidence_id,
        seen.upload.id,
        seen.upload.sha256,
        seen.shown.picture,
        f"{evidence_id}.original",
        f"{evidence_id}.served.jpg",
        f"{evidence_id}.thumbnail.jpg",
    )
    put = store.objects.put
    media = f"image/{seen.shown.picture.format.lower()}"
    written = await asyncio.gather(
        put(EVIDENCE, kept.original, seen.upload.content, media),
        put(EVIDENCE, kept.served, seen.shown.served, "image/jpeg"),
        put(EVIDENCE, kept.thumbnail, seen.shown.thumbnail, "image/jpeg"),
        return_exceptions=True,
    )
    for outcome in written:
        if isinstance(outcome, BaseException):
            await discard(store, kept)
            raise outcome
    return kept


async def take(store: Store, actor: Actor, photo_id: str, signature_id: str) -> tuple[Kept, Kept]:
    """The photo and the signature, verified and kept. Refused with the codes of `Uploads.verified` and `examine`.

    Nothing is kept unless both are good. Who takes evidence and then does not refer to it must `discard` it.
    """
    seen = await asyncio.gather(
        _see(store, actor, photo_id, UploadPurpose.EVIDENCE_PHOTO, "photoId"),
        _see(store, actor, signature_id, UploadPurpose.SIGNATURE, "signatureId"),
    )
    photo = await _keep(store, seen[0])
    try:
        return photo, await _keep(store, seen[1])
    except BaseException:
        await discard(store, photo)
        raise


async def discard(store: Store, *kept: Kept) -> None:
    """Takes evidence away that no record refers to."""
    keys = [key for each in kept for key in (each.original, each.served, each.thumbnail)]
    await asyncio.gather(*(_delete(store.objects.delete(EVIDENCE, key), key) for key in keys))


async def forget_uploads(store: Store, *kept: Kept) -> None:
    """Deletes the uploaded bytes whose content is kept."""
    await asyncio.gather(*(_delete(store.uploads.forget(each.upload), each.upload) for each in kept))


async def _delete(deleting: Awaitable[None], key: str) -> None:
    """What the store does not delete now stays behind; nothing refers to it, so that is no reason to fail."""
    try:
        await deleting
    except AmanahError as error:
        log.warning("an object that nothing refers to stays behind", key=key, code=error.code)
