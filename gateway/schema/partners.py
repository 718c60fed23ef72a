"""Partners: carriers with their credentials, for administrators."""

import strawberry

from amanah.contracts import partners as partners_contract
from amanah.contracts.partners import (
    AddPartner,
    ChangePartner,
    CredentialView,
    GetPartners,
    ListPartners,
    NewCredential,
    PartnerStatus,
    PartnerView,
    ResumePartner,
    RotatePartnerCredential,
    SuspendPartner,
    WebhookAddress,
    WebhookView,
)
from gateway.context import Info
from gateway.schema.areas import Area, area_of
from gateway.schema.derive import input_over, over, request, resolver
from gateway.schema.errors import payload, with_user_errors
from gateway.schema.node import Node
from gateway.schema.pagination import PAGE, Connection, page_of, page_size


@over(partners_contract.PartnerLimits)
class PartnerLimits:
    """Limits of a partner."""


@over(WebhookView)
class PartnerWebhook:
    """Webhook of a partner."""


@over(CredentialView)
class PartnerCredential:
    """Credential of a partner, without its secret."""


@over(PartnerView, found_by=GetPartners)
class Partner(Node):
    """Carrier that reports events of its packages."""

    area: Area = strawberry.field(resolver=area_of, description="Area in which it works.")


@over(NewCredential)
class NewPartnerCredential:
    """Credential with its secret, which is shown this once."""


@input_over(partners_contract.PartnerLimits)
class PartnerLimitsInput:
    """Limits of a partner."""


@input_over(WebhookAddress)
class PartnerWebhookInput:
    """Address to which outcomes are posted."""


@input_over(AddPartner)
class AddPartnerInput:
    """Partner to register."""


@input_over(ChangePartner)
class ChangePartnerInput:
    """Partner, and the fields to change. A list replaces the stored one."""


@input_over(RotatePartnerCredential)
class RotatePartnerCredentialInput:
    """Partner, and the kind of credential to make anew."""


@input_over(SuspendPartner)
class SuspendPartnerInput:
    """Partner to suspend, with the reason."""


@input_over(ResumePartner)
class ResumePartnerInput:
    """Partner whose suspension ends."""


@payload
class AddPartnerPayload:
    """The partner and its credentials, or the errors of the input."""

    partner: PartnerView | None = None
    credentials: tuple[NewCredential, ...] | None = None


@payload
class ChangePartnerPayload:
    """The partner after the change, or the errors of the input."""

    partner: PartnerView | None = None


@payload
class RotatePartnerCredentialPayload:
    """The partner and its new credential, or the errors of the input."""

    partner: PartnerView | None = None
    credentials: tuple[NewCredential, ...] | None = None


@payload
class SuspendPartnerPayload:
    """The suspended partner, or the errors of the input."""

    partner: PartnerView | None = None


@payload
class ResumePartnerPayload:
    """The partner, active again, or the errors of the input."""

    partner: PartnerView | None = None


@strawberry.type
class PartnerQueries:
    """Queries on partners."""

    @resolver
    async def partners(
        self, info: Info, status: PartnerStatus | None = None, first: int | None = PAGE, after: str | None = None
    ) -> Connection[PartnerView]:
        """Partners within the viewer's area, the newest first. For administrators."""
        ask = ListPartners(status=status, first=page_size(first), after=after)
        return page_of(await info.context.call(ask), after)

    @resolver
    async def partner(self, info: Info, id: strawberry.ID) -> PartnerView | None:
        """Partner with this id; null when there is none within the viewer's area. For administrators."""
        return await info.context.load(GetPartners, id)


@strawberry.type
class PartnerMutations:
    """Mutations on partners."""

    @resolver
    @with_user_errors
    async def add_partner(self, info: Info, input: AddPartnerInput) -> AddPartnerPayload:
        """Registers a partner with a credential of each kind. Their secrets are shown this once."""
        ask = request(AddPartner, input)
        made = await info.context.call(ask, within=[ask.area])
        return AddPartnerPayload(partner=made.partner, credentials=made.credentials)

    @resolver
    @with_user_errors
    async def change_partner(self, info: Info, input: ChangePartnerInput) -> ChangePartnerPayload:
        """Changes what is given of a partner, and leaves the rest."""
        return ChangePartnerPayload(partner=await info.context.call(request(ChangePartner, input)))

    @resolver
    @with_user_errors
    async def rotate_partner_credential(
        self, info: Info, input: RotatePartnerCredentialInput
    ) -> RotatePartnerCredentialPayload:
        """Makes a new secret, shown this once. The earlier one stays valid for 24 hours, or ends at once with `now`."""
        made = await info.context.call(request(RotatePartnerCredential, input))
        return RotatePartnerCredentialPayload(partner=made.partner, credentials=made.credentials)

    @resolver
    @with_user_errors
    async def suspend_partner(self, info: Info, input: SuspendPartnerInput) -> SuspendPartnerPayload:
        """Suspends a partner: its requests and events are refused with the reason."""
        return SuspendPartnerPayload(partner=await info.context.call(request(SuspendPartner, input)))

    @resolver
    @with_user_errors
    async def resume_partner(self, info: Info, input: ResumePartnerInput) -> ResumePartnerPayload:
        """Ends the suspension of a partner."""
        return ResumePartnerPayload(partner=await info.context.call(request(ResumePartner, input)))
