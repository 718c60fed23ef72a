"""Payments as the gateway asks for them and shows them; and that a roster for money is proposed as one."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.errors import Refused, error_text
from amanah.contracts.message import Request
from amanah.contracts.payments.payments import (
    ApprovePaymentBatch,
    ConfirmPayment,
    Debtor,
    ExportPayments,
    GetPaymentStatusImport,
    ImportPaymentStatus,
    ListPaymentBatches,
    ListPayments,
    OpenPaymentFiles,
    PaymentBatchPage,
    PaymentBatchView,
    PaymentFile,
    PaymentFormat,
    PaymentPage,
    PaymentStatusImport,
    PaymentView,
    RejectPaymentBatch,
    Signatory,
    StatusProblem,
)
from amanah.contracts.rosters import ProposeRoster
from amanah.contracts.rounds import GetPrograms, GetRounds, ProgramItem, ProgramsAnswer, ProgramView, RoundsAnswer
from tests.unit.gateway.conftest import Gateway

AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
WHO = Signatory(id="usr_1", name="Ratna", role="SUPERVISOR")
BATCH = PaymentBatchView(
    id="pay_1", round_id="rnd_1", area="32.01.05", format=PaymentFormat.PAIN_001, status="EXPORTED",
    execution_date=date(2026, 11, 30), count=1_000_000, total=600_000_000_000, at_post=3, paid=1, paid_total=600_000,
    rejected=0, hash="a" * 64, failure=None, proposed_at=AT, proposed_by=WHO, decided_at=AT,
    decided_by=WHO.model_copy(update={"id": "usr_2"}), authority="SPM 7", reason=None,
    files=(PaymentFile(number=1, name="pay_1-0001.xml", sha256="b" * 64, size=9, count=1, total=600_000),),
)  # fmt: skip
DEBTOR = {"name": "Dinas Sosial", "account": "0123456789", "bank": "BRINIDJA"}
SHOWN = "id status format total paidTotal executionDate area { code } proposedBy { name } files { name sha256 url }"


async def run(gateway: Gateway, actor: Actor, document: str, **variables: Any) -> Any:
    return await gateway.data(actor, document, **variables)


async def test_a_proposal_is_asked_for_as_it_was_given(gateway: Gateway, supervisor: Actor) -> None:
    gateway.owners.answers[ExportPayments] = BATCH
    document = f"""mutation M($input: ExportPaymentsInput!) {{
        exportPayments(input: $input) {{ batch {{ {SHOWN} }} userErrors {{ code field }} }} }}"""
    given = {"roundId": "rnd_1", "format": "PAIN_001", "debtor": DEBTOR, "executionDate": "2026-11-30"}
    data = await run(gateway, supervisor, document, input=given)
    shown = data["exportPayments"]["batch"]
    # More than an Int of GraphQL holds.
    assert (shown["total"], shown["paidTotal"]) == ("600000000000", "600000")
    assert shown["files"] == [{"name": "pay_1-0001.xml", "sha256": "b" * 64, "url": None}]
    (asked,) = gateway.owners.asked
    assert asked == ExportPayments(
        round_id="rnd_1", format=PaymentFormat.PAIN_001, debtor=Debtor(**DEBTOR),
        execution_date=date(2026, 11, 30),
    )  # fmt: skip


async def test_a_wrong_account_is_a_user_error_without_it(gateway: Gateway, supervisor: Actor) -> None:
    document = """mutation M($input: ExportPaymentsInput!) {
        exportPayments(input: $input) { userErrors { code field message } } }"""
    given = {
        "roundId": "rnd_1", "format": "G2P_CONNECT", "debtor": DEBTOR | {"account": "12 34 56"},
        "executionDate": "2026-11-30",
    }  # fmt: skip
    (error,) = (await run(gateway, supervisor, document, input=given))["exportPayments"]["userErrors"]
    assert (error["code"], error["field"]) == ("invalid", "debtor.account")
    assert "12 34" not in error["message"]


@pytest.mark.parametrize(
    ("field", "given", "asked"),
    [
        ("approvePaymentBatch", {"batchId": "pay_1", "authority": "SPM"},
         ApprovePaymentBatch(batch_id="pay_1", authority="SPM")),
        ("rejectPaymentBatch", {"batchId": "pay_1", "reason": "R"},
         RejectPaymentBatch(batch_id="pay_1", reason="R")),
        ("openPaymentFiles", {"batchId": "pay_1"}, OpenPaymentFiles(batch_id="pay_1")),
    ],
)  # fmt: skip
async def test_decisions(
    gateway: Gateway, supervisor: Actor, field: str, given: dict[str, str], asked: Request[Any]
) -> None:
    document = f"""mutation M($input: {field[0].upper()}{field[1:]}Input!) {{
        {field}(input: $input) {{ batch {{ {SHOWN} }} userErrors {{ code message }} }} }}"""
    gateway.owners.answers[type(asked)] = BATCH
    assert (await run(gateway, supervisor, document, input=given))[field]["batch"]["status"] == "EXPORTED"
    assert gateway.owners.asked == [asked]
    gateway.owners.answers[type(asked)] = Refused("same_person.batch", "batchId")
    data = await run(gateway, supervisor, document, input=given)
    assert data[field] == {
        "batch": None,
        "userErrors": [{"code": "same_person", "message": error_text("same_person.batch").en}],
    }


async def test_payments_of_a_batch_and_its_reports(gateway: Gateway, supervisor: Actor) -> None:
    payment = PaymentView(
        entitlement_id="ent_1", recipient_id="rcp_1", area="32.01.05.2001", amount=600_000, way="POST",
        status="REJECTED", reason="AC04", explanation="The account is closed.", at=AT, confirmed_at=None,
    )  # fmt: skip
    report = PaymentStatusImport(
        id="pst_1", batch_id="pay_1", status="DONE", failure=None, paid=1, rejected=2, returned=0, unchanged=0, refused=1,
        problems=(StatusProblem(entitlement_id="ent_9", code="payment_unknown", message="Compare."),),
    )  # fmt: skip
    gateway.owners.answers |= {
        ListPayments: PaymentPage(nodes=(payment,), cursors=("ent_1",), total=1),
        ImportPaymentStatus: report,
        GetPaymentStatusImport: report,
        ConfirmPayment: payment.model_copy(update={"status": "PAID", "confirmed_at": AT}),
    }
    data = await run(
        gateway, supervisor,
        'query Q { payments(batchId: "pay_1", status: REJECTED) { totalCount nodes { entitlementId amount explanation } }'
        ' paymentStatusImport(id: "pst_1") { status rejected problems { code } } }',
    )  # fmt: skip
    assert data["payments"]["nodes"] == [
        {"entitlementId": "ent_1", "amount": "600000", "explanation": "The account is closed."}
    ]
    assert data["paymentStatusImport"]["problems"] == [{"code": "payment_unknown"}]
    assert ListPayments(batch_id="pay_1", status="REJECTED") in gateway.owners.asked
    data = await run(
        gateway, supervisor,
        'mutation M { importPaymentStatus(input: {batchId: "pay_1", uploadId: "upl_1"}) { statusImport { id paid } }'
        ' confirmPayment(input: {entitlementId: "ent_1"}) { payment { status confirmedAt } } }',
    )  # fmt: skip
    assert data["importPaymentStatus"]["statusImport"] == {"id": "pst_1", "paid": 1}
    assert data["confirmPayment"]["payment"] == {"status": "PAID", "confirmedAt": "2026-11-24T03:00:00.000Z"}


async def test_batches_of_a_round_cost_two_calls_with_their_rounds(gateway: Gateway, supervisor: Actor) -> None:
    batches = tuple(BATCH.model_copy(update={"id": f"pay_{n}"}) for n in range(5))
    gateway.owners.answers |= {
        ListPaymentBatches: PaymentBatchPage(nodes=batches, cursors=tuple(b.id for b in batches), total=5),
        GetRounds: RoundsAnswer(),
    }
    document = 'query Q { paymentBatches(roundId: "rnd_1") { nodes { id round { name } } } }'
    assert len((await run(gateway, supervisor, document))["paymentBatches"]["nodes"]) == 5
    assert len(gateway.owners.asked) == 2


@pytest.mark.parametrize(("unit", "money"), [("IDR", True), ("kg", False)])
async def test_a_roster_of_a_program_of_money_is_for_payment(
    gateway: Gateway, person: Callable[..., Actor], unit: str, money: bool
) -> None:
    item = ProgramItem(sku="X", name="X", unit=unit, quantity_per_recipient=Decimal(600_000))
    program = ProgramView(id="prg_1", code="PKH", name="PKH", items=(item,), kind="CASH" if money else "GOODS")
    gateway.owners.answers |= {
        GetPrograms: ProgramsAnswer(nodes=(program,)),
        ProposeRoster: Refused("roster_empty", "area"),
    }
    given = {"programId": "prg_1", "period": "2026-03", "area": "32.01.05"}
    await gateway.data(person("Rina", REGISTRAR="32.01"), "ProposeRoster", input=given)
    asked = gateway.owners.asked[-1]
    assert isinstance(asked, ProposeRoster)
    assert asked.for_payment is money
