"""Uploads: clients send files by a signed request."""

import strawberry

from amanah.contracts import uploads
from amanah.contracts.evidence import CreateEvidenceUpload
from amanah.contracts.imports import CreateListUpload
from amanah.contracts.uploads import UploadPurpose
from gateway.context import Info
from gateway.schema.derive import input_over, over, resolver
from gateway.schema.errors import payload, with_user_errors


@over(uploads.Header)
class UploadHeader:
    """Header that the client must send with the PUT request."""


@over(uploads.Upload)
class Upload:
    """Signed request by which the client sends one file. The declared size and SHA-256 are binding."""


@input_over(CreateEvidenceUpload)
class CreateUploadInput:
    """File to upload. One that does not match the declared size and SHA-256 is refused later."""

    purpose: UploadPurpose
    sha256: str


@payload
class CreateUploadPayload:
    """The upload, or the errors of the input."""

    upload: uploads.Upload | None = None


def upload_request(given: CreateUploadInput) -> CreateListUpload | CreateEvidenceUpload:
    """Builds the request for the owner: recipients for recipient lists, distribution for everything else."""
    owner = CreateListUpload if given.purpose is UploadPurpose.RECIPIENT_LIST else CreateEvidenceUpload
    return owner.model_validate(vars(given) | {"sha256": given.sha256.lower()})


@strawberry.type
class UploadMutations:
    """Mutations on uploads."""

    @resolver
    @with_user_errors
    async def create_upload(self, info: Info, input: CreateUploadInput) -> CreateUploadPayload:
        """Issues a signed request to send a file: to the object store, or to the gateway where browsers do not reach that."""
        ask = upload_request(input)
        upload = await info.context.call(ask)
        return CreateUploadPayload(upload=info.context.upload_address(upload, ask.size))
