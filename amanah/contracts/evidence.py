"""Addresses of evidence photos: issued when somebody wants to look, each for some minutes."""

from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.distribution import VIEWERS, DistributionRequest
from amanah.contracts.message import Answer, Location, Moment, Sha256
from amanah.contracts.uploads import Upload, UploadPurpose


class PhotoLink(Answer):
    """Links to a handover's photo and signature, re-encoded and without metadata; all expire."""

    id: str
    url: str
    thumbnail_url: str
    signature_url: str
    expires_at: Moment


class PhotoLinksAnswer(Answer):
    """The links of the handovers found; each one's `id` is the handover's."""

    nodes: tuple[PhotoLink, ...] = ()


class GetPhotoLinks(DistributionRequest[PhotoLinksAnswer]):
    """Addresses of the photos and signatures of handovers that the viewer may see.

    For all but the officer who recorded a handover this is on the audit trail, once a viewer, handover and day: an entry
    of its own action, not one of the reading of personal data.
    """

    roles: ClassVar[frozenset[Role]] = VIEWERS
    changes: ClassVar[bool] = True
    ids: tuple[str, ...] = Field(max_length=100)


class OriginalLink(Answer):
    """Link to the sealed original of a photo, with all its metadata; it expires."""

    url: str
    expires_at: Moment


class RevealOriginal(DistributionRequest[OriginalLink]):
    """The sealed original of a handover's photo, for auditors, with a reason; every call is on the audit trail.

    Refuses with reason_unfit. NotFound outside the viewer's scope.
    """

    roles: ClassVar[frozenset[Role]] = frozenset({Role.AUDITOR})
    changes: ClassVar[bool] = True
    handover_id: str
    reason: str = Field(min_length=10, max_length=300, description="Reason; it stands in the public audit log.")


class CreateEvidenceUpload(DistributionRequest[Upload]):
    """Issues a presigned request for a photo, signature, attachment or status report. Size and sha256 are binding."""

    roles: ClassVar[frozenset[Role]] = frozenset(
        {Role.OFFICER, Role.VERIFIER, Role.SUPERVISOR, Role.ADMIN, Role.RECIPIENT}
    )
    changes: ClassVar[bool] = True
    purpose: UploadPurpose
    filename: str = Field(max_length=255)
    content_type: str = Field(max_length=100)
    size: int = Field(gt=0, description="Size in bytes.")
    sha256: Sha256 = Field(description="SHA-256 of the bytes, in hexadecimal.")


class PhotoView(Answer):
    """Evidence photo. Its addresses are issued by GetPhotoLinks. Time and place are hints from EXIF."""

    id: str
    sha256: Sha256 = Field(description="SHA-256 of the sealed original.")
    captured_at: Moment | None = Field(description="Time in the camera's metadata; a hint.")
    location: Location | None = Field(description="Place in the camera's metadata; a hint.")


class SignatureView(Answer):
    """Signature or thumbprint. Its address is issued by GetPhotoLinks."""

    id: str
    sha256: Sha256 = Field(description="SHA-256 of the sealed original.")
