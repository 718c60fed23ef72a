"""Corrections: what was recorded is never deleted; an approved correction reverses it, and it may be done again."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.distribution import MANAGERS, DistributionRequest
from amanah.contracts.message import Answer, Moment, Page
from amanah.contracts.rounds import EntitlementView

DECIDERS = frozenset({Role.APPROVER, Role.SUPERVISOR})
CORRECTORS = frozenset({Role.OFFICER, Role.SUPERVISOR, Role.ADMIN, Role.APPROVER, Role.AUDITOR})


class CorrectionStatus(StrEnum):
    """Status of a correction. PROPOSED waits for a second person."""

    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class CorrectionView(Answer):
    """A proposed reversal of a handover. Who decided is another person than proposed.

    `recipient_id` is who the handover was for.
    """

    id: str
    status: CorrectionStatus
    handover_id: str
    entitlement_id: str
    round_id: str
    area: AreaCode
    reason: str
    authority: str
    evidence_count: int
    proposed_by: str
    proposed_at: Moment
    decided_by: str | None
    decided_at: Moment | None
    decision_authority: str
    note: str
    recipient_id: str | None = None

    def data_subjects(self) -> tuple[str, ...]:
        """The recipient, of whom the reasons may tell; the correction, when none is known."""
        return (self.recipient_id or self.id,)


class CorrectionPage(Answer):
    """A page of corrections, the newest first."""

    nodes: tuple[CorrectionView, ...] = ()
    cursors: tuple[str, ...] = ()
    total: int = 0
    more: bool = False

    def data_subjects(self) -> tuple[str, ...]:
        """That of each correction."""
        return tuple(each for correction in self.nodes for each in correction.data_subjects())


class ProposeCorrection(DistributionRequest[CorrectionView]):
    """Proposes that a handover was recorded wrongly. A repeat of `client_id` by the same person answers the first.

    `evidence_ids` are uploads of evidence photos. Refuses with handover_unknown, handover_reversed, correction_open and
    the codes of uploads and photos.
    """

    roles: ClassVar[frozenset[Role]] = frozenset({Role.OFFICER, Role.SUPERVISOR})
    changes: ClassVar[bool] = True
    client_id: str = Field(max_length=36)
    handover_id: str
    reason: str = Field(min_length=5, max_length=1000)
    authority: str = Field(default="", max_length=200)
    evidence_ids: tuple[str, ...] = Field(default=(), max_length=5)


class ApproveCorrection(DistributionRequest[CorrectionView]):
    """Reverses the handover: its entitlement is REVERSED, its goods are back in the package's account.

    By another person than who proposed it or recorded the handover (`same_person`). NotFound outside the viewer's
    areas; refuses with correction_decided, handover_reversed.
    """

    roles: ClassVar[frozenset[Role]] = DECIDERS
    changes: ClassVar[bool] = True
    correction_id: str
    note: str = Field(default="", max_length=1000)
    authority: str = Field(default="", max_length=200)


class RejectCorrection(DistributionRequest[CorrectionView]):
    """Leaves the handover as it is. By another person than who proposed it. Refuses as ApproveCorrection does."""

    roles: ClassVar[frozenset[Role]] = DECIDERS
    changes: ClassVar[bool] = True
    correction_id: str
    note: str = Field(default="", max_length=1000)
    authority: str = Field(default="", max_length=200)


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
