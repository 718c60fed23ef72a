"""Disputes, reversals and cases reach progress and reports, wherever the reader stands in the log."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.distribution import (
    CaseOpened,
    CaseUpdated,
    EntitlementReopened,
    HandoverAccepted,
    HandoverDisputed,
    HandoverReversed,
    HandoverUpheld,
)
from amanah.contracts.distribution.payment_events import PaymentSettled, VillageSettled
from amanah.contracts.message import Event
from amanah.contracts.reporting import GetProgress, ProgressView, ReportView
from amanah.objects import REPORTS
from services.reporting import queries
from services.reporting.store import Store

AT = datetime(2026, 11, 22, 3, tzinfo=UTC)
Ask = Callable[..., Awaitable[ReportView]]


def disputed(event: HandoverAccepted) -> HandoverDisputed:
    return HandoverDisputed(
        handover_id=event.handover_id, entitlement_id=event.entitlement_id, round_id=event.round_id, area=event.area,
        case_id="cas_1", kind="NOT_RECEIVED", at=AT,
    )  # fmt: skip


def upheld(event: HandoverAccepted) -> HandoverUpheld:
    return HandoverUpheld.model_validate(disputed(event).model_dump())


def taken_back(event: HandoverAccepted, was_disputed: bool = False) -> HandoverReversed:
    told = event.model_dump() | {"correction_id": "cor_1", "reversed_at": AT, "was_disputed": was_disputed}
    return HandoverReversed.model_validate(told)


def opened_case(number: int, area: str, **changes: Any) -> CaseOpened:
    fields: dict[str, Any] = {
        "case_id": f"cas_{number}", "reference": f"K-{number:05}", "kind": "NOT_RECEIVED", "channel": "SMS",
        "status": "OPEN", "level": "VILLAGE", "at": AT, "due_at": datetime(2026, 11, 23, 8, tzinfo=UTC), "area": area,
        "round_id": "rnd_1", "subject_type": None, "subject_id": None, "handover_id": None, "anonymous": False,
    }  # fmt: skip
    return CaseOpened.model_validate(fields | changes)


def updated(case: CaseOpened, action: str, status: str, was: str = "OPEN", **changes: Any) -> CaseUpdated:
    fields = case.model_dump() | {"action": action, "status": status, "was": was} | changes
    return CaseUpdated.model_validate(fields)


@pytest.fixture
def progress(store: Store, sri: Actor) -> Callable[[], Awaitable[ProgressView]]:
    async def ask() -> ProgressView:
        return await queries.get_progress(store, sri, GetProgress(round_id="rnd_1"))

    return ask


@pytest.fixture
def file(store: Store, ask: Ask, made) -> Callable[..., Awaitable[str]]:
    """The file of a report, as text."""

    async def get(*args: object, **more: object) -> str:
        report = await ask(*args, **more)
        await made()
        kept = await store.reports.get({"_id": report.id})
        assert kept is not None
        assert kept["status"] == "READY", kept
        return (await store.objects.get(REPORTS, kept["object"])).decode()

    return get


async def test_a_dispute_counts_and_a_reversal_takes_the_delivery_back(
    publish, counted, opened: Sequence[Event], handover, progress, at_once, file
) -> None:
    good, doubted, wrong = handover(0, 20), handover(1, 20, flags=("too_fast",)), handover(1, 21, "9.5")
    await publish(*opened, good, doubted, wrong, disputed(doubted), disputed(wrong), disputed(good), upheld(good))
    await counted()
    before = await progress()
    assert (before.delivered, before.disputed, before.remaining, before.flagged) == (3, 2, 27, 1)

    await publish(taken_back(wrong, was_disputed=True))
    await counted()
    after = await progress()
    assert (after.delivered, after.disputed, after.remaining) == (2, 1, 28)
    assert str(after.quantities[0].delivered) == "20"
    assert [(d.date.day, d.delivered) for d in after.daily] == [(20, 2), (21, 0)]

    lines = [line for line in (await file("FINAL", "CSV")).split("\r\n") if line.startswith("hov_")]
    became = {line.split(",")[0]: line.split(",")[5] for line in lines}
    assert became == {good.handover_id: "diterima", doubted.handover_id: "disanggah", wrong.handover_id: "dibatalkan"}

    await publish(EntitlementReopened(
        round_id="rnd_1", entitlement_id=wrong.entitlement_id, area=wrong.area, was="REVERSED", at=AT
    ), handover(1, 23, entitlement_id=wrong.entitlement_id))  # fmt: skip
    await counted()
    assert ((again := await progress()).delivered, again.remaining) == (3, 27)


async def test_an_acceptance_that_waited_in_the_dead_letters_finds_its_reversal(
    publish, counted, opened, handover, progress, at_once, file
) -> None:
    late = handover(0, 20)
    await publish(*opened, taken_back(late))
    await counted()
    await publish(late, handover(1, 20))
    await counted()
    assert (await progress()).delivered == 1
    assert "dibatalkan" in await file("FINAL", "CSV")


async def test_open_cases_are_counted_where_they_are(publish, counted, opened, progress) -> None:
    one, two, other = opened_case(1, "32.75.03.1001"), opened_case(2, "32.75.03"), opened_case(3, "32.75.03.1002", round_id=None)  # fmt: skip
    await publish(*opened, one, two, other, updated(one, "ESCALATE", "ESCALATED"), updated(two, "RESOLVE", "RESOLVED"))
    await counted()
    assert (await progress()).open_cases == 1
    await publish(updated(two, "REOPEN", "OPEN", was="RESOLVED"))
    await counted()
    assert (await progress()).open_cases == 2


async def test_what_was_paid_is_delivered_without_a_handover(
    publish, counted, opened, handover, progress, at_once, file
) -> None:
    def settled(**counts: int) -> PaymentSettled:
        village = VillageSettled(area="32.75.03.1001", **counts)
        return PaymentSettled(batch_id="pay_1", round_id="rnd_1", area="32.75.03", at=AT, villages=(village,))

    await publish(*opened, handover(1, 20), settled(paid=5, delivered=5), settled(returned=1, undelivered=1))
    await counted()
    found = await progress()
    assert (found.delivered, str(found.quantities[0].delivered)) == (5, "50")
    assert "hov_" in await file("FINAL", "CSV")
