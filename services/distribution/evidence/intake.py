"""Intake of evidence: uploads are read back, hashed, decoded, and stored under new keys as original and copies."""

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from amanah.contracts.actor import Actor
from amanah.contracts.buckets import EVIDENCE, ORIGINALS
from amanah.contracts.errors import AmanahError, Refused
from amanah.contracts.ids import new_id
from amanah.contracts.uploads import UploadPurpose
from amanah.runtime.mongo import Tx
from amanah.runtime.uploads import VerifiedUpload
from services.distribution.evidence.documents import RETENTIONS, PictureDocument
from services.distribution.evidence.photos import DecodedPicture, Photos
from services.distribution.evidence.rules.perceptual_hash import hash_text
from services.distribution.evidence.rules.pictures import WORTHLESS, Picture, capture_time
from services.distribution.rounds.documents import location_document
from services.distribution.store import Store

log = structlog.get_logger()

_AT_ONCE = 100


@dataclass(frozen=True)
class StoredPicture:
    """Picture stored in the evidence buckets."""

    id: str
    upload: str
    sha256: str
    picture: Picture
    original: str
    served: str
    thumbnail: str
    print: int
    version: str | None

    def document(self, area: str) -> PictureDocument:
        """Returns the picture as documents store it; a camera's clock without an offset has the local time of `area`."""
        taken: datetime | None = capture_time(self.picture, area)
        return {
            "id": self.id,
            "upload": self.upload,
            "sha256": self.sha256,
            "format": self.picture.format,
            "width": self.picture.width,
            "height": self.picture.height,
            "takenAt": taken,
            "location": location_document(self.picture.location) if self.picture.location else None,
            "original": self.original,
            "version": self.version,
            "print": hash_text(self.print),
            "served": self.served,
            "thumbnail": self.thumbnail,
        }


@dataclass(frozen=True)
class _VerifiedPicture:
    upload: VerifiedUpload
    shown: DecodedPicture


async def _see(
    store: Store, photos: Photos, actor: Actor, upload_id: str, purpose: UploadPurpose, field: str
) -> _VerifiedPicture:
    try:
        upload = await store.uploads.verified(upload_id, actor, purpose, field=field)
        return _VerifiedPicture(upload, await photos.examine(upload.content, field))
    except Refused as refused:
        if refused.code in WORTHLESS:
            await _delete(store.uploads.forget(upload_id), upload_id)
        raise


async def _keep(store: Store, seen: _VerifiedPicture) -> StoredPicture:
    """Stores exactly the bytes that were verified: the upload's own object may be replaced at any time.

    The keys are new, and nothing ever writes to them again.
    """
    evidence_id = new_id("evd")
    # No folders: rclone's file store answers 500 when several writers at once make the same one.
    original, served, thumbnail = (f"{evidence_id}.{kind}" for kind in ("original", "served.jpg", "thumbnail.jpg"))
    put = store.objects.put
    media = f"image/{seen.shown.picture.format.lower()}"
    outcomes = await asyncio.gather(
        put(ORIGINALS, original, seen.upload.content, media),
        put(EVIDENCE, served, seen.shown.served, "image/jpeg"),
        put(EVIDENCE, thumbnail, seen.shown.thumbnail, "image/jpeg"),
        return_exceptions=True,
    )
    version = None if isinstance(outcomes[0], BaseException) else outcomes[0]
    kept = StoredPicture(
        evidence_id,
        seen.upload.id,
        seen.upload.sha256,
        seen.shown.picture,
        original,
        served,
        thumbnail,
        seen.shown.print,
        version,
    )
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            await discard(store, kept)
            raise outcome
    return kept


async def take(
    store: Store, photos: Photos, actor: Actor, photo_id: str, signature_id: str
) -> tuple[StoredPicture, StoredPicture]:
    """Stores the photo and the signature of a handover, as `take_all` does."""
    photo, signature = await take_all(
        store,
        photos,
        actor,
        (photo_id, UploadPurpose.EVIDENCE_PHOTO, "photoId"),
        (signature_id, UploadPurpose.SIGNATURE, "signatureId"),
    )
    return photo, signature


async def take_all(
    store: Store, photos: Photos, actor: Actor, *uploads: tuple[str, UploadPurpose, str]
) -> list[StoredPicture]:
    """Verifies and stores the pictures of uploads (id, purpose, field). Refuses as `Uploads.verified` and `examine` do.

    Nothing is stored unless all are good. A caller that does not refer to the pictures must `discard` them.
    """
    seen = await _all_of(_see(store, photos, actor, *each) for each in uploads)
    kept: list[StoredPicture] = []
    try:
        for each in seen:
            kept.append(await _keep(store, each))
    except BaseException:
        await discard(store, *kept)
        raise
    return kept


async def _all_of(doing: Iterable[Awaitable[_VerifiedPicture]]) -> list[_VerifiedPicture]:
    """Returns all results; raises the first error after all have ended, so that none still runs."""
    results: list[_VerifiedPicture] = []
    errors: list[BaseException] = []
    for outcome in await asyncio.gather(*doing, return_exceptions=True):
        if isinstance(outcome, BaseException):
            errors.append(outcome)
        else:
            results.append(outcome)
    if errors:
        raise errors[0]
    return results


async def discard(store: Store, *kept: StoredPicture) -> None:
    """Deletes evidence that no record refers to."""
    delete = store.objects.delete
    await asyncio.gather(
        *(_delete(delete(ORIGINALS, each.original, version=each.version), each.original) for each in kept),
        *(_delete(delete(EVIDENCE, key), key) for each in kept for key in (each.served, each.thumbnail)),
    )


async def forget_uploads(store: Store, *kept: StoredPicture) -> None:
    """Deletes the uploads whose content is stored."""
    await asyncio.gather(*(_delete(store.uploads.forget(each.upload), each.upload) for each in kept))


async def _delete(deleting: Awaitable[None], key: str) -> None:
    """Deletes an object; a failure is only logged, since nothing refers to it."""
    try:
        await deleting
    except AmanahError as error:
        log.warning("an object that nothing refers to stays behind", key=key, code=error.code)


async def retain(store: Store, tx: Tx, *kept: StoredPicture) -> None:
    """Notes the originals that an object store with object lock is to retain for the configured years.

    Part of the transaction that refers to them: the worker `originals` asks the store after the commit, so that originals of
    refused commands can still be deleted.
    """
    until = datetime.now(UTC) + timedelta(days=round(365.25 * store.settings.originals_kept_years))
    await store[RETENTIONS].insert_many(
        [{"_id": k.original, "version": k.version, "until": until} for k in kept if k.version is not None], tx=tx
    )


async def retain_due(store: Store) -> bool:
    """Retains noted originals and returns true if there were any. Runs in a background worker."""
    due = await store[RETENTIONS].list({}, limit=_AT_ONCE)
    for original in due:
        if await store.objects.locks(ORIGINALS):
            await store.objects.retain(ORIGINALS, original["_id"], original["version"], original["until"])
        await store[RETENTIONS].delete({"_id": original["_id"]})
    return bool(due)
