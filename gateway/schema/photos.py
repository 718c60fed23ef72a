"""Evidence photos and signatures. Their addresses are issued on request and expire."""

import strawberry
from strawberry import Parent

from amanah.contracts import evidence
from amanah.contracts.errors import NotFound
from amanah.contracts.evidence import GetPhotoLinks, PhotoLink, PhotoView, RevealOriginal, SignatureView
from gateway.context import Info
from gateway.schema.derive import input_over, over, request, resolver
from gateway.schema.errors import payload, with_user_errors


class HandoverPhoto(PhotoView):
    """The photo of a handover, by which its addresses are found."""

    handover_id: str


class HandoverSignature(SignatureView):
    """The signature of a handover, by which its address is found."""

    handover_id: str


@over(HandoverPhoto, without=("handover_id",))
class Photo:
    """Evidence photo as it is served: re-encoded, without EXIF. Its addresses expire."""

    @resolver
    @staticmethod
    async def url(photo: Parent[HandoverPhoto], info: Info) -> str:
        """Address of the photo for some minutes. Reading it writes an audit entry, unless you recorded the handover."""
        return (await link(info, photo.handover_id)).url

    @resolver
    @staticmethod
    async def thumbnail_url(photo: Parent[HandoverPhoto], info: Info) -> str:
        """Address of a small copy, like `url`."""
        return (await link(info, photo.handover_id)).thumbnail_url


@over(HandoverSignature, without=("handover_id",))
class Signature:
    """Signature or thumbprint as it is served. Its address expires."""

    @resolver
    @staticmethod
    async def url(signature: Parent[HandoverSignature], info: Info) -> str:
        """Address of the signature for some minutes. Reading it writes an audit entry, unless you recorded the handover."""
        return (await link(info, signature.handover_id)).signature_url


async def link(info: Info, handover_id: str) -> PhotoLink:
    """The addresses of a handover's evidence; those of a page are one call."""
    found = await info.context.load(GetPhotoLinks, handover_id)
    if found is None:
        raise NotFound("not_found.photo")
    return found


@over(evidence.OriginalLink)
class OriginalLink:
    """Address of a sealed original until it expires."""


@input_over(RevealOriginal)
class RevealOriginalInput:
    """Handover whose original is to be read, and the reason, which stands in the public audit log."""


@payload
class RevealOriginalPayload:
    """Address of the original, or the errors of the input."""

    original: evidence.OriginalLink | None = None


@strawberry.type
class PhotoMutations:
    """Mutations on photos."""

    @resolver
    @with_user_errors
    async def reveal_original(self, info: Info, input: RevealOriginalInput) -> RevealOriginalPayload:
        """Issues the address of the sealed original of a handover's photo, for auditors. Every call writes an audit entry."""
        return RevealOriginalPayload(original=await info.context.call(request(RevealOriginal, input)))
