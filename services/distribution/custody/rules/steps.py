"""Steps of a package's history: their vocabulary, their effects, and their order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from services.distribution.alerts.rules import AlertRule, by_code
from services.distribution.rounds.rules.quantities import Amounts

DEPARTURES = frozenset({"shipping", "departing"})
ARRIVALS = frozenset({"arriving", "receiving", "accepting"})
COUNTS = frozenset({"inspecting", "cycle_counting", "stock_taking"})
VOID_SHIPPING = "void_shipping"
HANDOVER = "dispensing"
SPLIT = "split"

# Conditions that partners report (CBV dispositions) and the alert that each raises.
CONDITIONS: Mapping[str, str] = {
    "damaged": "package_damaged",
    "destroyed": "package_damaged",
    "stolen": "package_stolen",
    "returned": "package_returned",
    "mismatch_quantity": "quantity_mismatch",
}


class Loss(StrEnum):
    """Kinds of loss: goods leave a package without reaching anybody. The value is also the step's name and the ledger's column."""

    LOST = "lost"
    DAMAGED = "damaged"
    RETURNED = "returned"

    @property
    def column(self) -> Literal["lost", "damaged", "returned"]:
        """The ledger's column."""
        return _LOSS_COLUMNS[self]


_LOSS_COLUMNS: Mapping[Loss, Literal["lost", "damaged", "returned"]] = {
    Loss.LOST: "lost",
    Loss.DAMAGED: "damaged",
    Loss.RETURNED: "returned",
}


LOSSES: Mapping[Loss, str] = {
    Loss.LOST: "package_lost",
    Loss.DAMAGED: "package_damaged",
    Loss.RETURNED: "package_returned",
}
"""The alert that each recorded loss raises."""

DIFFERENCE = "custody_difference"
OVERDUE = "leg_overdue"
ALERT_RULES = by_code(
    AlertRule(DIFFERENCE, "HIGH"),
    AlertRule(OVERDUE, "MEDIUM"),
    AlertRule("package_lost", "HIGH"),
    AlertRule("package_damaged", "MEDIUM"),
    AlertRule("package_stolen", "HIGH"),
    AlertRule("package_returned", "MEDIUM"),
    AlertRule("quantity_mismatch", "MEDIUM"),
)

# What a partner's disposition takes out of a package, where the event neither moves nor counts it.
_LOSS_BY_DISPOSITION: Mapping[str, Loss] = {
    "stolen": Loss.LOST,
    "destroyed": Loss.DAMAGED,
    "damaged": Loss.DAMAGED,
    "returned": Loss.RETURNED,
}
_LOST_WHOLE = frozenset({"stolen", "destroyed"})

# At one and the same moment: packed, then lost, then sent, then arrived, then counted, then split, then handed over. A loss
# comes before the count that finds it.
_ORDER = {
    "packing": 0, Loss.LOST: 1, Loss.DAMAGED: 1, Loss.RETURNED: 1, "shipping": 2, "departing": 3, VOID_SHIPPING: 4,
    "arriving": 5, "receiving": 6, "accepting": 7, SPLIT: 9, HANDOVER: 10,
}  # fmt: skip
_LATER = 8


@dataclass(frozen=True)
class Step:
    """One thing that happened to a package. `key` is unique, `event` names the partner's event.

    `counted` is what the event says was there, empty when it counted nothing; of a loss, a split or a handover it is what
    was taken out. `ours` marks what our own people recorded, which no partner can
    declare wrong; of handovers only these take goods out, a partner's `dispensing` is noted. `by` is
    who reported it, `destination` where it is bound. An aggregation puts the package into `parent` or, with `action`
    DELETE, takes it out; without a parent a DELETE takes out all that is in the package.
    """

    key: str
    event: str
    at: datetime
    step: str
    place: str | None = None
    counted: Amounts = field(default_factory=dict)
    conditions: tuple[str, ...] = ()
    declares_error: bool = False
    ours: bool = False
    package: str = ""
    by: str = ""
    destination: str | None = None
    disposition: str = ""
    aggregates: bool = False
    action: str = "OBSERVE"
    parent: str | None = None
    pieces: Mapping[str, Amounts] = field(default_factory=dict)

    @property
    def loss_kind(self) -> Loss | None:
        """Loss by which the step takes goods out, if it does: all of them when it names no quantities."""
        if self.step in set(Loss):
            return Loss(self.step)
        if self.step in DEPARTURES | ARRIVALS | COUNTS or self.step in (VOID_SHIPPING, HANDOVER):
            return None
        if self.step == "destroying":
            return Loss.DAMAGED
        kind = _LOSS_BY_DISPOSITION.get(self.disposition)
        return kind if kind and (self.counted or self.disposition in _LOST_WHOLE) else None


def in_order(steps: Iterable[Step]) -> list[Step]:
    """The steps as they happened, the same for every order of arrival."""
    return sorted(steps, key=lambda s: (s.at, _ORDER.get(s.step, _LATER), s.ours, s.key, s.package))
