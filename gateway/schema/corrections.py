"""Corrections of handovers, and entitlements that may be handed over again."""

from datetime import datetime
from uuid import UUID

import strawberry

from amanah.contracts.corrections import (
    ApproveCorrection,
    CorrectionStatus,
    CorrectionView,
    ListCorrections,
    ProposeCorrection,
    RejectCorrection,
    ReopenEntitlement,
)
from amanah.contracts.handovers.handovers import GetHandovers, HandoverView
from amanah.contracts.rounds import GetEntitlements
from gateway.context import Info
from gateway.schema.areas import Area, area
from gateway.schema.assignments import Entitlement, entitlement
from gateway.schema.enums import register
from gateway.schema.errors import UserError, attempt
from gateway.schema.fields import resolved
from gateway.schema.node import Node, shown
from gateway.schema.pagination import PAGE, Connection, connection, page_size
from gateway.schema.scalars import AreaCode

register(CorrectionStatus)


@strawberry.type(description="A proposal to reverse a handover that was recorded wrongly; another person decides it.")
class Correction(Node):
    """One correction."""

    status: CorrectionStatus
    reason: str
    authority: str
    evidence_count: int
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_authority: str
    note: str
    handover_id: strawberry.Private[str]
    entitlement_id: strawberry.Private[str]
    area_code: strawberry.Private[str]

    @resolved("Where it happened.")
    def area(self, info: Info) -> Area:
        """The correction's area."""
        return area(info.context.areas, self.area_code)

    @resolved("The handover in question.")
    async def handover(self, info: Info) -> HandoverView | None:
        """The handover."""
        return await info.context.load(GetHandovers, self.handover_id)

    @resolved("What the recipient is due.")
    async def entitlement(self, info: Info) -> Entitlement | None:
        """The entitlement."""
        return shown(await info.context.load(GetEntitlements, self.entitlement_id), entitlement)


@strawberry.input
class ProposeCorrectionInput:
    """Which handover, and why. `evidenceIds` are uploads of evidence photos."""

    client_id: UUID
    handover_id: strawberry.ID
    reason: str
    authority: str | None = None
    evidence_ids: list[strawberry.ID] | None = None


@strawberry.input
class DecideCorrectionInput:
    """Which correction, a note, and on what authority."""

    correction_id: strawberry.ID
    note: str | None = None
    authority: str | None = None


@strawberry.input
class ReopenEntitlementInput:
    """Which entitlement, and why."""

    entitlement_id: strawberry.ID
    reason: str


@strawberry.input
class CorrectionFilter:
    """Which corrections: all of what is given must hold."""

    area: AreaCode | None = None
    round_id: strawberry.ID | None = None
    handover_id: strawberry.ID | None = None
    status: CorrectionStatus | None = None


@strawberry.type
class CorrectionPayload:
    """The correction, or what to mend."""

    correction: Correction | None
    user_errors: list[UserError]


@strawberry.type
class ReopenEntitlementPayload:
    """The entitlement, or what to mend."""

    entitlement: Entitlement | None
    user_errors: list[UserError]


def correction(view: CorrectionView) -> Correction:
    """The correction of a view."""
    return Correction(
        id=strawberry.ID(view.id),
        status=view.status,
        reason=view.reason,
        authority=view.authority,
        evidence_count=view.evidence_count,
        proposed_by=view.proposed_by,
        proposed_at=view.proposed_at,
        decided_by=view.decided_by,
        decided_at=view.decided_at,
        decision_authority=view.decision_authority,
        note=view.note,
        handover_id=view.handover_id,
        entitlement_id=view.entitlement_id,
        area_code=view.area,
    )


@strawberry.type
class CorrectionQueries:
    """Queries on corrections."""

    @resolved("Corrections in the areas that the viewer may see, the newest first.")
    async def corrections(
        self, info: Info, filter: CorrectionFilter | None = None, first: int | None = PAGE, after: str | None = None
    ) -> Connection[Correction]:
        """A page of corrections."""
        which = filter or CorrectionFilter()
        page = await info.context.call(
            ListCorrections(
                area=which.area,
                round_id=which.round_id,
                handover_id=which.handover_id,
                status=which.status,
                first=page_size(first),
                after=after,
            )
        )
        return connection(
            [correction(view) for view in page.nodes], page.cursors, total=page.total, more=page.more, after=after
        )


@strawberry.type
class CorrectionMutations:
    """Mutations on corrections and on what they make possible."""

    @resolved("Proposes that a handover was recorded wrongly; nothing changes until another person approves.")
    async def propose_correction(self, info: Info, input: ProposeCorrectionInput) -> CorrectionPayload:
        """Proposes a correction."""
        view, errors = await attempt(
            lambda: info.context.call(
                ProposeCorrection(
                    client_id=str(input.client_id),
                    handover_id=input.handover_id,
                    reason=input.reason,
                    authority=input.authority or "",
                    evidence_ids=tuple(input.evidence_ids or ()),
                )
            ),
            correction,
        )
        return CorrectionPayload(correction=view, user_errors=errors)

    @resolved("Reverses the handover of a correction that another person proposed.")
    async def approve_correction(self, info: Info, input: DecideCorrectionInput) -> CorrectionPayload:
        """Approves a correction."""
        view, errors = await attempt(
            lambda: info.context.call(
                ApproveCorrection(
                    correction_id=input.correction_id, note=input.note or "", authority=input.authority or ""
                )
            ),
            correction,
        )
        return CorrectionPayload(correction=view, user_errors=errors)

    @resolved("Leaves the handover of a correction as it is.")
    async def reject_correction(self, info: Info, input: DecideCorrectionInput) -> CorrectionPayload:
        """Rejects a correction."""
        view, errors = await attempt(
            lambda: info.context.call(
                RejectCorrection(
                    correction_id=input.correction_id, note=input.note or "", authority=input.authority or ""
                )
            ),
            correction,
        )
        return CorrectionPayload(correction=view, user_errors=errors)

    @resolved("Makes a failed or reversed entitlement pending, so that it can be handed over again.")
    async def reopen_entitlement(self, info: Info, input: ReopenEntitlementInput) -> ReopenEntitlementPayload:
        """Reopens an entitlement."""
        view, errors = await attempt(
            lambda: info.context.call(ReopenEntitlement(entitlement_id=input.entitlement_id, reason=input.reason)),
            entitlement,
        )
        return ReopenEntitlementPayload(entitlement=view, user_errors=errors)
