"""Custody: what the history of packages amounts to. Pure; see `derivation`."""

from services.distribution.custody.rules.derivation import CustodyState, InitialPackage, derive, derive_related
from services.distribution.custody.rules.ledger import COLUMNS, NOWHERE, Ledger, is_balanced, leg_account, leg_ends
from services.distribution.custody.rules.replay import Leg, Snapshot
from services.distribution.custody.rules.steps import (
    ARRIVALS,
    CONDITIONS,
    COUNTS,
    DEPARTURES,
    DIFFERENCE,
    HANDOVER,
    LOSSES,
    OVERDUE,
    SEVERITIES,
    SPLIT,
    VOID_SHIPPING,
    Loss,
    Step,
    in_order,
)

__all__ = [
    "ARRIVALS",
    "COLUMNS",
    "CONDITIONS",
    "COUNTS",
    "DEPARTURES",
    "DIFFERENCE",
    "HANDOVER",
    "LOSSES",
    "NOWHERE",
    "OVERDUE",
    "SEVERITIES",
    "SPLIT",
    "VOID_SHIPPING",
    "CustodyState",
    "InitialPackage",
    "Ledger",
    "Leg",
    "Loss",
    "Snapshot",
    "Step",
    "derive",
    "derive_related",
    "in_order",
    "is_balanced",
    "leg_account",
    "leg_ends",
]
