"""Disputes, reversals and cases reach progress and reports, wherever the reader stands in the log."""

import csv
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.buckets import REPORTS as BUCKET
from amanah.contracts.cases import CaseOpened, CaseUpdated
from amanah.contracts.custody.events import BalanceChange, CustodyBalanced
from amanah.contracts.figures import GetProgress, ProgressView
from amanah.contracts.handovers.events import (
    EntitlementReopened,
    HandoverAccepted,
    HandoverDisputed,
    HandoverReversed,
    HandoverUpheld,
)
from amanah.contracts.message import Event
from amanah.contracts.payments.events import PaymentSettled, VillageSettled
from services.reporting.figures.documents import CASES
from services.reporting.figures.queries import get_progress
from services.reporting.reports.builder import ReportBuilder
from services.reporting.reports.documents import REPORTS, ReportDocument
from services.reporting.store import Store
from tests.integration.reporting.conftest import Ask, MakeHandover, Publish, Run
from tests.waiting import eventually

AT = datetime(2026, 11, 22, 3, tzinfo=UTC)


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
        return await get_progress(store, sri, GetProgress(round_id="rnd_1"))

    return ask


@pytest.fixture
def file(store: Store, ask: Ask, made: Run) -> Callable[..., Awaitable[str]]:
    """The file of a report, as text."""

    async def get(*args: object, **more: object) -> str:
        report = await ask(*args, **more)
        await made()
        kept = await store[REPORTS].get({"_id": report.id})
        assert kept is not None
        assert kept["status"] == "READY", kept
        return (await store.objects.get(BUCKET, kept["object"])).decode()

    return get


async def test_a_dispute_counts_and_a_reversal_takes_the_delivery_back(
    publish: Publish,
    counted: Run,
    opened: Sequence[Event],
    handover: MakeHandover,
    progress: Callable[[], Awaitable[ProgressView]],
    at_once: None,
    file: Callable[..., Awaitable[str]],
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
    publish: Publish,
    counted: Run,
    opened: Sequence[Event],
    handover: MakeHandover,
    progress: Callable[[], Awaitable[ProgressView]],
    at_once: None,
    file: Callable[..., Awaitable[str]],
) -> None:
    late = handover(0, 20)
    await publish(*opened, taken_back(late))
    await counted()
    await publish(late, handover(1, 20))
    await counted()
    assert (await progress()).delivered == 1
    assert "dibatalkan" in await file("FINAL", "CSV")


async def test_open_cases_are_counted_where_they_are(
    publish: Publish, counted: Run, opened: Sequence[Event], progress: Callable[[], Awaitable[ProgressView]]
) -> None:
    one, two, other = opened_case(1, "32.75.03.1001"), opened_case(2, "32.75.03"), opened_case(3, "32.75.03.1002", round_id=None)  # fmt: skip
    await publish(*opened, one, two, other, updated(one, "ESCALATE", "ESCALATED"), updated(two, "RESOLVE", "RESOLVED"))
    await counted()
    assert (await progress()).open_cases == 1
    await publish(updated(two, "REOPEN", "OPEN", was="RESOLVED"))
    await counted()
    assert (await progress()).open_cases == 2


async def test_what_was_paid_is_delivered_without_a_handover(
    publish: Publish,
    counted: Run,
    opened: Sequence[Event],
    handover: MakeHandover,
    progress: Callable[[], Awaitable[ProgressView]],
    at_once: None,
    file: Callable[..., Awaitable[str]],
) -> None:
    def settled(**counts: int) -> PaymentSettled:
        village = VillageSettled(area="32.75.03.1001", **counts)
        return PaymentSettled(batch_id="pay_1", round_id="rnd_1", area="32.75.03", at=AT, villages=(village,))

    await publish(*opened, handover(1, 20), settled(paid=5, delivered=5), settled(returned=1, undelivered=1))
    await counted()
    found = await progress()
    assert (found.delivered, str(found.quantities[0].delivered)) == (5, "50")
    assert "hov_" in await file("FINAL", "CSV")


