"""Rules of corrections and reopening. Pure."""

from amanah.contracts.corrections import CorrectionStatus
from amanah.contracts.errors import Refused
from amanah.contracts.handovers.handovers import HandoverStatus
from amanah.contracts.rounds import EntitlementStatus

REOPENABLE = frozenset({EntitlementStatus.FAILED, EntitlementStatus.REVERSED})


def may_propose(handover_status: str) -> None:
    """Refuses a handover that is already reversed (`handover_reversed`)."""
    if handover_status == HandoverStatus.REVERSED:
        raise Refused("handover_reversed", "handoverId")


def may_decide(decider: str, proposer: str, officer: str, status: CorrectionStatus) -> None:
    """Refuses a decided correction, and a decision by its proposer or by the officer of the handover (`same_person`)."""
    if status != CorrectionStatus.PROPOSED:
        raise Refused("correction_decided", "correctionId", status=status)
    if decider == proposer:
        raise Refused("same_person.correction", "correctionId")
    if decider == officer:
        raise Refused("same_person.handover", "correctionId")


def may_reopen(status: str) -> None:
    """Refuses unless the entitlement is FAILED or REVERSED (`entitlement_not_reopenable`)."""
    if status not in REOPENABLE:
        raise Refused("entitlement_not_reopenable", "entitlementId", status=status)
