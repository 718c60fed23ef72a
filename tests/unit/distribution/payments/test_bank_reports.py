"""Bank reports: pain.002, G2P Connect and CSV, and hostile input."""

import json
from contextlib import suppress
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.errors import Refused, error_text
from amanah.contracts.payments.payments import PaymentStatus
from amanah.contracts.rounds import ProgramItem, ProgramKind
from services.distribution.payments.rules import bank_reports as reports
from services.distribution.payments.rules import pain002
from services.distribution.payments.rules import payments as rules
from services.distribution.payments.rules.bank_reports import FileResult, Outcome, PaymentResult
from services.distribution.payments.rules.payments import CurrentPayment, status_after
from services.distribution.rounds.rules.money import LIVE, MOST, amount_due, check_money, kind_of

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def payment(entitlement: str, status: str, more: str = "") -> str:
    return f"<TxInfAndSts><OrgnlEndToEndId>{entitlement}</OrgnlEndToEndId><TxSts>{status}</TxSts>{more}</TxInfAndSts>"


def reason(code: str, kind: str = "Cd") -> str:
    return f"<StsRsnInf><Rsn><{kind}>{code}</{kind}></Rsn><AddtlInf>SITI AMINAH</AddtlInf></StsRsnInf>"


def block(*payments: str, status: str = "", name: str = "pay_x-0001") -> str:
    said = f"<PmtInfSts>{status}</PmtInfSts>" if status else ""
    return f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{name}</OrgnlPmtInfId>{said}{''.join(payments)}</OrgnlPmtInfAndSts>"


def report(*blocks: str, status: str = "", more: str = "", head: str = HEAD, namespace: str = NAMESPACE) -> bytes:
    said = f"<GrpSts>{status}</GrpSts>" if status else ""
    group = (
        "<OrgnlGrpInfAndSts><OrgnlMsgId>pay_x-0001</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>"
        f"{said}{more}</OrgnlGrpInfAndSts>"
    )
    return (
        f'{head}<Document xmlns="{namespace}"><CstmrPmtStsRpt>'
        "<GrpHdr><MsgId>BANK1</MsgId><CreDtTm>2026-12-01T08:00:00</CreDtTm></GrpHdr>"
        f"{group}{''.join(blocks)}</CstmrPmtStsRpt></Document>"
    ).encode()


def read(content: bytes) -> list[PaymentResult | FileResult]:
    return list(pain002.read(content))


# ---------------------------------------------------------------- pain.002


def test_each_payment_is_told_with_its_reason_and_amount() -> None:
    amount = '<OrgnlTxRef><Amt><InstdAmt Ccy="IDR">600000.00</InstdAmt></Amt></OrgnlTxRef>'
    told = read(report(block(payment("ent_1", "ACCC", amount), payment("ent_2", "RJCT", reason("AC04")))))
    assert told == [
        PaymentResult("ent_1", Outcome.PAID, None, Decimal(600000), "pay_x-0001"),
        PaymentResult("ent_2", Outcome.REJECTED, "AC04", None, "pay_x-0001"),
    ]


def test_nothing_is_kept_of_what_may_name_people() -> None:
    told = read(report(block(payment("ent_1", "RJCT", reason("Siti Aminah tidak ditemukan", "Prtry")))))
    assert told == [PaymentResult("ent_1", Outcome.REJECTED, "NARR", None, "pay_x-0001")]


def test_a_payment_does_not_inherit_what_was_said_of_the_one_before() -> None:
    told = read(report(block(payment("ent_1", "RJCT", reason("AC04")), "<TxInfAndSts></TxInfAndSts>")))
    assert told[1] == PaymentResult("", Outcome.UNKNOWN, None, None, "pay_x-0001")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (report(status="RJCT", more=reason("AM04")), [FileResult("pay_x-0001", Outcome.REJECTED, "AM04")]),
        (report(status="ACSC"), [FileResult("pay_x-0001", Outcome.PAID)]),
        (report(block(status="RJCT")), [FileResult("pay_x-0001", Outcome.REJECTED)]),
        (report(block(status="ACCC", name="pay_x-0002")), [FileResult("pay_x-0002", Outcome.PAID)]),
        (report(status="PART"), []),
        (report(status="ACTC"), []),
        (report(), []),
    ],
)
def test_a_status_of_all_is_told_of_all(content: bytes, told: list[FileResult]) -> None:
    assert read(content) == told


