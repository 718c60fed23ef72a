"""Where clients PUT files: straight to the object store."""

from datetime import datetime

import strawberry

from amanah.contracts.evidence import CreateEvidenceUpload
from amanah.contracts.imports import CreateListUpload
from amanah.contracts.uploads import Upload as UploadView
from amanah.contracts.uploads import UploadPurpose
from gateway.context import Info
from gateway.schema.errors import UserError, attempt
from gateway.schema.fields import resolved

strawberry.enum(UploadPurpose, description="What an uploaded file is for; it decides who may and what is accepted.")


@strawberry.type(description="A header that must go with the PUT.")
class UploadHeader:
    """One header."""

    name: str
    value: str


@strawberry.type(description="Where and how to PUT the bytes, until when. The declared size and SHA-256 are binding.")
class Upload:
    """A place for one file."""

    id: strawberry.ID
    url: str
    method: str
    headers: list[UploadHeader]
    expires_at: datetime


@strawberry.input(description="The file to upload, as its bytes are: what does not match is refused later.")
class CreateUploadInput:
    """The file declared."""

    purpose: UploadPurpose
    filename: str
    content_type: str
    size: int
    sha256: str


@strawberry.type
class CreateUploadPayload:
    """The upload, or what to mend."""

    upload: Upload | None
    user_errors: list[UserError]


def upload(view: UploadView) -> Upload:
    """The upload of a view."""
    return Upload(
        id=strawberry.ID(view.id),
        url=view.url,
        method=view.method,
        headers=[UploadHeader(name=h.name, value=h.value) for h in view.headers],
        expires_at=view.expires_at,
    )


def request(given: CreateUploadInput) -> CreateListUpload | CreateEvidenceUpload:
    """Recipient lists belong to the register, evidence to the distribution."""
    owner = CreateListUpload if given.purpose is UploadPurpose.RECIPIENT_LIST else CreateEvidenceUpload
    return owner(
        purpose=given.purpose,
        filename=given.filename,
        content_type=given.content_type,
        size=given.size,
        sha256=given.sha256.lower(),
    )


@strawberry.type
class UploadMutations:
    """Mutations on uploads."""

    @resolved("Says where and how to PUT a file, straight to the object store.")
    async def create_upload(self, info: Info, input: CreateUploadInput) -> CreateUploadPayload:
        """Where to PUT a file."""
        view, errors = await attempt(lambda: info.context.call(request(input)), upload)
        return CreateUploadPayload(upload=view, user_errors=errors)
