"""Uploads: clients send files directly to the object store."""

from enum import StrEnum

from pydantic import Field

from amanah.contracts.message import Answer, Moment


class UploadPurpose(StrEnum):
    """Purpose of an uploaded file. It determines who may upload it and which formats are accepted."""

    EVIDENCE_PHOTO = "EVIDENCE_PHOTO"
    SIGNATURE = "SIGNATURE"
    RECIPIENT_LIST = "RECIPIENT_LIST"
    ATTACHMENT = "ATTACHMENT"
    PAYMENT_STATUS = "PAYMENT_STATUS"


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
