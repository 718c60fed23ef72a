"""Reports of banks: each payment is settled once, and what makes no sense is told."""

import json

import pytest

from amanah.contracts.buckets import UPLOADS
from amanah.contracts.payments.payments import GetPaymentStatusImport, ListPayments, PaymentFormat, RejectPaymentBatch
from amanah.contracts.topics import AUDIT_ENTRIES
from services.distribution.payments import queries as payment_queries
from services.distribution.payments.commands.bank_reports import apply_waiting
from services.distribution.payments.commands.decide import reject_payment_batch
from services.distribution.payments.documents import BANK_REPORTS
from services.distribution.rounds.documents import ENTITLEMENTS
from tests.integration.distribution.payments.cash import Cash

VILLAGE = "32.01.05.2001"
SIBLING = "32.01.05.2002"


async def test_paid_and_rejected_once_each(cash: Cash) -> None:
    await cash.open()
    batch = await cash.exported()
    told = cash.pain002(batch, (cash.ids[0], "ACCC"), (cash.ids[1].upper(), "RJCT"), (cash.ids[2], "ACSP"))
    done = await cash.report(batch, told)
    assert (done.status, done.paid, done.rejected, done.unchanged) == ("DONE", 1, 1, 1)
    assert await cash.statuses() == ["PAID", "REJECTED", "INCLUDED", "INCLUDED"]
    (event,) = await cash.told("payment.settled")
    by_village = {v["area"]: (v["paid"], v["paid_total"], v["rejected"]) for v in event["villages"]}
    assert by_village == {VILLAGE: (1, 600_000, 0), SIBLING: (0, 0, 1)}
    again = await cash.report(batch, told)
    assert (again.paid, again.rejected, again.unchanged) == (0, 0, 3)
    now = await cash.batch(batch)
    assert (now.paid, now.paid_total, now.rejected) == (1, 600_000, 1)
    assert len(await cash.told("payment.settled")) == 1
    page = await payment_queries.list_payments(
        cash.store, cash.supervisor, ListPayments(batch_id=batch.id, status="REJECTED")
    )
    assert [(p.entitlement_id, p.reason, p.explanation) for p in page.nodes] == [
        (cash.ids[1], "AC04", "The account is closed.")
    ]
    # Paid is not delivered before the recipient says so.
    assert await cash.store[ENTITLEMENTS].count({"status": "DELIVERED"}) == 0


async def test_each_recipient_is_named_wherever_their_money_was_touched(cash: Cash) -> None:
    await cash.open(3)
    given_up = await cash.propose()
    reject = RejectPaymentBatch(batch_id=given_up.id, reason="The bank is another.")
    await reject_payment_batch(cash.store, cash.approver, reject)
    batch = await cash.exported()
    await cash.report(batch, cash.pain002(batch, (cash.ids[0], "ACCC"), (cash.ids[1], "RJCT")))
    entries = await cash.scene.published(AUDIT_ENTRIES.name)

    def told(recipient: str) -> list[str]:
        named = [e for e in entries if {"type": "Recipient", "id": recipient} in e["concerns"]]
        return [e["action"].removeprefix("distribution:") for e in named]

    collected = ["entitlement:create", "payment:include", "payment:release", "payment:include"]
    assert [told(recipient) for recipient in cash.scene.recipients] == [
        [*collected, "payment:settle"], [*collected, "payment:settle"], collected,
    ]  # fmt: skip


async def test_the_rejected_alone_may_be_in_another_batch(cash: Cash) -> None:
    await cash.open()
    batch = await cash.exported()
    await cash.report(batch, cash.pain002(batch, *((i, "RJCT" if i == cash.ids[3] else "ACSC") for i in cash.ids)))
    again = await cash.exported()
    assert again.count == 1
    late = await cash.report(batch, cash.pain002(batch, (cash.ids[3], "ACCC")))
    assert [(p.code, p.entitlement_id) for p in late.problems] == [("payment_unknown", cash.ids[3])]


async def test_a_file_is_reported_on_as_a_whole(cash: Cash) -> None:
    await cash.open(7)
    cash.store.settings.payments_per_file = 3
    batch = await cash.exported()
    done = await cash.report(batch, cash.pain002(batch, status="RJCT", number=2))
    assert (done.status, done.rejected) == ("DONE", 3)
    assert await cash.statuses() == ["INCLUDED"] * 3 + ["REJECTED"] * 3 + ["INCLUDED"]
    assert (await cash.report(batch, cash.pain002(batch, status="ACSC", number=9))).paid == 0
    everything = cash.pain002(batch, status="ACCC").replace(f"{batch.id}-0001".encode(), batch.id.encode())
    assert (await cash.report(batch, everything)).paid == 4


