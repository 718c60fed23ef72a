"""Stored corrections, with their indexes."""

from datetime import datetime
from typing import NotRequired, TypedDict

from amanah.contracts.audit.entry import Subject, related_subjects
from amanah.contracts.corrections import CorrectionStatus
from amanah.runtime.tables import Table, index
from services.distribution.evidence.documents import PictureDocument
from services.distribution.store import RelatedSubjects, SubjectDocument


class CorrectionDocument(TypedDict):
    """Correction of a handover. `reason` and `note` are encrypted; `open` is the handover until somebody decides."""

    _id: str
    clientId: str
    proposer: str
    proposedBy: str
    proposedAt: datetime
    handover: str
    entitlement: str
    round: str
    area: str
    officer: str
    concerns: NotRequired[list[SubjectDocument]]
    reason: str
    authority: str
    evidence: list[PictureDocument]
    status: CorrectionStatus
    open: NotRequired[str]
    decider: str | None
    decidedBy: str | None
    decidedAt: datetime | None
    decisionAuthority: str
    note: str


CORRECTIONS = Table(
    "corrections",
    CorrectionDocument,
    index("proposer", "clientId", unique=True),
    index("open", unique=True, sparse=True),
    index("handover"),
    index("area", "_id"),
)


def related_to_correction(correction: CorrectionDocument) -> RelatedSubjects:
    """Returns the proposer, the correction, and the related subjects of its handover."""
    return related_subjects(correction["proposer"], correction["_id"]) + tuple(
        Subject.model_validate(each) for each in correction.get("concerns", ())
    )
