"""ISO 20022 pain.001.001.09, CustomerCreditTransferInitiationV09: one payment information block a file.

Written in pieces, without a tree in memory.
"""

from collections.abc import Iterator, Sequence
from html import escape

from amanah.contracts.message import rfc3339
from services.distribution.payments.rules.characters import iso_text
from services.distribution.payments.rules.instructions import Head, Instruction, bank_code, bic, total
from services.distribution.rounds.rules.money import CURRENCY

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
CONTENT_TYPE = "application/xml"
SUFFIX = "xml"
_NAMELESS = "TANPA NAMA"


def document(head: Head, instructions: Sequence[Instruction]) -> Iterator[bytes]:
    """Writes the file in pieces, UTF-8. The same input gives the same bytes."""
    yield _opening(head, instructions).encode()
    for instruction in instructions:
        yield _transaction(head, instruction).encode()
    yield b"</PmtInf></CstmrCdtTrfInitn></Document>\n"


def _opening(head: Head, instructions: Sequence[Instruction]) -> str:
    sums = _tag("NbOfTxs", str(len(instructions))) + _tag("CtrlSum", _money(total(instructions)))
    debtor = _tag("Nm", iso_text(head.debtor.name, 140, otherwise=_NAMELESS))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{NAMESPACE}"><CstmrCdtTrfInitn>'
        f"<GrpHdr>{_tag('MsgId', head.message_id)}{_tag('CreDtTm', rfc3339(head.created))}{sums}"
        f"<InitgPty>{debtor}</InitgPty></GrpHdr>"
        f"<PmtInf>{_tag('PmtInfId', head.message_id)}<PmtMtd>TRF</PmtMtd><BtchBookg>true</BtchBookg>{sums}"
        f"<PmtTpInf><CtgyPurp><Cd>GOVT</Cd></CtgyPurp></PmtTpInf>"
        f"<ReqdExctnDt>{_tag('Dt', head.executes.isoformat())}</ReqdExctnDt>"
        f"<Dbtr>{debtor}</Dbtr><DbtrAcct>{_bank_account(head.debtor.account)}</DbtrAcct>"
        f"<DbtrAgt>{_agent(head.debtor.bank)}</DbtrAgt><ChrgBr>DEBT</ChrgBr>\n"
    )


def _transaction(head: Head, instruction: Instruction) -> str:
    if instruction.account and instruction.bank:
        agent, account = _agent(instruction.bank), _bank_account(instruction.account)
    else:
        agent, account = _named(head.post_office), _other_account(instruction.entitlement_id, "<Prtry>POS</Prtry>")
    return (
        f"<CdtTrfTxInf><PmtId>{_tag('EndToEndId', instruction.entitlement_id)}</PmtId>"
        f'<Amt><InstdAmt Ccy="{CURRENCY}">{_money(instruction.amount)}</InstdAmt></Amt>'
        f"<CdtrAgt>{agent}</CdtrAgt>"
        f"<Cdtr>{_tag('Nm', iso_text(instruction.name, 140, otherwise=_NAMELESS))}</Cdtr><CdtrAcct>{account}</CdtrAcct>"
        f"<RmtInf>{_tag('Ustrd', iso_text(head.purpose, 140, otherwise='BANTUAN SOSIAL'))}</RmtInf></CdtTrfTxInf>\n"
    )


def _agent(bank: str) -> str:
    """Names a bank by BIC, by its code in Indonesia, or by name."""
    if found := bic(bank):
        return f"<FinInstnId>{_tag('BICFI', found)}</FinInstnId>"
    if code := bank_code(bank):
        member = f"<ClrSysId><Prtry>KODE BANK</Prtry></ClrSysId>{_tag('MmbId', code)}"
        return f"<FinInstnId><ClrSysMmbId>{member}</ClrSysMmbId></FinInstnId>"
    return _named(bank)


def _named(institution: str) -> str:
    return f"<FinInstnId>{_tag('Nm', iso_text(institution, 140, otherwise=_NAMELESS))}</FinInstnId>"


def _bank_account(number: str) -> str:
    return _other_account(number, "<Cd>BBAN</Cd>")


def _other_account(identifier: str, scheme: str) -> str:
    return f"<Id><Othr>{_tag('Id', identifier)}<SchmeNm>{scheme}</SchmeNm></Othr></Id>"


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text, quote=False)}</{name}>"


def _money(rupiah: int) -> str:
    return f"{rupiah}.00"
