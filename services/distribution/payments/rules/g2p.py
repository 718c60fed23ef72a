"""G2P Connect 1.0 disbursements: the `disburse` message (MsgHeader v1.0.0 and DisburseRequest)."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from amanah.contracts.message import rfc3339
from services.distribution.payments.rules.instructions import Head, Instruction
from services.distribution.rounds.rules.money import CURRENCY

CONTENT_TYPE = "application/json"
SUFFIX = "json"
_LONGEST_NOTE = 99


def document(head: Head, instructions: Sequence[Instruction]) -> Iterator[bytes]:
    """Writes the file in pieces, UTF-8. The same input gives the same bytes."""
    header = {
        "version": "1.0.0",
        "message_id": head.message_id,
        "message_ts": rfc3339(head.created),
        "action": "disburse",
        "sender_id": head.sender,
        "total_count": len(instructions),
        "is_msg_encrypted": False,
    }
    yield f'{{"header":{_json(header)},"message":{{"transaction_id":{_json(head.batch_id)},"disbursements":['.encode()
    for number, instruction in enumerate(instructions):
        yield (("," if number else "") + "\n" + _json(_disbursement(head, instruction))).encode()
    yield b"\n]}}\n"


def _disbursement(head: Head, instruction: Instruction) -> dict[str, Any]:
    if instruction.account and instruction.bank:
        payee = f"account:{instruction.account}@{_provider(instruction.bank)}"
    else:
        payee = f"token:{instruction.entitlement_id.replace('_', '-')}@{_provider(head.post_office)}"
    return {
        "reference_id": instruction.entitlement_id,
        "payer_fa": f"account:{head.debtor.account}@{_provider(head.debtor.bank)}",
        "payee_fa": payee,
        "amount": f"{instruction.amount}.00",
        "scheduled_timestamp": f"{head.executes.isoformat()}T00:00:00+07:00",
        "payer_name": _line(head.debtor.name),
        "payee_name": _line(instruction.name),
        "note": _line(head.purpose)[:_LONGEST_NOTE],
        "purpose": _line(head.purpose)[:_LONGEST_NOTE],
        "currency_code": CURRENCY,
        "locale": "ind",
    }


def _provider(name: str) -> str:
    """Returns a bank or payer for a financial address: letters, digits, points and dashes only."""
    return re.sub(r"[^a-z0-9.-]+", "-", name.lower()).strip("-.") or "lain"


def _line(text: str) -> str:
    """Returns `text` on one line, without control characters and lone surrogates, which UTF-8 cannot encode."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
