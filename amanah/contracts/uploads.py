"""Uploads: clients send files directly to the object store."""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from amanah.contracts.errors import Refused
from amanah.contracts.message import Answer, Moment


class UploadPurpose(StrEnum):
    """Purpose of an uploaded file. It determines who may upload it and which formats are accepted."""

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

_IMAGES = frozenset({UploadPurpose.EVIDENCE_PHOTO, UploadPurpose.SIGNATURE})


class Header(Answer):
    """Header that the client must send with the PUT request."""

    name: str
    value: str


class Upload(Answer):
    """Presigned request by which the client sends one file. The declared size and SHA-256 are binding."""

    id: str
    url: str = Field(description="Address to send the bytes to, until `expiresAt`.")
    method: str = Field(default="PUT", description="HTTP method.")
    headers: tuple[Header, ...] = Field(default=(), description="Headers that the request must have.")
    expires_at: Moment


def too_large(purpose: UploadPurpose) -> Refused:
    """Returns the refusal of a file that is larger than its purpose allows."""
    code = "photo_too_large" if purpose is UploadPurpose.EVIDENCE_PHOTO else "file_too_large"
    return Refused(code, "size", most=LIMITS[purpose] // MEGABYTE)


def missing(purpose: UploadPurpose, field: str) -> Refused:
    """Returns the refusal of an upload without bytes; `field` names the input that referred to it."""
    return Refused("photo_missing" if purpose in _IMAGES else "file_missing", field)


def mismatch(purpose: UploadPurpose, field: str) -> Refused:
    """Returns the refusal of an upload whose size or bytes are not those declared."""
    return Refused("photo_mismatch" if purpose in _IMAGES else "file_mismatch", field)
