"""What has become of a handover or a case, from what was told of it, in whatever order that came."""

from collections.abc import Iterable, Mapping
from typing import Any

ACCEPTED, DISPUTED, REVERSED = "ACCEPTED", "DISPUTED", "REVERSED"


def handover_status(told: Iterable[str]) -> str:
    """ACCEPTED, DISPUTED while a dispute was not decided for it, or REVERSED for good.

    `told`: DISPUTED for each dispute, ACCEPTED for each that was decided for the handover, REVERSED for a reversal.
    """
    states = list(told)
    if REVERSED in states:
        return REVERSED
    return DISPUTED if states.count(DISPUTED) > states.count(ACCEPTED) else ACCEPTED


def latest(told: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The last state of a case: events of one case keep their order, so it is the one with the greatest offset."""
    return max(told, key=lambda state: state["offset"], default=None)
