"""Status of a handover or a case from its status changes, in any order."""

from collections.abc import Iterable

ACCEPTED, DISPUTED, REVERSED = "ACCEPTED", "DISPUTED", "REVERSED"


def handover_status(changes: Iterable[str]) -> str:
    """Returns ACCEPTED, DISPUTED while a dispute is undecided or decided against it, or REVERSED for good.

    `changes`: DISPUTED for each dispute, ACCEPTED for each that was decided for the handover, REVERSED for a reversal.
    """
    statuses = list(changes)
    if REVERSED in statuses:
        return REVERSED
    return DISPUTED if statuses.count(DISPUTED) > statuses.count(ACCEPTED) else ACCEPTED
