"""Uploads: a client declares a file and PUTs it straight into the object store; the service that owns it checks the bytes.

Nothing may refer to an upload before its bytes were read back and compared with the declaration: a presigned PUT binds
neither size nor type. Each service keeps the uploads of its purposes in its own database.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from amanah.contracts.actor import Actor
from amanah.contracts.buckets import UPLOADS
from amanah.contracts.errors import NotFound, Refused
from amanah.contracts.ids import new_id
from amanah.contracts.uploads import LIMITS, Header, Upload, UploadPurpose, mismatch, missing, too_large
from amanah.runtime.mongo import Collection, Database, Tx
from amanah.runtime.objects import Objects
from amanah.runtime.tables import Document, index

_OPEN_FOR = timedelta(hours=1)
_SWEEP = 100


@dataclass(frozen=True)
class VerifiedUpload:
    """Upload whose bytes match the declaration."""

    id: str
    filename: str
    content_type: str
    sha256: str
    content: bytes


class Uploads:
    """Uploads of one service."""

    def __init__(self, db: Database, objects: Objects) -> None:
        self._uploads: Collection[Document] = db["uploads"]
        self._objects = objects

    async def prepare(self) -> None:
        """Creates missing indexes."""
        await self._uploads.ensure_indexes([index("owner", "at"), index("usedBy", sparse=True), index("swept", "at")])

    async def create(
        self, actor: Actor, purpose: UploadPurpose, *, filename: str, content_type: str, size: int, sha256: str
    ) -> Upload:
        """Declares a file and answers with the address to PUT it to. Refuses what is `too_large`."""
        if size > LIMITS[purpose]:
            raise too_large(purpose)
        now = datetime.now(UTC)
        upload_id = new_id("upl")
        url = await self._objects.presign_put(UPLOADS, upload_id, _OPEN_FOR)
        await self._uploads.insert(
            {
                "_id": upload_id,
                "owner": actor.id,
                "purpose": purpose.value,
                "filename": filename,
                "contentType": content_type,
                "size": size,
                "sha256": sha256,
                "at": now,
                "usedBy": None,
                "swept": False,
            }
        )
        return Upload(
            id=upload_id,
            url=url,
            headers=(Header(name="Content-Type", value=content_type),),
            expires_at=now + _OPEN_FOR,
        )

    async def verified(self, upload_id: str, actor: Actor, purpose: UploadPurpose, *, field: str) -> VerifiedUpload:
        """Reads the upload's bytes back and compares them with the declaration. `field` names the input that referred to it.

        Refuses with upload_unknown (none such, another's, or for another purpose), upload_used, and what is `missing`
        (nothing was PUT) or a `mismatch` (other size or bytes than declared).
        """
        declared = await self._uploads.get({"_id": upload_id, "owner": actor.id, "purpose": purpose.value})
        if declared is None:
            raise Refused("upload_unknown", field)
        if declared["usedBy"] is not None:
            raise Refused("upload_used", field)
        try:
            content = await self._objects.get(UPLOADS, upload_id, limit=declared["size"])
        except NotFound:
            raise missing(purpose, field) from None
        if len(content) != declared["size"] or hashlib.sha256(content).hexdigest() != declared["sha256"]:
            raise mismatch(purpose, field)
        return VerifiedUpload(upload_id, declared["filename"], declared["contentType"], declared["sha256"], content)

    async def use(self, tx: Tx, upload_id: str, used_by: str) -> None:
        """Marks an upload as belonging to `used_by`, once. Refuses with upload_used."""
        if not await self._uploads.update({"_id": upload_id, "usedBy": None}, {"$set": {"usedBy": used_by}}, tx=tx):
            raise Refused("upload_used")

    async def erase(self, tx: Tx, upload_id: str) -> None:
        """Deletes the record of an upload that was used, where it must not lead to its owner. Refuses with upload_used."""
        if not await self._uploads.delete({"_id": upload_id, "usedBy": None}, tx=tx):
            raise Refused("upload_used")

    async def forget(self, upload_id: str) -> None:
        """Deletes the uploaded bytes, once they are kept elsewhere or refused; the record stays."""
        await self._objects.delete(UPLOADS, upload_id)

    async def sweep(self, after: timedelta) -> bool:
        """Deletes the bytes of uploads that were declared longer than `after` ago: unused, or put there again after use.

        Deletes the record of unused ones, too. Returns True if there may be more. `after` must exceed the lifetime of an
        upload address.
        """
        if after <= _OPEN_FOR:
            raise ValueError("an upload may still be under way")
        old = await self._uploads.list(
            {"swept": False, "at": {"$lt": datetime.now(UTC) - after}}, limit=_SWEEP, projection={"usedBy": 1}
        )
        for upload in old:
            await self.forget(upload["_id"])
            if not await self._uploads.delete({"_id": upload["_id"], "usedBy": None}):
                await self._uploads.update({"_id": upload["_id"]}, {"$set": {"swept": True}})
        return bool(old)
