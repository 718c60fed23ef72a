"""Every refusal, on both sides of its line."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from amanah.contracts.errors import Refused
from amanah.contracts.message import Location
from services.distribution.handovers.rules.refusals import (
    OF_HANDOVERS,
    Assigned,
    Claim,
    Due,
    Parcel,
    Receiver,
    Situation,
    refuse_if_wrong,
)

HOME = Location(latitude_e6=-6_600_000, longitude_e6=106_800_000)
POST = Location(latitude_e6=-6_603_000, longitude_e6=106_800_000)
VILLAGE = "32.01.05.2001"
AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
DAY = date(2026, 11, 24)

GOOD = Situation(
    claim=Claim({"BERAS": 10_000}, Location(latitude_e6=-6_600_100, longitude_e6=106_800_000, accuracy_m=12), AT, AT),
    due=Due("PENDING", VILLAGE, "rnd_1", {"BERAS": 10_000}, HOME),
    parcel=Parcel("rnd_1", "32.01.05", "ARRIVED", {"BERAS": 50_000}, "POST", POST),
    assignments=(Assigned("32.01.05", DAY, DAY),),
    round_days=(DAY, DAY),
)


def but(part: str = "", **changes: Any) -> Situation:
    """The good situation with one thing changed."""
    return replace(GOOD, **({part: replace(getattr(GOOD, part), **changes)} if part else changes))


def test_the_good_situation_is_not_refused() -> None:
    refuse_if_wrong(GOOD)


@pytest.mark.parametrize(
    ("situation", "code"),
    [
        (but(due=None), "not_assigned"),
        (but(assignments=()), "not_assigned"),
        (but(assignments=(Assigned("32.01.06", DAY, DAY),)), "not_assigned"),
        (but(assignments=(Assigned("32.01.05", DAY + timedelta(1), DAY + timedelta(2)),)), "not_assigned"),
        (but(assignments=(Assigned("32.01.05.2001.9", DAY, DAY),)), "not_assigned"),
        # 16:59 UTC is still the 24th in West Java, 17:00 is the 25th.
        (but("claim", occurred_at=datetime(2026, 11, 24, 17, 0, tzinfo=UTC)), "not_assigned"),
        (but("due", status="DELIVERED", delivered_at=AT, delivered_by="Sari"), "already_delivered"),
        (but("due", status="FAILED"), "entitlement_not_pending"),
        (but("due", status="REVERSED"), "entitlement_not_pending"),
        (but("due", in_payment=True), "in_payment"),
        (but("claim", items={"BERAS": 10_001}), "items_not_entitled"),
        (but("claim", items={"GULA": 1}), "items_not_entitled"),
        (but("claim", items={}), "items_not_entitled"),
        (but("claim", items={"BERAS": 0}), "items_not_entitled"),
        (but(receiver=Receiver(proxy=True, complete=False)), "proxy_incomplete"),
        (but(parcel=None), "package_unknown"),
        (but("parcel", round_id="rnd_2"), "package_unknown"),
        (but("parcel", area="32.01.06"), "package_not_here"),
        (but("parcel", area="32.01.05.2002"), "package_not_here"),
        (but("parcel", status="REGISTERED"), "package_not_here"),
        (but("parcel", status="IN_TRANSIT"), "package_not_here"),
        (but("parcel", place_kind="WAREHOUSE"), "package_not_here"),
        (but("parcel", place_kind=None), "package_not_here"),
        (but("parcel", left={"BERAS": 9_999}), "package_short"),
        (but("parcel", left={}), "package_short"),
        (but("parcel", status="EMPTY", left={"BERAS": 0}), "package_short"),
    ],
)
def test_refused(situation: Situation, code: str) -> None:
    with pytest.raises(Refused) as caught:
        refuse_if_wrong(situation)
    assert caught.value.code == code
    assert caught.value.field
    assert caught.value.message


@pytest.mark.parametrize(
    "situation",
    [
        but(assignments=(Assigned("32.01.06", DAY, DAY), Assigned(VILLAGE, DAY, DAY))),
        but("claim", occurred_at=datetime(2026, 11, 24, 16, 59, tzinfo=UTC)),
        but("claim", occurred_at=datetime(2026, 11, 23, 17, 0, tzinfo=UTC)),
        but("claim", items={"BERAS": 9_999}),
        but(receiver=Receiver(proxy=True, on_kk=False)),
        but(receiver=Receiver(complete=False)),
        but("parcel", area=VILLAGE),
        but("parcel", place_kind="DELIVERY_POINT"),
        but("parcel", left={"BERAS": 10_000}),
    ],
)
def test_just_within_the_rules(situation: Situation) -> None:
    refuse_if_wrong(situation)


def test_the_second_one_is_told_when_and_by_whom() -> None:
    with pytest.raises(Refused, match=r"2026-11-24 03:00 UTC by Sari"):
        refuse_if_wrong(but("due", status="DELIVERED", delivered_at=AT, delivered_by="Sari"))


def test_every_code_stands_once() -> None:
    codes = [r.code for r in OF_HANDOVERS]
    assert len(codes) == len(set(codes))
