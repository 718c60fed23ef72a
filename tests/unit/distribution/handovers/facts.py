"""Facts about a handover that is refused and flagged for nothing."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from amanah.contracts.message import Location
from services.distribution.handovers.rules.refusals import (
    EntitlementFacts,
    HandoverFacts,
    OfficerAssignment,
    PackageFacts,
    SubmittedHandover,
)

HOME = Location(latitude_e6=-6_600_000, longitude_e6=106_800_000)
POST = Location(latitude_e6=-6_603_000, longitude_e6=106_800_000)
VILLAGE = "32.01.05.2001"
AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
DAY = date(2026, 11, 24)

GOOD = HandoverFacts(
    submitted=SubmittedHandover(
        {"BERAS": 10_000}, Location(latitude_e6=-6_600_100, longitude_e6=106_800_000, accuracy_m=12), AT, AT
    ),
    entitlement=EntitlementFacts("PENDING", VILLAGE, "rnd_1", {"BERAS": 10_000}, HOME),
    package=PackageFacts("rnd_1", "32.01.05", "ARRIVED", {"BERAS": 50_000}, "POST", POST),
    assignments=(OfficerAssignment("32.01.05", DAY, DAY),),
    round_days=(DAY, DAY),
)


def but(part: str = "", **changes: Any) -> HandoverFacts:
    """The good facts with one thing changed."""
    return replace(GOOD, **({part: replace(getattr(GOOD, part), **changes)} if part else changes))