def test_a_status_of_all_gives_way_to_those_of_each() -> None:
    told = read(report(block(payment("ent_1", "ACCC"), status="PART"), status="PART"))
    assert told == [PaymentResult("ent_1", Outcome.PAID, None, None, "pay_x-0001")]


@pytest.mark.parametrize("version", ["03", "10", "12", "15"])
def test_every_version_is_read(version: str) -> None:
    namespace = f"urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}"
    assert len(read(report(block(payment("ent_1", "ACCC")), namespace=namespace))) == 1


LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
HOSTILE = {
    "billion laughs": report(
        block(payment("&l9;", "ACCC")), head=f'{HEAD}<!DOCTYPE Document [<!ENTITY l0 "lol">{LAUGHS}]>'
    ),
    "external entity": report(
        block(payment("&x;", "ACCC")), head=f'{HEAD}<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    ),
    "parameter entity": report(head=f'{HEAD}<!DOCTYPE d [<!ENTITY % x SYSTEM "http://127.0.0.1:9/"> %x;]>'),
    "external subset": report(head=f'{HEAD}<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd">'),
    "undeclared entity": report(block(payment("&x;", "ACCC"))),
    "too deep": report("<a>" * 5000 + "</a>" * 5000),
    "not closed": report()[:-20],
    "two roots": report() + report(),
    "of another kind": report(namespace="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"),
    "of no namespace": report(namespace=""),
    "unknown encoding": report(head='<?xml version="1.0" encoding="klingon"?>'),
    "another encoding than it says": report(head=HEAD).replace(b"BANK1", b"\xff\xfe\xfa"),
    "empty": b"",
    "html": b"<html><body>500 Internal Server Error</body></html>",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_xml_is_refused(content: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read(content)
    assert refused.value.code == "status_unreadable"


def test_text_without_end_is_not_kept() -> None:
    (told,) = read(report(block(payment("ent_" + "x" * 3_000_000, "ACCC"))))
    assert isinstance(told, PaymentResult)
    assert len(told.entitlement) <= 200


@given(st.binary(max_size=300))
def test_no_bytes_get_through_as_something_else(content: bytes) -> None:
    for way in (pain002.read, reports.from_g2p, reports.from_csv):
        with suppress(Refused):  # anything else that is raised fails the test
            list(way(content))


# ---------------------------------------------------------------- G2P Connect and CSV


def g2p(*statuses: dict[str, Any], wrapped: bool = False) -> bytes:
    message: dict[str, Any] = {"transaction_id": "pay_x", "disbursements_status": list(statuses)}
    if wrapped:
        message = {"transaction_id": "pay_x", "txnstatus_response": {"txn_type": "on-disburse", "txn_status": message}}
    return json.dumps({"header": {"action": "on-disburse", "status": "succ"}, "message": message}).encode()


@pytest.mark.parametrize("wrapped", [False, True])
def test_g2p_statuses(wrapped: bool) -> None:
    one = {"reference_id": "ent_1", "timestamp": "2026-12-01T00:00:00Z", "status": "succ", "amount": "600000.00"}
    two = {"reference_id": "ent_2", "status": "rjct", "status_reason_code": "rjct.payee_fa.invalid"}
    assert list(reports.from_g2p(g2p(one, two, wrapped=wrapped))) == [
        PaymentResult("ent_1", Outcome.PAID, None, Decimal(600000), "pay_x"),
        PaymentResult("ent_2", Outcome.REJECTED, "RJCT.PAYEE_FA.INVALID", None, "pay_x"),
    ]


@pytest.mark.parametrize(
    "content", [b"{}", b"[]", b'{"message":1}', b'{"message":{"disbursements_status":[1]}}', b"[" * 100_000]
)
def test_json_of_another_kind_is_refused(content: bytes) -> None:
    with pytest.raises(Refused) as refused:
        list(reports.from_g2p(content))
    assert refused.value.code == "status_unreadable"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_csv(separator: str, encoding: str) -> None:
    lines = [["Entitlement ID", "Status", "Alasan"], ["ent_1", "PAID", ""], ["", "", ""], ["ent_2", "ditolak", "AC04"]]
    content = "\r\n".join(separator.join(cells) for cells in lines).encode(encoding)
    assert list(reports.from_csv(content)) == [
        PaymentResult("ent_1", Outcome.PAID),
        PaymentResult("ent_2", Outcome.REJECTED, "AC04"),
    ]


def test_csv_without_header_is_refused() -> None:
    with pytest.raises(Refused, match="names no column"):
        list(reports.from_csv(b"ent_1;PAID\n"))


@pytest.mark.parametrize("text", ["1E+999999", "-5", "NaN", "12345678901234567890", "6.000.000", "600000.123456"])
def test_an_amount_that_cannot_be_read_is_never_right(text: str) -> None:
    assert reports.amount_of(text) == -1


# ---------------------------------------------------------------- what changes

INCLUDED, PAID, REJECTED, RELEASED = (
    CurrentPayment(PaymentStatus.INCLUDED, 5), CurrentPayment(PaymentStatus.PAID, 5), CurrentPayment(PaymentStatus.REJECTED, 5),
    CurrentPayment(PaymentStatus.RELEASED, 5),
)  # fmt: skip


@pytest.mark.parametrize(
    ("now", "outcome", "then"),
    [
        (INCLUDED, Outcome.PAID, "PAID"), (INCLUDED, Outcome.REJECTED, "REJECTED"), (INCLUDED, Outcome.PENDING, None),
        (PAID, Outcome.PAID, None), (PAID, Outcome.REJECTED, "REJECTED"), (PAID, Outcome.PENDING, None),
        (CurrentPayment(PaymentStatus.PAID, 5, confirmed=True), Outcome.REJECTED, "confirmed_yet_rejected"),
        (REJECTED, Outcome.REJECTED, None), (REJECTED, Outcome.PAID, "paid_after_rejected"),
        (RELEASED, Outcome.PAID, "paid_after_release"), (RELEASED, Outcome.REJECTED, None),
        (INCLUDED, Outcome.UNKNOWN, "status_unknown"),
    ],
)  # fmt: skip
def test_what_the_banks_word_changes(now: CurrentPayment, outcome: Outcome, then: str | None) -> None:
    assert status_after(now, outcome, None) == then
    assert status_after(now, outcome, Decimal(5)) == then
    wrong = "status_unknown" if outcome is Outcome.UNKNOWN else "amount_differs"
    assert status_after(now, outcome, Decimal(6)) == wrong


def test_every_answer_is_a_status_or_has_its_words() -> None:
    for status, outcome, confirmed in product(PaymentStatus, Outcome, (False, True)):
        then = status_after(CurrentPayment(status, 5, confirmed), outcome, None)
        assert then is None or isinstance(then, PaymentStatus) or error_text(then)


def test_live_are_those_that_may_be_paid_already() -> None:
    assert LIVE == {"INCLUDED", "PAID"}


@pytest.mark.parametrize("code", [*rules.REASONS, "RJCT.PAYEE_FA.INVALID", "ZZ99"])
def test_every_reason_has_an_explanation(code: str) -> None:
    found = rules.explanation(code)
    assert found is not None
    assert found.endswith(".")
    assert rules.explanation(None) is None


# ---------------------------------------------------------------- programs of money


def item(unit: str = "IDR", quantity: str = "600000", sku: str = "UANG") -> ProgramItem:
    return ProgramItem(sku=sku, name=sku, unit=unit, quantity_per_recipient=Decimal(quantity))


def test_a_program_of_rupiah_is_of_cash() -> None:
    assert kind_of([item()]) is ProgramKind.CASH
    assert kind_of([item("kg")]) is ProgramKind.GOODS
    for said in (None, "CASH"):
        check_money([item()], said)
    for said in (None, "GOODS"):
        check_money([item("kg"), item("l", "2.5", "MINYAK")], said)


@pytest.mark.parametrize(
    ("items", "said", "code"),
    [
        ([item()], "GOODS", "kind_mismatch"), ([item("kg")], "CASH", "kind_mismatch"),
        ([item(), item("kg", sku="BERAS")], None, "money_not_alone"), ([item(quantity="0.5")], None, "money_not_whole"),
        ([item(quantity=str(MOST + 1))], None, "money_too_much"),
    ],
)  # fmt: skip
def test_money_is_one_sum_of_whole_rupiah(items: list[ProgramItem], said: str | None, code: str) -> None:
    with pytest.raises(Refused) as refused:
        check_money(items, said)
    assert refused.value.code == code


def test_what_each_recipient_of_a_round_gets() -> None:
    assert amount_due([{"unit": "IDR", "quantity": 600_000_000}]) == 600_000
    assert amount_due([{"unit": "kg", "quantity": 10_000}]) is None
