"""Batches are proposed by one and approved by another, and hold each entitlement once."""

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.buckets import PAYMENTS
from amanah.contracts.errors import Forbidden, Refused
from amanah.contracts.ids import new_id
from amanah.contracts.message import Request
from amanah.contracts.payments.payments import (
    GetPaymentBatches,
    ListPaymentBatches,
    PaymentBatchView,
    RejectPaymentBatch,
)
from amanah.contracts.topics import AUDIT_ENTRIES
from services.distribution.payments.commands.decide import reject_payment_batch
from services.distribution.rounds.documents import ENTITLEMENTS, ROSTERS
from tests.integration.distribution.payments.cash import Cash

VILLAGE = "32.01.05.2001"
SIBLING = "32.01.05.2002"
TODAY = (datetime.now(UTC) + timedelta(hours=7)).date()


async def test_a_batch_is_proposed_by_one_and_exported_once_another_approves(cash: Cash) -> None:
    await cash.open(4)
    batch = await cash.propose()
    assert (batch.status, batch.count, batch.total, batch.at_post) == ("PROPOSED", 4, 2_400_000, 1)
    assert batch.files == ()
    done = await cash.approve(batch)
    assert (done.status, done.hash, done.authority) == ("EXPORTED", batch.hash, "SPM 7/2026")
    assert [(f.number, f.count, f.total) for f in done.files] == [(1, 4, 2_400_000)]
    (content,) = await cash.contents(done)
    text = content.decode()
    assert re.findall(r"<EndToEndId>(.*?)</EndToEndId>", text) == cash.ids
    assert "<CtrlSum>2400000.00</CtrlSum>" in text
    assert "<Nm>SITI NUR'AINI 0</Nm>" in text
    assert f"<Id>{cash.ids[2]}</Id><SchmeNm><Prtry>POS</Prtry>" in text
    (event,) = await cash.told("payment-batch.approved")
    assert event["villages"] == [
        {"area": VILLAGE, "count": 2, "total": 1_200_000}, {"area": SIBLING, "count": 2, "total": 1_200_000}
    ]  # fmt: skip
    (written,) = await cash.audited("distribution:payment-file:write")
    assert written["after"] == f"sha256:{done.files[0].sha256}"
    assert [e["actor"]["id"] for e in await cash.audited("distribution:payment-file:open")] == [cash.supervisor.id]


async def test_nobody_approves_their_own(cash: Cash, person: Callable[..., Actor]) -> None:
    await cash.open()
    both = person("Ratna", SUPERVISOR="32.01", APPROVER="32.01")
    batch = await cash.propose()
    assert await cash.refusal(cash.approve(batch, both)) == "same_person"
    assert await cash.store.objects.list(PAYMENTS, batch.id) == []
    # The next two may: the first word stands, and the same word again is answered.
    done = await cash.approve(batch)
    assert await cash.approve(batch) == done
    other = person("Rina", SUPERVISOR="32")
    assert await cash.refusal(cash.approve(batch, other)) == "batch_not_proposed"


async def test_many_who_approve_at_once_approve_once(cash: Cash, person: Callable[..., Actor]) -> None:
    await cash.open()
    batch = await cash.propose()
    people = [person(f"P{n}", APPROVER="32.01") for n in range(6)]
    done = await asyncio.gather(*(cash.approve(batch, p) for p in people), return_exceptions=True)
    assert sum(isinstance(d, PaymentBatchView) for d in done) == 1
    assert len(await cash.told("payment-batch.approved")) == 1
    assert len(await cash.audited("distribution:payment-file:write")) == 1


async def test_an_entitlement_is_in_one_batch_however_many_propose(cash: Cash, person: Callable[..., Actor]) -> None:
    await cash.open(30)
    people = [person(f"P{n}", SUPERVISOR="32.01") for n in range(5)]
    asks = [cash.propose(by=p) for p in people] + [cash.propose(area=VILLAGE), cash.propose(area=SIBLING)]
    done = await asyncio.gather(*asks, return_exceptions=True)
    batches = [b for b in done if isinstance(b, PaymentBatchView)]
    others = [b for b in done if not isinstance(b, PaymentBatchView)]
    assert all(isinstance(b, Refused) and b.code == "nothing_to_pay" for b in others)
    assert sum(b.count for b in batches) == 30
    for batch in batches:
        await cash.approve(batch)
    found = [e for b in batches for c in await cash.contents(b) for e in re.findall(rb"<EndToEndId>(.*?)<", c)]
    assert len(found) == len(set(found)) == 30


async def test_the_same_proposal_again_is_the_first(cash: Cash) -> None:
    await cash.open()
    one, two, three = await asyncio.gather(*(cash.propose() for _ in range(3)))
    assert one.id == two.id == three.id
    assert (await cash.propose()).id == one.id
    assert await cash.refusal(cash.propose(execution_date=TODAY + timedelta(days=1))) == "nothing_to_pay"


