"""Every refusal, on both sides of its line."""

from datetime import UTC, datetime, timedelta

import pytest

from amanah.contracts.errors import Refused
from services.distribution.handovers.rules.refusals import (
    HANDOVER_REFUSALS,
    HandoverFacts,
    OfficerAssignment,
    ReceiverFacts,
    refuse_if_wrong,
)
from tests.unit.distribution.handovers.facts import AT, DAY, GOOD, VILLAGE, but


def test_the_good_handover_is_not_refused() -> None:
    refuse_if_wrong(GOOD)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (but(entitlement=None), "not_assigned"),
        (but(assignments=()), "not_assigned"),
        (but(assignments=(OfficerAssignment("32.01.06", DAY, DAY),)), "not_assigned"),
        (but(assignments=(OfficerAssignment("32.01.05", DAY + timedelta(1), DAY + timedelta(2)),)), "not_assigned"),
        (but(assignments=(OfficerAssignment("32.01.05.2001.9", DAY, DAY),)), "not_assigned"),
        # 16:59 UTC is still the 24th in West Java, 17:00 is the 25th.
        (but("submitted", occurred_at=datetime(2026, 11, 24, 17, 0, tzinfo=UTC)), "not_assigned"),
        (but("entitlement", status="DELIVERED", delivered_at=AT, delivered_by="Sari"), "already_delivered"),
        (but("entitlement", status="FAILED"), "entitlement_not_pending"),
        (but("entitlement", status="REVERSED"), "entitlement_not_pending"),
        (but("entitlement", in_payment=True), "in_payment"),
        (but("submitted", items={"BERAS": 10_001}), "items_not_entitled"),
        (but("submitted", items={"GULA": 1}), "items_not_entitled"),
        (but("submitted", items={}), "items_not_entitled"),
        (but("submitted", items={"BERAS": 0}), "items_not_entitled"),
        (but(receiver=ReceiverFacts(proxy=True, complete=False)), "proxy_incomplete"),
        (but(package=None), "package_unknown"),
        (but("package", round_id="rnd_2"), "package_unknown"),
        (but("package", area="32.01.06"), "package_not_here"),
        (but("package", area="32.01.05.2002"), "package_not_here"),
        (but("package", status="REGISTERED"), "package_not_here"),
        (but("package", status="IN_TRANSIT"), "package_not_here"),
        (but("package", place_kind="WAREHOUSE"), "package_not_here"),
        (but("package", place_kind=None), "package_not_here"),
        (but("package", left={"BERAS": 9_999}), "package_short"),
        (but("package", left={}), "package_short"),
        (but("package", status="EMPTY", left={"BERAS": 0}), "package_short"),
    ],
)
def test_refused(facts: HandoverFacts, code: str) -> None:
    with pytest.raises(Refused) as caught:
        refuse_if_wrong(facts)
    assert caught.value.code == code
    assert caught.value.field
    assert caught.value.message


@pytest.mark.parametrize(
    "facts",
    [
        but(assignments=(OfficerAssignment("32.01.06", DAY, DAY), OfficerAssignment(VILLAGE, DAY, DAY))),
        but("submitted", occurred_at=datetime(2026, 11, 24, 16, 59, tzinfo=UTC)),
        but("submitted", occurred_at=datetime(2026, 11, 23, 17, 0, tzinfo=UTC)),
        but("submitted", items={"BERAS": 9_999}),
        but(receiver=ReceiverFacts(proxy=True, on_kk=False)),
        but(receiver=ReceiverFacts(complete=False)),
        but("package", area=VILLAGE),
        but("package", place_kind="DELIVERY_POINT"),
        but("package", left={"BERAS": 10_000}),
    ],
)
def test_just_within_the_rules(facts: HandoverFacts) -> None:
    refuse_if_wrong(facts)


def test_the_second_one_is_told_when_and_by_whom() -> None:
    with pytest.raises(Refused, match=r"2026-11-24 03:00 UTC by Sari"):
        refuse_if_wrong(but("entitlement", status="DELIVERED", delivered_at=AT, delivered_by="Sari"))


def test_every_code_stands_once() -> None:
    codes = [r.code for r in HANDOVER_REFUSALS]
    assert len(codes) == len(set(codes))
