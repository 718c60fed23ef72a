"""Reversals in the figures: they follow the state of every entitlement, case and account, in any order of events."""

from collections import Counter as Sums
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.areas import NATION
from amanah.contracts.cases import CaseOpened, CaseUpdated
from amanah.contracts.custody.events import BalanceChange, CustodyBalanced
from amanah.contracts.handovers.events import (
    EntitlementReopened,
    HandoverAccepted,
    HandoverDisputed,
    HandoverFailed,
    HandoverReversed,
    HandoverUpheld,
)
from amanah.contracts.message import Event, Item
from amanah.contracts.payments.events import PaymentConfirmed, PaymentSettled, VillageSettled
from services.reporting.figures.documents import CaseDocument, CaseStateDocument
from services.reporting.figures.rules import balances
from services.reporting.figures.rules.counters import Cell, Counter, Figure, increments, merge
from services.reporting.figures.rules.position import Position
from services.reporting.figures.rules.status import handover_status
from services.reporting.figures.views import case_state_at

ROUND, AREA = "rnd_1", "32.75.03.1002"
START = datetime(2026, 11, 2, 3, tzinfo=UTC)
GOODS = (Item(sku="BERAS", quantity=Decimal(10)),)
FLAGS: tuple[tuple[str, ...], ...] = ((), ("too_fast",))


class Life:
    """One entitlement, and the events of what becomes of it; each step does what is possible, if anything."""

    def __init__(self, number: int) -> None:
        self.id = f"ent_{number}"
        self.status, self.disputed, self.flagged = "PENDING", False, False
        self.attempts = 0
        self.events: list[Event] = []
        self.about: dict[str, Any] = {"round_id": ROUND, "entitlement_id": self.id, "area": AREA}

    def handover(self) -> dict[str, Any]:
        at = START + timedelta(days=self.attempts % 3)
        handed = {"handover_id": f"hov_{self.id}_{self.attempts}", "officer_id": "usr_1", "package_code": "P", "occurred_at": at}  # fmt: skip
        return self.about | handed | {"items": GOODS, "flags": FLAGS[self.flagged]}

    def step(self, what: str) -> None:
        match what, self.status:
            case "fail", "PENDING":
                self.status = "FAILED"
                self.events.append(
                    HandoverFailed(**self.about, officer_id="usr_1", occurred_at=START, reason="NOT_AT_HOME")
                )
            case "accept", "PENDING":
                self.attempts += 1
                self.status, self.flagged = "DELIVERED", self.attempts % 2 == 0
                self.events.append(HandoverAccepted(**self.handover(), received_at=START, photo_sha256="ab" * 32))
            case "dispute", "DELIVERED" if not self.disputed:
                self.disputed = True
                self.events.append(HandoverDisputed(**self.about, handover_id="h", case_id="c", kind="SHORT", at=START))
            case "uphold", "DELIVERED" if self.disputed:
                self.disputed = False
                self.events.append(HandoverUpheld(**self.about, handover_id="h", case_id="c", at=START))
            case "reverse", "DELIVERED":
                self.status = "REVERSED"
                self.events.append(
                    HandoverReversed(
                        **self.handover(), correction_id="cor_1", reversed_at=START, was_disputed=self.disputed
                    )
                )
                self.disputed = self.flagged = False
            case "reopen", "FAILED" | "REVERSED":
                self.events.append(EntitlementReopened(**self.about, was=self.status, at=START))
                self.status = "PENDING"
            case "pay", "PENDING":
                self.status = "PAID"
                self.events.append(_settled(delivered=1))
            case "confirm", "PENDING":
                self.status = "PAID"
                confirmed = self.about | {"batch_id": "pay_1", "amount": 1, "channel": "SMS", "at": START}
                self.events.append(PaymentConfirmed(**confirmed, delivered=True))
            case "return", "PAID":
                self.status = "PENDING"
                self.events.append(_settled(undelivered=1))


def _settled(**counts: int) -> PaymentSettled:
    village = VillageSettled(area=AREA, **counts)
    return PaymentSettled(batch_id="pay_1", round_id=ROUND, area=AREA, at=START, villages=(village,))


STEPS = ("fail", "accept", "dispute", "uphold", "reverse", "reopen", "pay", "confirm", "return")
lives = st.lists(st.lists(st.sampled_from(STEPS), max_size=12), max_size=4)


@given(lives, st.randoms(use_true_random=False))
def test_the_figures_are_those_of_the_entitlements_in_whatever_order_events_come(
    steps: list[list[str]], shuffle: Random
) -> None:
    entitlements = [Life(number) for number in range(len(steps))]
    for life, its in zip(entitlements, steps, strict=True):
        for step in its:
            life.step(step)
    happened = [event for life in entitlements for event in life.events]
    shuffle.shuffle(happened)
    counters = merge(i for event in happened for i in increments(event))
    row = counters.get(Cell(ROUND, NATION, None), {})
    expected = {
        Counter(Figure.DELIVERED): sum(life.status in ("DELIVERED", "PAID") for life in entitlements),
        Counter(Figure.BY_PAYMENT): sum(life.status == "PAID" for life in entitlements),
        Counter(Figure.FAILED): sum(life.status == "FAILED" for life in entitlements),
        Counter(Figure.DISPUTED): sum(life.disputed for life in entitlements),
        Counter(Figure.FLAGGED): sum(life.flagged for life in entitlements),
        Counter(Figure.GOODS_DELIVERED, "BERAS"): sum(10_000 for life in entitlements if life.status == "DELIVERED"),
    }
    assert row == {counter: amount for counter, amount in expected.items() if amount}
    # And the days add up to the round.
    days: Sums[Counter] = Sums()
    for cell, amounts in counters.items():
        if cell.area == NATION and cell.day is not None:
            days.update(amounts)
    assert days[Counter(Figure.DELIVERED)] == row.get(Counter(Figure.DELIVERED), 0)