async def test_a_rejected_batch_lets_its_entitlements_go(cash: Cash) -> None:
    await cash.open()
    batch = await cash.propose()
    ask = RejectPaymentBatch(batch_id=batch.id, reason="Rekening belum dicek")
    rejected = await reject_payment_batch(cash.store, cash.approver, ask)
    assert (rejected.status, rejected.reason) == ("REJECTED", "Rekening belum dicek")
    assert await reject_payment_batch(cash.store, cash.approver, ask) == rejected
    assert await cash.statuses() == ["RELEASED"] * 4
    assert await cash.refusal(cash.approve(batch)) == "batch_not_proposed"
    again = await cash.exported()
    assert again.count == 4
    assert [p["earlier"][0]["batch"] for p in await cash.payments()] == [batch.id] * 4
    assert "belum dicek" not in repr(await cash.scene.published(AUDIT_ENTRIES.name))


async def test_why_a_batch_was_rejected_is_read_on_the_audit_trail(cash: Cash, person: Callable[..., Actor]) -> None:
    async def noted(*asked: Request[Any]) -> list[list[str]]:
        before = len(await cash.scene.published(AUDIT_ENTRIES.name))
        for ask in asked:
            await cash.scene.call(ask, person("Gita", AUDITOR="32"))
        entries = (await cash.scene.published(AUDIT_ENTRIES.name))[before:]
        return [[each["id"] for each in entry["concerns"]] for entry in entries]

    await cash.open()
    batch = await cash.propose()
    asked = (ListPaymentBatches(round_id=cash.round.id), GetPaymentBatches(ids=(batch.id,)))
    assert await noted(*asked) == []
    await reject_payment_batch(cash.store, cash.approver, RejectPaymentBatch(batch_id=batch.id, reason="Siti is ill."))
    assert await noted(*asked) == [[batch.id]] * 2


async def test_an_area_of_the_round_alone(cash: Cash, person: Callable[..., Actor]) -> None:
    await cash.open(5)
    batch = await cash.propose(area=VILLAGE)
    assert batch.count == 3
    assert await cash.statuses() == ["INCLUDED", None, "INCLUDED", None, "INCLUDED"]
    assert await cash.refusal(cash.propose(area="32.01.06")) == "area_outside_round"
    with pytest.raises(Forbidden):
        await cash.propose(by=person("Tono", SUPERVISOR=SIBLING))


async def test_what_cannot_be_proposed(cash: Cash, person: Callable[..., Actor]) -> None:
    await cash.open()
    assert await cash.refusal(cash.propose(execution_date=TODAY - timedelta(days=1))) == "execution_past"
    assert await cash.refusal(cash.propose(round_id=new_id("rnd"))) == "round_unknown"
    assert await cash.refusal(cash.propose(by=person("Far", SUPERVISOR="33"))) == "round_unknown"
    await cash.store[ROSTERS].update({"_id": cash.round.roster_id}, {"$set": {"payees": None}})
    assert await cash.refusal(cash.propose()) == "payees_missing"
    goods = await cash.scene.open(2)
    assert await cash.refusal(cash.propose(round_id=goods.id)) == "not_cash"


async def test_what_is_delivered_or_failed_is_not_paid(cash: Cash) -> None:
    await cash.open(3)
    await cash.store[ENTITLEMENTS].update({"_id": cash.ids[0]}, {"$set": {"status": "DELIVERED"}})
    await cash.store[ENTITLEMENTS].update({"_id": cash.ids[1]}, {"$set": {"status": "FAILED"}})
    assert (await cash.exported()).count == 1


async def test_what_is_in_payment_is_not_handed_over(cash: Cash) -> None:
    await cash.open()
    await cash.on_duty()
    await cash.propose()
    assert await cash.refusal(cash.attempt(0)) == "in_payment"


async def test_an_attempt_and_a_batch_do_not_both_get_it(cash: Cash) -> None:
    await cash.open(12)
    await cash.on_duty()
    attempts = [cash.attempt(n) for n in range(12)]
    done = await asyncio.gather(cash.propose(), *attempts, return_exceptions=True)
    refused = [d for d in done[1:] if isinstance(d, Refused)]
    assert all(r.code == "in_payment" for r in refused)
    assert all(isinstance(d, Refused) or not isinstance(d, BaseException) for d in done[1:])
    assert (await cash.statuses()).count("INCLUDED") == len(refused)
    assert await cash.store[ENTITLEMENTS].count({"status": "FAILED"}) == 12 - len(refused)
    assert await cash.store[ENTITLEMENTS].count({"status": "FAILED", "payment.status": "INCLUDED"}) == 0
