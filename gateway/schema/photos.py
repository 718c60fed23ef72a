"""Evidence photos and signatures: their addresses are issued when they are asked for, and expire."""

from datetime import datetime

import strawberry

from amanah.contracts import evidence
from amanah.contracts.errors import NotFound
from amanah.contracts.evidence import PhotoLink, PhotoView, RevealOriginal, SignatureView
from gateway.context import Info
from gateway.schema.errors import UserError, attempt
from gateway.schema.fields import resolved
from gateway.schema.locations import Location, location
from gateway.schema.node import shown


@strawberry.type(description="The evidence photo as it is served: re-encoded, without EXIF. Its addresses expire.")
class Photo:
    """One photo."""

    id: strawberry.ID
    sha256: str = strawberry.field(description="Of the sealed original.")
    captured_at: datetime | None = strawberry.field(description="What the camera noted; a hint.")
    location: Location | None = strawberry.field(description="What the camera noted; a hint.")
    handover_id: strawberry.Private[str]

    @resolved("Where it can be looked at for some minutes. That you ask is on the audit trail, unless you recorded it.")
    async def url(self, info: Info) -> str:
        """The served copy."""
        return (await link(info, self.handover_id)).url

    @resolved("The same, small.")
    async def thumbnail_url(self, info: Info) -> str:
        """The thumbnail."""
        return (await link(info, self.handover_id)).thumbnail_url


@strawberry.type(description="The signature or thumbprint as it is served. Its address expires.")
class Signature:
    """One signature."""

    id: strawberry.ID
    sha256: str = strawberry.field(description="Of the sealed original.")
    handover_id: strawberry.Private[str]

    @resolved("Where it can be looked at for some minutes. That you ask is on the audit trail, unless you recorded it.")
    async def url(self, info: Info) -> str:
        """The served copy."""
        return (await link(info, self.handover_id)).signature_url


async def link(info: Info, handover_id: str) -> PhotoLink:
    """The addresses of a handover's evidence; those of a page are one call."""
    found = await info.context.loaders.photo_links.load(handover_id)
    if found is None:
        raise NotFound("There is no such photo.")
    return found


def photo(handover_id: str, view: PhotoView) -> Photo:
    """The photo of a handover."""
    return Photo(
        id=strawberry.ID(view.id),
        sha256=view.sha256,
        captured_at=view.captured_at,
        location=shown(view.location, location),
        handover_id=handover_id,
    )


def signature(handover_id: str, view: SignatureView) -> Signature:
    """The signature of a handover."""
    return Signature(id=strawberry.ID(view.id), sha256=view.sha256, handover_id=handover_id)


@strawberry.type(description="Where a sealed original can be read until it expires.")
class OriginalLink:
    """One address."""

    url: str
    expires_at: datetime


@strawberry.input
class RevealOriginalInput:
    """Whose original, and why: the reason stands in the audit log."""

    handover_id: strawberry.ID
    reason: str


@strawberry.type
class RevealOriginalPayload:
    """The address, or what to mend."""

    original: OriginalLink | None
    user_errors: list[UserError]


def _original(view: evidence.OriginalLink) -> OriginalLink:
    return OriginalLink(url=view.url, expires_at=view.expires_at)


@strawberry.type
class PhotoMutations:
    """Mutations on photos."""

    @resolved("The sealed original of a handover's photo, for auditors; every call is in the audit trail.")
    async def reveal_original(self, info: Info, input: RevealOriginalInput) -> RevealOriginalPayload:
        """Reveals an original."""
        view, errors = await attempt(
            lambda: info.context.call(RevealOriginal(handover_id=input.handover_id, reason=input.reason)),
            _original,
        )
        return RevealOriginalPayload(original=view, user_errors=errors)