async def test_minutes_list_what_stands_and_count_the_same(
    publish: Publish,
    counted: Run,
    opened: Sequence[Event],
    handover: MakeHandover,
    at_once: None,
    file: Callable[..., Awaitable[str]],
) -> None:
    good, wrong = handover(0, 20), handover(0, 21)
    await publish(*opened, good, wrong, taken_back(wrong), disputed(good))
    await counted()
    text = await file("BAST", "CSV", area="32.75.03.1001")
    assert "# Berita Acara Serah Terima" in text
    assert [line.split(",")[0] for line in text.split("\r\n") if line.startswith("hov_")] == [good.handover_id]


async def test_cases_are_reported_as_they_stood_when_counted(
    store: Store,
    builder: ReportBuilder,
    publish: Publish,
    counted: Run,
    opened: Sequence[Event],
    at_once: None,
    file: Callable[..., Awaitable[str]],
    ask: Ask,
) -> None:
    cases = [opened_case(n, f"32.75.03.100{1 + n % 2}", at=AT + timedelta(days=n)) for n in range(4)]
    await publish(
        *opened, *cases, updated(cases[0], "ESCALATE", "ESCALATED", level="DISTRICT"),
        updated(cases[1], "RESOLVE", "RESOLVED"), opened_case(9, "32.75.03.1001", round_id=None),
    )  # fmt: skip
    await counted()
    text = await file("CASES", "CSV")
    rows = {r["Nomor pengaduan"]: r for r in csv.DictReader(line for line in text.split("\r\n") if line[:1] != "#")}
    assert sorted(rows) == ["K-00000", "K-00001", "K-00002", "K-00003"]
    assert (rows["K-00000"]["Tingkat"], rows["K-00000"]["Status"]) == ("kecamatan", "dinaikkan")
    # The data is of 23 November, 16:00 here: what was due by 15:00 and is not resolved is late.
    assert [rows[f"K-0000{n}"]["Terlambat"] for n in range(4)] == ["ya", "", "ya", "ya"]
    assert rows["K-00003"]["Dibuka (waktu setempat)"] == "2026-11-25T10:00:00+07:00"
    some = await file("CASES", "CSV", since="2026-11-23", until="2026-11-24")
    assert some.count("\r\nK-0") == 2
    # A case whose rows do not bear out the counters makes no report.
    await store[CASES].delete({"_id": "cas_2"})
    failed = await ask("CASES", "CSV")

    async def given_up() -> ReportDocument | None:
        await builder.build_next()
        return await store[REPORTS].get({"_id": failed.id, "status": "FAILED"})

    kept = await eventually(given_up, 20)
    assert kept["failure"] == "figures_disagree"


async def test_a_reconciliation_adds_up_what_custody_told(
    publish: Publish, counted: Run, opened: Sequence[Event], at_once: None, file: Callable[..., Awaitable[str]]
) -> None:
    def told(area: str, **amounts: int) -> CustodyBalanced:
        leg = {"sku": "BERAS.10", "is_leg": True, "from_place": "GUDANG", "to_place": "POS"}
        change = BalanceChange(**leg, **{name: Decimal(amount) for name, amount in amounts.items()})
        return CustodyBalanced(round_id="rnd_1", area=area, changes=(change,))

    await publish(
        *opened, told("32.75.03.1001", arrived=100, left=97, difference=3), told("32.75.03.1002", arrived=50, left=50),
        told("32.75.03.1001", difference=-3, lost=3),
    )  # fmt: skip
    await counted()

    async def legs(area: str) -> list[list[str]]:
        text = await file("RECONCILIATION", "CSV", area=area)
        return [line.split(",") for line in text.split("\r\n") if line.startswith("ruas")]

    whole = ["ruas", "GUDANG", "POS", "BERAS.10", "kg", "0", "150", "147", "0", "0", "3", "0", "0", "0"]
    assert await legs("32.75.03") == [whole]
    assert [row[6:8] for row in await legs("32.75.03.1002")] == [["50", "50"]]
