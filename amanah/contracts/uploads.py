"""Uploads: files that a client sends straight to the object store, their purposes and limits."""

from collections.abc import Mapping
from enum import StrEnum

from amanah.contracts.message import Answer, Moment


class UploadPurpose(StrEnum):
    """What an uploaded file is for; it decides who owns it and what is accepted."""

    EVIDENCE_PHOTO = "EVIDENCE_PHOTO"
    SIGNATURE = "SIGNATURE"
    RECIPIENT_LIST = "RECIPIENT_LIST"
    ATTACHMENT = "ATTACHMENT"
    PAYMENT_STATUS = "PAYMENT_STATUS"


MEGABYTE = 1 << 20

LIMITS: Mapping[UploadPurpose, int] = {
    UploadPurpose.EVIDENCE_PHOTO: 10 * MEGABYTE,
    UploadPurpose.SIGNATURE: 2 * MEGABYTE,
    UploadPurpose.RECIPIENT_LIST: 200 * MEGABYTE,
    UploadPurpose.ATTACHMENT: 10 * MEGABYTE,
    UploadPurpose.PAYMENT_STATUS: 50 * MEGABYTE,
}
"""Largest size in bytes by purpose."""

IMAGES = frozenset({UploadPurpose.EVIDENCE_PHOTO, UploadPurpose.SIGNATURE})
"""Purposes whose errors speak of a photo instead of a file."""


class Header(Answer):
    """A header that the client must send with its PUT."""

    name: str
    value: str


class Upload(Answer):
    """Where and how to PUT the bytes, and until when."""

    id: str
    url: str
    method: str = "PUT"
    headers: tuple[Header, ...] = ()
    expires_at: Moment
