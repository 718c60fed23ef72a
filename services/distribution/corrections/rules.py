"""When a correction may be proposed and decided, and when an entitlement may be handed over again. Pure."""

from amanah.contracts.corrections import CorrectionStatus
from amanah.contracts.errors import Refused
from amanah.contracts.handovers.handovers import HandoverStatus
from amanah.contracts.rounds import EntitlementStatus

REOPENABLE = frozenset({EntitlementStatus.FAILED, EntitlementStatus.REVERSED})


def may_propose(handover_status: str) -> None:
    """Raises Refused unless the handover stands."""
    if handover_status == HandoverStatus.REVERSED:
        raise Refused("handover_reversed", "handoverId")


def may_decide(decider: str, proposer: str, officer: str, status: CorrectionStatus) -> None:
    """Raises Refused unless somebody else than who proposed the correction or recorded the handover decides an open one."""
    if status != CorrectionStatus.PROPOSED:
        raise Refused("correction_decided", "correctionId", status=status)
    if decider == proposer:
        raise Refused("same_person.correction", "correctionId")
    if decider == officer:
        raise Refused("same_person.handover", "correctionId")


def may_reopen(status: str) -> None:
    """Raises Refused unless the entitlement has failed or was reversed."""
    if status not in REOPENABLE:
        raise Refused("entitlement_not_reopenable", "entitlementId", status=status)
