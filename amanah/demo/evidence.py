"""A handover as an officer's device makes it: photo, signature, place and time, uploaded and then declared."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID, uuid5

from amanah.contracts.message import rfc3339
from amanah.demo.client import ApiUser, UploadFile
from amanah.demo.photos import photo, signature
from amanah.demo.places import Village
from amanah.demo.program import GOODS, WIB

_NAMESPACE = UUID("5e0f6a58-9c3b-5a38-8d0e-3f6d1f0c7a11")
_SPREAD = 0.0002  # degrees around the delivery point, some 20 m

Handover = dict[str, Any]


@dataclass(frozen=True)
class Capture:
    """Capture by the officer's device: village, time and position. `seed` makes the pictures."""

    seed: str
    village: Village
    at: datetime
    latitude: float
    longitude: float
    accuracy: float

    @classmethod
    def beside(cls, seed: str, village: Village, at: datetime) -> "Capture":
        """A capture at the village's delivery point."""
        rng = Random(f"amanah demo capture {seed}")
        return cls(
            seed,
            village,
            at,
            round(village.latitude + rng.uniform(-_SPREAD, _SPREAD), 6),
            round(village.longitude + rng.uniform(-_SPREAD, _SPREAD), 6),
            rng.randint(4, 30),
        )

    def away(self, degrees: float) -> "Capture":
        """The same capture, further north."""
        return replace(self, latitude=round(self.latitude + degrees, 6))

    async def photo(self) -> bytes:
        """The JPEG."""
        return await asyncio.to_thread(photo, self.seed, self.at.astimezone(WIB), self.latitude, self.longitude)

    async def signature(self) -> bytes:
        """The PNG."""
        return await asyncio.to_thread(signature, self.seed)


def photo_file(declared: bytes, content: bytes | None) -> UploadFile:
    """A photo that is declared as `declared` while `content` is what arrives; None sends nothing."""
    return UploadFile("EVIDENCE_PHOTO", "serah-terima.jpg", "image/jpeg", declared, content)


async def upload_photo(officer: ApiUser, picture: bytes) -> str:
    """Uploads a photo as it is, and gives the upload's id."""
    return await officer.upload(photo_file(picture, picture))


async def upload_signature(officer: ApiUser, capture: Capture) -> str:
    """Uploads a signature, and gives the upload's id."""
    scrawl = await capture.signature()
    return await officer.upload(UploadFile("SIGNATURE", "tanda-tangan.png", "image/png", scrawl, scrawl))


async def handover(
    officer: ApiUser, capture: Capture, entitlement: str, package: str, picture: bytes | None = None
) -> Handover:
    """The input of RecordHandover with its evidence uploaded; `picture` takes the place of the capture's own photo."""
    content = await capture.photo() if picture is None else picture
    photo_id, signature_id = await asyncio.gather(upload_photo(officer, content), upload_signature(officer, capture))
    return handover_input(capture, entitlement, package, photo_id, signature_id)


def handover_input(capture: Capture, entitlement: str, package: str, photo_id: str, signature_id: str) -> Handover:
    """The input of RecordHandover; the same entitlement always has the same client id."""
    return {
        "clientId": str(uuid5(_NAMESPACE, entitlement)),
        "entitlementId": entitlement,
        "packageCode": package,
        "items": [{"sku": good.sku, "quantity": str(good.quantity)} for good in GOODS],
        "receivedBy": {"kind": "RECIPIENT"},
        "occurredAt": rfc3339(capture.at),
        "location": {
            "latitude": capture.latitude,
            "longitude": capture.longitude,
            "accuracy": capture.accuracy,
            "mocked": False,
        },
        "photoId": photo_id,
        "signatureId": signature_id,
        "device": "Contoh Gawai-1",
    }
