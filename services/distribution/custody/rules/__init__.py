"""Custody: what the history of packages amounts to. Pure; see `deriving`."""

from services.distribution.custody.rules.deriving import Made, Standing, derive, derive_kin
from services.distribution.custody.rules.ledger import COLUMNS, NOWHERE, Ledger, ends, is_balanced, leg_account
from services.distribution.custody.rules.parcel import Leg, Seen
from services.distribution.custody.rules.steps import (
    COMING,
    CONDITIONS,
    COUNTING,
    DIFFERENCE,
    HANDOVER,
    LEAVING,
    LOSSES,
    OVERDUE,
    SEVERITIES,
    SPLIT,
    VOIDING,
    Loss,
    Step,
    in_order,
)

__all__ = [
    "COLUMNS",
    "COMING",
    "CONDITIONS",
    "COUNTING",
    "DIFFERENCE",
    "HANDOVER",
    "LEAVING",
    "LOSSES",
    "NOWHERE",
    "OVERDUE",
    "SEVERITIES",
    "SPLIT",
    "VOIDING",
    "Ledger",
    "Leg",
    "Loss",
    "Made",
    "Seen",
    "Standing",
    "Step",
    "derive",
    "derive_kin",
    "ends",
    "in_order",
    "is_balanced",
    "leg_account",
]
