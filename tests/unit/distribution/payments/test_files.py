"""Files for banks: pain.001 against ISO's own schema, G2P Connect against its specification, whatever people are called."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib.metadata import distribution
from typing import Any

import jsonschema
import pytest
import xmlschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amanah.contracts.ids import derived_id
from amanah.contracts.payments.payments import Debtor
from services.distribution.payments.rules import g2p, pain001
from services.distribution.payments.rules.characters import iso_text
from services.distribution.payments.rules.instructions import Head, Instruction, entitlement_of, file_number
from services.distribution.rounds.rules.money import MOST

BATCH = derived_id("pay", "a batch")
HEAD = Head(
    batch_id=BATCH, number=3, created=datetime(2026, 11, 24, 3, tzinfo=UTC), executes=date(2026, 11, 30),
    debtor=Debtor(name="Kementerian Sosial R.I.", account="020601000123301", bank="BRINIDJA"),
    purpose="PKH & Sembako – Tahap 4", post_office="PT POS INDONESIA", sender="amanah",
)  # fmt: skip
NAMESPACES = {"p": pain001.NAMESPACE}

# The JSON Schema of DisburseRequest and MsgHeader in G2P Connect's disburse_core_api 1.0.0, as far as we use it.
FA = {"type": "string", "pattern": r"^(account|token):[a-zA-Z0-9.-]+@[a-zA-Z0-9.-]+$"}
AMOUNT = {"type": "string", "pattern": r"^\d{1,13}\.\d{1,2}$"}
DISBURSEMENT = {
    "type": "object",
    "required": ["reference_id", "payer_fa", "payee_fa", "amount"],
    "additionalProperties": False,
    "properties": {
        "reference_id": {"type": "string", "minLength": 1},
        "payer_fa": FA, "payee_fa": FA, "amount": AMOUNT,
        "scheduled_timestamp": {"type": "string", "format": "date-time"},
        "payer_name": {"type": "string"}, "payee_name": {"type": "string"},
        "note": {"type": "string", "maxLength": 99}, "purpose": {"type": "string", "maxLength": 99},
        "currency_code": {"type": "string", "pattern": "^[A-Z]{3,3}$"},
        "locale": {"type": "string", "pattern": "^[a-z]{3,3}$"},
    },
}  # fmt: skip
DISBURSE = {
    "type": "object",
    "required": ["header", "message"],
    "properties": {
        "header": {
            "type": "object",
            "required": ["message_id", "message_ts", "action", "sender_id", "total_count"],
            "properties": {"action": {"enum": ["disburse"]}, "total_count": {"type": "integer"}},
        },
        "message": {
            "type": "object",
            "required": ["transaction_id", "disbursements"],
            "properties": {
                "transaction_id": {"type": "string", "maxLength": 99},
                "disbursements": {"type": "array", "items": DISBURSEMENT},
            },
        },
    },
}


@pytest.fixture(scope="session")
def iso() -> xmlschema.XMLSchema:
    """ISO 20022's schema of pain.001.001.09, as the package pain001 ships it."""
    found = next(f for f in distribution("pain001").files or () if f.name == "pain.001.001.09.xsd")
    return xmlschema.XMLSchema(str(found.locate()))


def paid(n: int, **changes: Any) -> Instruction:
    fields: dict[str, Any] = {
        "entitlement_id": derived_id("ent", str(n)), "amount": 600_000, "name": "SITI AMINAH", "bank": "BRI",
        "account": "001701002345503",
    }  # fmt: skip
    return Instruction(**fields | changes)


def xml(*instructions: Instruction, head: Head = HEAD) -> Any:
    content = b"".join(pain001.document(head, instructions))
    return content, xmlschema.XMLResource(content.decode()).root


def texts(root: Any, path: str) -> list[str]:
    return [e.text for e in root.iterfind(path, NAMESPACES)]


# ---------------------------------------------------------------- pain.001


def test_header_block_and_transactions_agree(iso: xmlschema.XMLSchema) -> None:
    content, root = xml(paid(1), paid(2, amount=450_000), paid(3, account=None, bank=None))
    iso.validate(content.decode())
    assert texts(root, ".//p:NbOfTxs") == ["3", "3"]
    assert texts(root, ".//p:CtrlSum") == ["1650000.00", "1650000.00"]
    assert texts(root, ".//p:MsgId") == texts(root, ".//p:PmtInfId") == [f"{BATCH}-0003"]
    assert len(root.findall(".//p:PmtInf", NAMESPACES)) == 1
    assert texts(root, ".//p:EndToEndId") == [derived_id("ent", str(n)) for n in (1, 2, 3)]
    assert texts(root, ".//p:ReqdExctnDt/p:Dt") == ["2026-11-30"]
    assert texts(root, ".//p:Ustrd")[0] == "PKH + Sembako - Tahap 4"


def test_who_has_no_account_is_paid_at_the_post_office_on_the_entitlement(iso: xmlschema.XMLSchema) -> None:
    content, root = xml(paid(1, account=None, bank=None))
    iso.validate(content.decode())
    assert texts(root, ".//p:CdtrAcct//p:Id/p:Othr/p:Id") == [derived_id("ent", "1")]
    assert texts(root, ".//p:CdtrAcct//p:SchmeNm/p:Prtry") == ["POS"]
    assert texts(root, ".//p:CdtrAgt//p:Nm") == ["PT POS INDONESIA"]


