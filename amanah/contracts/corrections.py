"""Corrections: what was recorded is never deleted; an approved correction reverses it, and it may be done again."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.distribution import MANAGERS, DistributionRequest
from amanah.contracts.message import Answer, Many, Moment, Page
from amanah.contracts.rounds import EntitlementView

DECIDERS = frozenset({Role.APPROVER, Role.SUPERVISOR})
CORRECTORS = frozenset({Role.OFFICER, Role.SUPERVISOR, Role.ADMIN, Role.APPROVER, Role.AUDITOR})


class CorrectionStatus(StrEnum):
    """Status of a correction. PROPOSED waits for a second person."""

    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class CorrectionView(Answer):
    """Proposed reversal of a handover that was recorded wrongly. Another person decides it."""

    id: str
    status: CorrectionStatus
    handover_id: str
    entitlement_id: str
    round_id: str
    area: AreaCode
    reason: str = Field(description="Reason of the proposal.")
    authority: str = Field(description="Decree or request that allows the proposal.")
    evidence_count: int = Field(description="Number of evidence photos.")
    proposed_by: str = Field(description="User who proposed it.")
    proposed_at: Moment
    decided_by: str | None = Field(description="User who approved or rejected it.")
    decided_at: Moment | None = Field(description="Time of the approval or rejection.")
    decision_authority: str = Field(description="Decree or request that allows the decision.")
    note: str = Field(description="Note on the decision.")
    recipient_id: str | None = Field(default=None, description="Recipient of the handover.")

    def data_subjects(self) -> tuple[str, ...]:
        """The recipient, of whom the reasons may tell; the correction, when none is known."""
        return (self.recipient_id or self.id,)


class CorrectionPage(Many[CorrectionView]):
    """Page of corrections, the newest first."""


class ProposeCorrection(DistributionRequest[CorrectionView]):
    """Proposes that a handover was recorded wrongly. A repeat of `client_id` by the same person answers the first.

    `evidence_ids` are uploads of evidence photos. Refuses with handover_unknown, handover_reversed, correction_open and
    the codes of uploads and photos.
    """

    roles: ClassVar[frozenset[Role]] = frozenset({Role.OFFICER, Role.SUPERVISOR})
    changes: ClassVar[bool] = True
    client_id: str = Field(max_length=36, description="Idempotency key: a UUID that the client makes.")
    handover_id: str
    reason: str = Field(min_length=5, max_length=1000, description="Reason of the proposal.")
    authority: str = Field(default="", max_length=200, description="Decree or request that allows the proposal.")
    evidence_ids: tuple[str, ...] = Field(default=(), max_length=5, description="Uploads with evidence photos.")


class ApproveCorrection(DistributionRequest[CorrectionView]):
    """Reverses the handover: its entitlement is REVERSED, its goods are back in the package's account.

    By another person than who proposed it or recorded the handover (`same_person`). NotFound outside the viewer's
    areas; refuses with correction_decided, handover_reversed.
    """

    roles: ClassVar[frozenset[Role]] = DECIDERS
    changes: ClassVar[bool] = True
    correction_id: str
    note: str = Field(default="", max_length=1000, description="Note on the decision.")
    authority: str = Field(default="", max_length=200, description="Decree or request that allows the decision.")


class RejectCorrection(DistributionRequest[CorrectionView]):
    """Leaves the handover as it is. By another person than who proposed it. Refuses as ApproveCorrection does."""

    roles: ClassVar[frozenset[Role]] = DECIDERS
    changes: ClassVar[bool] = True
    correction_id: str
    note: str = Field(default="", max_length=1000, description="Note on the decision.")
    authority: str = Field(default="", max_length=200, description="Decree or request that allows the decision.")


class ListCorrections(Page[CorrectionPage]):
    """Corrections in the viewer's areas, the newest first.

    Their reasons may tell of the recipient: each page is an entry of the audit log.
    """

    service: ClassVar[str] = "distribution"
    shows_people: ClassVar[bool] = True
    roles: ClassVar[frozenset[Role]] = CORRECTORS
    area: AreaCode | None = None
    round_id: str | None = None
    handover_id: str | None = None
    status: CorrectionStatus | None = None


class GetCorrections(DistributionRequest[CorrectionPage]):
    """Corrections by id, those the viewer may see. An entry of the audit log, as for ListCorrections."""

    roles: ClassVar[frozenset[Role]] = CORRECTORS
    shows_people: ClassVar[bool] = True
    ids: tuple[str, ...] = Field(max_length=100)


class ReopenEntitlement(DistributionRequest[EntitlementView]):
    """Makes a failed or reversed entitlement PENDING, so that it can be handed over again. Repeated, it changes nothing.

    NotFound outside the viewer's areas; refuses with entitlement_not_reopenable.
    """

    roles: ClassVar[frozenset[Role]] = MANAGERS
    changes: ClassVar[bool] = True
    entitlement_id: str
    reason: str = Field(min_length=5, max_length=1000)