def case_event(status: str, was: str | None, round_id: str | None = ROUND) -> Event:
    about: dict[str, Any] = {
        "case_id": "cas_1", "kind": "SHORT", "status": status, "level": "VILLAGE", "at": START, "due_at": START,
        "area": AREA, "round_id": round_id,
    }  # fmt: skip
    if was is not None:
        return CaseUpdated(**about, action="NOTE", was=was)
    nothing = dict.fromkeys(("subject_type", "subject_id", "handover_id"))
    return CaseOpened(**about, **nothing, reference="K-1", channel="APP", anonymous=False)


@given(st.lists(st.sampled_from(["OPEN", "ASSIGNED", "ESCALATED", "RESOLVED"]), max_size=8), st.randoms())
def test_a_case_is_open_until_it_is_resolved_and_again_when_it_is_reopened(states: list[str], shuffle: Random) -> None:
    happened = [case_event("OPEN", None)]
    happened += [case_event(now, was) for was, now in zip(["OPEN", *states], states, strict=False)]
    shuffle.shuffle(happened)
    row = merge(i for event in happened for i in increments(event)).get(Cell(ROUND, "32.75", None), {})
    is_open = (["OPEN", *states])[-1] != "RESOLVED"
    assert row == ({Counter(Figure.OPEN_CASES): 1} if is_open else {})


def test_a_case_about_no_round_counts_in_none() -> None:
    assert increments(case_event("OPEN", None, round_id=None)) == []


@given(st.lists(st.sampled_from(["DISPUTED", "ACCEPTED", "REVERSED"]), max_size=6), st.randoms())
def test_a_reversal_is_for_good_and_a_dispute_until_it_is_decided(told: list[str], shuffle: Random) -> None:
    found = handover_status(told)
    shuffle.shuffle(told)
    assert handover_status(told) == found
    assert (found == "REVERSED") == ("REVERSED" in told)
    if found != "REVERSED":
        assert (found == "DISPUTED") == (told.count("DISPUTED") > told.count("ACCEPTED"))


def test_the_state_of_a_case_is_the_last_one_counted() -> None:
    due = datetime(2026, 11, 20, tzinfo=UTC)
    states: list[CaseStateDocument] = [
        {"status": status, "level": "VILLAGE", "dueAt": due, "partition": 0, "offset": offset}
        for status, offset in (("b", 7), ("a", 3), ("c", 9))
    ]
    case: CaseDocument = {
        "_id": "cas_1", "round": "rnd_1", "area": "32.75.03.1001", "day": "2026-11-19", "at": due, "reference": "K-1",
        "kind": "SHORT", "channel": "SMS", "states": states, "partition": 0, "offset": 3,
    }  # fmt: skip
    for end, status in ((10, "c"), (9, "b"), (7, "a")):
        state = case_state_at(case, Position({0: end}, due))
        assert state is not None
        assert state["status"] == status
    assert case_state_at(case, Position({0: 3}, due)) is None


amounts = st.integers(0, 50).map(Decimal)
balanced = st.builds(
    lambda area, sku, way, sent, came, lost: CustodyBalanced(
        round_id=ROUND, area=area,
        changes=(
            BalanceChange(
                sku=sku, is_leg=True, from_place=way[0], to_place=way[1], arrived=sent, left=came, lost=lost,
                difference=sent - came - lost,
            ),
            BalanceChange(sku=sku, place=way[1], arrived=came, stock=came),
        ),
    ),
    st.sampled_from([AREA, "32.75.03.1003", "32.75"]), st.sampled_from(["BERAS", "MINYAK"]),
    st.sampled_from([("GUDANG", "POS"), ("POS", "BALAI"), ("GUDANG", None)]), amounts, amounts, amounts,
)  # fmt: skip


@given(st.lists(balanced, max_size=8), st.integers(0, 8), st.randoms())
def test_balances_add_up_in_any_order_and_hold_in_every_area(
    told: list[CustodyBalanced], cut: int, shuffle: Random
) -> None:
    whole = balances.balance_changes(told)
    assert all(balances.is_balanced(row) for row in whole.values())
    shuffle.shuffle(told)
    pieces: Sums[tuple[Any, str]] = Sums()
    for batch in (told[:cut], told[cut:]):
        for entry, row in balances.balance_changes(batch).items():
            pieces.update({(entry, column): amount for column, amount in row.items()})
    assert {k: v for k, v in pieces.items() if v} == {(e, c): v for e, row in whole.items() for c, v in row.items()}
    assert balances.balance_changes([*told, *(negated(event) for event in told)]) == {}


def negated(event: CustodyBalanced) -> CustodyBalanced:
    """A late event that takes back all changes of `event`."""
    columns = balances.COLUMNS
    return event.model_copy(
        update={"changes": tuple(c.model_copy(update={n: -getattr(c, n) for n in columns}) for c in event.changes)}
    )


def test_an_account_is_a_place_or_a_leg() -> None:
    assert balances.leg_of(balances.account_of(BalanceChange(sku="x", is_leg=True, from_place="A"))) == ("A", "")
    assert balances.leg_of(balances.account_of(BalanceChange(sku="x", place="A"))) is None
    assert balances.account_of(BalanceChange(sku="x")) == ""