async def test_money_that_comes_back(cash: Cash) -> None:
    await cash.open()
    batch = await cash.exported()
    await cash.report(batch, cash.pain002(batch, (cash.ids[0], "ACSC")))
    back = await cash.report(batch, cash.pain002(batch, (cash.ids[0], "RJCT")))
    assert (back.returned, back.rejected) == (1, 0)
    now = await cash.batch(batch)
    assert (now.paid, now.paid_total, now.rejected) == (0, 0, 1)
    refused = await cash.report(batch, cash.pain002(batch, (cash.ids[0], "ACSC")))
    assert [p.code for p in refused.problems] == ["paid_after_rejected"]


async def test_lines_that_make_no_sense_are_told(cash: Cash) -> None:
    await cash.open()
    batch = await cash.exported()
    csv = f"entitlement_id;status;amount\n{cash.ids[0]};PAID;600000\n{cash.ids[1]};PAID;6000\nent_x;PAID;\nSiti Aminah;PAID;\n"
    done = await cash.report(batch, (csv + f"{cash.ids[2]};HMM;\n").encode())
    assert (done.paid, done.refused) == (1, 4)
    assert [(p.entitlement_id, p.code) for p in done.problems] == [
        (cash.ids[1], "amount_differs"), ("ent_x", "payment_unknown"), ("?", "payment_unknown"),
        (cash.ids[2], "status_unknown"),
    ]  # fmt: skip
    assert all(p.message for p in done.problems)


async def test_g2p_statuses_are_taken(cash: Cash) -> None:
    await cash.open()
    batch = await cash.exported(format=PaymentFormat.G2P_CONNECT)
    statuses = [{"reference_id": i, "status": "succ", "timestamp": "2026-12-01T00:00:00Z"} for i in cash.ids]
    message = {"header": {}, "message": {"transaction_id": batch.id, "disbursements_status": statuses}}
    assert (await cash.report(batch, json.dumps(message).encode())).paid == 4


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "status_unreadable"),
        (b"<html>", "status_unreadable"), (b"{}", "status_unreadable"), (b"x;y\n", "status_unreadable"),
        (b"id;status\n", "status_unreadable"),
    ],
)  # fmt: skip
async def test_a_report_that_is_none_is_refused(cash: Cash, content: bytes, code: str) -> None:
    await cash.open()
    batch = await cash.exported()
    assert await cash.refusal(cash.report(batch, content)) == code
    assert await cash.store[BANK_REPORTS].count({}) == 0


async def test_a_report_on_another_batch_is_refused(cash: Cash) -> None:
    await cash.open()
    one = await cash.exported(area=VILLAGE)
    two = await cash.exported(area=SIBLING)
    assert await cash.refusal(cash.report(one, cash.pain002(two, (cash.ids[1], "ACCC")))) == "status_other_batch"
    assert await cash.statuses() == ["INCLUDED"] * 4


async def test_a_batch_that_no_bank_has_is_not_reported_on(cash: Cash) -> None:
    await cash.open()
    batch = await cash.propose()
    assert await cash.refusal(cash.report(batch, cash.pain002(batch, (cash.ids[0], "ACCC")))) == "batch_not_exported"


async def test_a_long_report_is_taken_by_the_worker(cash: Cash) -> None:
    await cash.open()
    batch = await cash.exported()
    cash.store.settings.payments_at_once = 0
    running = await cash.report(batch, cash.pain002(batch, *((i, "ACCC") for i in cash.ids)))
    assert (running.status, running.paid) == ("RUNNING", 0)
    assert await apply_waiting(cash.store)
    done = await payment_queries.get_payment_status_import(
        cash.store, cash.supervisor, GetPaymentStatusImport(id=running.id)
    )
    assert (done.status, done.paid) == ("DONE", 4)
    assert not await apply_waiting(cash.store)


async def test_a_report_that_was_exchanged_is_not_taken(cash: Cash) -> None:
    await cash.open()
    batch = await cash.exported()
    cash.store.settings.payments_at_once = 0
    running = await cash.report(batch, cash.pain002(batch, *((i, "RJCT") for i in cash.ids)))
    document = await cash.scene.one(BANK_REPORTS, {"_id": running.id})
    await cash.store.objects.put(UPLOADS, document["upload"], cash.pain002(batch, *((i, "ACCC") for i in cash.ids)))
    assert await apply_waiting(cash.store)
    ended = await cash.scene.one(BANK_REPORTS, {"_id": running.id})
    assert (ended["status"], ended["failure"]) == ("FAILED", "file_mismatch")
    assert await cash.statuses() == ["INCLUDED"] * 4
