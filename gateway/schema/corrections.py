"""Corrections of handovers, and entitlements that may be handed over again."""

from uuid import UUID

import strawberry
from strawberry import Parent

from amanah.contracts.corrections import (
    ApproveCorrection,
    CorrectionView,
    GetCorrections,
    ListCorrections,
    ProposeCorrection,
    RejectCorrection,
    ReopenEntitlement,
)
from amanah.contracts.handovers.handovers import GetHandovers, HandoverView
from amanah.contracts.rounds import EntitlementView, GetEntitlements
from gateway.context import Info
from gateway.schema.areas import Area, area_of
from gateway.schema.derive import input_over, over, request, resolver
from gateway.schema.errors import payload, with_user_errors
from gateway.schema.node import Node
from gateway.schema.pagination import PAGE, Connection, page_of, page_size


@over(CorrectionView, without=("handover_id", "entitlement_id", "round_id", "recipient_id"), found_by=GetCorrections)
class Correction(Node):
    """Proposed reversal of a handover that was recorded wrongly. Another person decides it."""

    area: Area = strawberry.field(resolver=area_of, description="Area of the handover.")

    @resolver
    @staticmethod
    async def handover(correction: Parent[CorrectionView], info: Info) -> HandoverView | None:
        """Handover in question."""
        return await info.context.load(GetHandovers, correction.handover_id)

    @resolver
    @staticmethod
    async def entitlement(correction: Parent[CorrectionView], info: Info) -> EntitlementView | None:
        """Entitlement of the recipient."""
        return await info.context.load(GetEntitlements, correction.entitlement_id)


@input_over(ProposeCorrection)
class ProposeCorrectionInput:
    """Handover to reverse, and the reason. A repeat of `clientId` answers the first result."""

    client_id: UUID


@input_over(ApproveCorrection)
class DecideCorrectionInput:
    """Correction to approve or reject, a note, and the authority."""


@input_over(ReopenEntitlement)
class ReopenEntitlementInput:
    """Entitlement to reopen, and the reason."""


@input_over(ListCorrections, without=("first", "after"))
class CorrectionFilter:
    """Conditions on corrections. All that are given must hold."""


@payload
class CorrectionPayload:
    """The correction, or the errors of the input."""

    correction: CorrectionView | None = None


@payload
class ReopenEntitlementPayload:
    """The entitlement, or the errors of the input."""

    entitlement: EntitlementView | None = None


@strawberry.type
class CorrectionQueries:
    """Queries on corrections."""

    @resolver
    async def corrections(
        self, info: Info, filter: CorrectionFilter | None = None, first: int | None = PAGE, after: str | None = None
    ) -> Connection[CorrectionView]:
        """Corrections in the areas that the viewer may see, the newest first."""
        page = await info.context.call(request(ListCorrections, filter, first=page_size(first), after=after))
        return page_of(page, after)


@strawberry.type
class CorrectionMutations:
    """Mutations on corrections and on what they make possible."""

    @resolver
    @with_user_errors
    async def propose_correction(self, info: Info, input: ProposeCorrectionInput) -> CorrectionPayload:
        """Proposes to reverse a handover that was recorded wrongly. Nothing changes until another person approves."""
        return CorrectionPayload(correction=await info.context.call(request(ProposeCorrection, input)))

    @resolver
    @with_user_errors
    async def approve_correction(self, info: Info, input: DecideCorrectionInput) -> CorrectionPayload:
        """Approves a correction that another person proposed, which reverses the handover."""
        return CorrectionPayload(correction=await info.context.call(request(ApproveCorrection, input)))

    @resolver
    @with_user_errors
    async def reject_correction(self, info: Info, input: DecideCorrectionInput) -> CorrectionPayload:
        """Rejects a correction. The handover stays as it is."""
        return CorrectionPayload(correction=await info.context.call(request(RejectCorrection, input)))

    @resolver
    @with_user_errors
    async def reopen_entitlement(self, info: Info, input: ReopenEntitlementInput) -> ReopenEntitlementPayload:
        """Makes a failed or reversed entitlement pending, so that it can be handed over again."""
        ask = request(ReopenEntitlement, input)
        return ReopenEntitlementPayload(entitlement=await info.context.call(ask))