@pytest.mark.parametrize(
    ("bank", "where"),
    [("BRINIDJA", "p:BICFI"), ("002", "p:ClrSysMmbId/p:MmbId"), ("MUAMALAT", "p:Nm"), ("BANK DKI", "p:Nm")],
)
def test_a_bank_is_named_by_bic_code_or_name(iso: xmlschema.XMLSchema, bank: str, where: str) -> None:
    content, root = xml(paid(1, bank=bank))
    iso.validate(content.decode())
    assert texts(root, f".//p:CdtrAgt/p:FinInstnId/{where}") == [bank]


ANYTHING = st.text(max_size=300)
INSTRUCTIONS = st.lists(
    st.builds(
        paid,
        st.integers(0, 10**6),
        amount=st.integers(1, MOST),
        name=ANYTHING,
        bank=st.one_of(st.none(), st.just("002"), st.text("ABCDEFGHIDJK0123 .&'", min_size=2, max_size=60)),
        account=st.one_of(st.none(), st.text("0123456789", min_size=5, max_size=30)),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(INSTRUCTIONS, ANYTHING, st.text(min_size=1, max_size=140))
def test_any_names_and_amounts_make_a_valid_file(
    iso: xmlschema.XMLSchema, instructions: list[Instruction], purpose: str, debtor: str
) -> None:
    head = Head(**{**HEAD.__dict__, "purpose": purpose, "debtor": Debtor(name=debtor, account="12345", bank="008")})
    content, root = xml(*instructions, head=head)
    iso.validate(content.decode())
    assert texts(root, ".//p:CtrlSum") == [f"{sum(i.amount for i in instructions)}.00"] * 2
    sums = [int(text.partition(".")[0]) for text in texts(root, ".//p:InstdAmt")]
    assert sums == [i.amount for i in instructions]
    assert content == b"".join(pain001.document(head, instructions))


@given(ANYTHING, st.integers(1, 140))
def test_text_is_in_the_set_that_banks_take(text: str, longest: int) -> None:
    found = iso_text(text, longest, otherwise="-")
    assert re.fullmatch(r"[A-Za-z0-9/\-?:().,'+ ]+", found)
    assert len(found) <= longest
    assert "//" not in found
    assert found[0] != "/"
    assert found[-1] != "/"
    assert iso_text(found, longest, otherwise="-") == found


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("SITI NUR’AINI, S.Pd.", "SITI NUR'AINI, S.Pd."), ("José Ñoño", "Jose Nono"), ("Łukasz & Ørsted", "Lukasz + Orsted"),
        ("I Gusti Ngurah\tRai\n", "I Gusti Ngurah Rai"), ("//A//B/", "A/B"), ("王小明", "TANPA NAMA"), ("", "TANPA NAMA"),
    ],
)  # fmt: skip
def test_names_keep_what_can_be_kept(name: str, plain: str) -> None:
    assert iso_text(name, 140, otherwise="TANPA NAMA") == plain


# ---------------------------------------------------------------- G2P Connect


@settings(max_examples=60, deadline=None)
@given(INSTRUCTIONS, ANYTHING)
def test_g2p_messages_are_as_specified(instructions: list[Instruction], purpose: str) -> None:
    head = Head(**{**HEAD.__dict__, "purpose": purpose})
    found = json.loads(b"".join(g2p.document(head, instructions)))
    jsonschema.validate(found, DISBURSE)
    assert found["header"]["total_count"] == len(instructions)
    assert found["header"]["message_id"] == f"{BATCH}-0003"
    assert found["message"]["transaction_id"] == BATCH
    assert [d["reference_id"] for d in found["message"]["disbursements"]] == [i.entitlement_id for i in instructions]
    assert [d["amount"] for d in found["message"]["disbursements"]] == [f"{i.amount}.00" for i in instructions]


def test_g2p_addresses_name_account_and_bank() -> None:
    content = b"".join(g2p.document(HEAD, [paid(1, bank="002"), paid(2, account=None)]))
    one, two = json.loads(content)["message"]["disbursements"]
    assert (one["payer_fa"], one["payee_fa"]) == ("account:020601000123301@brinidja", "account:001701002345503@002")
    assert two["payee_fa"] == f"token:{derived_id('ent', '2').replace('_', '-')}@pt-pos-indonesia"
    assert one["payee_name"] == "SITI AMINAH"


# ---------------------------------------------------------------- references


@pytest.mark.parametrize("change", [str, str.upper, lambda t: t.replace("_", "-"), lambda t: t.replace("_", " ")])
def test_references_survive_what_banks_do_to_them(change: Callable[[str], str]) -> None:
    entitlement = derived_id("ent", "x")
    assert entitlement_of(change(entitlement)) == entitlement
    assert file_number(BATCH, change(f"{BATCH}-0003")) == 3
    assert file_number(BATCH, change(BATCH)) == 0


def test_another_batch_is_none_of_ours() -> None:
    assert file_number(BATCH, derived_id("pay", "another") + "-0001") is None
    assert file_number(BATCH, "") is None
    assert all(len(text) <= 35 for text in (HEAD.message_id, derived_id("ent", "x")))
