"""Files go from the client straight to the object store; this is what owners and clients say about them."""

from enum import StrEnum

from amanah.contracts.message import Answer, Moment


class UploadPurpose(StrEnum):
    """What an uploaded file is for; it decides who owns it and what is accepted."""

    EVIDENCE_PHOTO = "EVIDENCE_PHOTO"
    SIGNATURE = "SIGNATURE"
    RECIPIENT_LIST = "RECIPIENT_LIST"
    ATTACHMENT = "ATTACHMENT"
    PAYMENT_STATUS = "PAYMENT_STATUS"


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
