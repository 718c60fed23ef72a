"""Bank reports on payments: results of any format, and the readers of G2P Connect JSON and CSV (pain.002: `pain002`).

A report is untrusted input: its size is bounded at the upload, text is kept only as a code of a known shape (free text may
name people), and lines that cannot be read are reported one by one.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

import orjson

from amanah.contracts.errors import Refused


class Outcome(StrEnum):
    """Meaning of a bank's status. PENDING: no result yet. UNKNOWN: not a status of any format."""

    PAID = "PAID"
    REJECTED = "REJECTED"
    PENDING = "PENDING"
    UNKNOWN = "UNKNOWN"


# ISO 20022 external payment transaction and group status codes, G2P Connect's RequestStatus, and what people write.
_OUTCOMES = {
    Outcome.PAID: ("ACCC", "ACSC", "SUCC", "PAID", "BERHASIL", "DIBAYAR", "SUKSES"),
    Outcome.REJECTED: ("RJCT", "CANC", "REJECTED", "FAILED", "RETURNED", "GAGAL", "DITOLAK", "RETUR"),
    Outcome.PENDING: ("ACSP", "ACTC", "ACCP", "ACWC", "ACWP", "ACFC", "PDNG", "RCVD", "PATC", "PART", "BLCK", "PROSES"),
}
_OUTCOME_OF = {code: outcome for outcome, codes in _OUTCOMES.items() for code in codes}

NO_REASON = "NARR"
_REASON = re.compile(r"[A-Za-z0-9._-]{2,35}")
_AMOUNT = re.compile(r"\d{1,15}(?:\.\d{1,5})?")
_COLUMNS = {
    "entitlement": ("entitlementid", "endtoendid", "referenceid", "id", "idhak", "hak"),
    "status": ("status", "txsts", "keterangan"),
    "reason": ("reason", "reasoncode", "alasan", "kodealasan"),
    "amount": ("amount", "jumlah", "nominal"),
}


@dataclass(frozen=True)
class PaymentResult:
    """Outcome of one payment. `entitlement` and `message`, the file, are the ids as the report has them."""

    entitlement: str
    outcome: Outcome
    reason: str | None = None
    amount: Decimal | None = None
    message: str | None = None


@dataclass(frozen=True)
class FileResult:
    """Outcome of every payment of the file `message` for which the report has no result of its own."""

    message: str
    outcome: Outcome
    reason: str | None = None


def outcome_of(status: str) -> Outcome:
    """Returns the meaning of a status."""
    return _OUTCOME_OF.get(status.strip().upper(), Outcome.UNKNOWN)


def reason_of(value: str | None) -> str | None:
    """Returns a reason's code, NARR for text that is not a code, None for no text."""
    text = (value or "").strip()
    if not text:
        return None
    return text.upper() if _REASON.fullmatch(text) else NO_REASON


def amount_of(value: str | None) -> Decimal | None:
    """Returns an amount of money; -1, which matches no payment, for other text; None for no text."""
    text = (value or "").strip()
    if not text:
        return None
    return Decimal(text) if _AMOUNT.fullmatch(text) else Decimal(-1)


def unreadable(key: str) -> Refused:
    """Returns the refusal of a report as a whole."""
    return Refused(key, "uploadId")


# ---------------------------------------------------------------- G2P Connect


def from_g2p(content: bytes) -> Iterator[PaymentResult]:
    """Reads a DisburseResponse, or a TxnStatusResponse that holds one."""
    try:
        message = orjson.loads(content)["message"]
    except (ValueError, TypeError, KeyError):
        raise unreadable("status_unreadable.g2p") from None
    if isinstance(message, dict) and isinstance(message.get("txnstatus_response"), dict):
        message = message["txnstatus_response"].get("txn_status")
    statuses = message.get("disbursements_status") if isinstance(message, dict) else None
    if not isinstance(statuses, list):
        raise unreadable("status_unreadable.statuses")
    about = _text(message, "transaction_id")
    for each in statuses:
        if not isinstance(each, dict):
            raise unreadable("status_unreadable.entry")
        yield PaymentResult(
            entitlement=_text(each, "reference_id") or "",
            outcome=outcome_of(_text(each, "status") or ""),
            reason=reason_of(_text(each, "status_reason_code")),
            amount=amount_of(_text(each, "amount")),
            message=about,
        )


def _text(found: dict[str, Any], name: str) -> str | None:
    value = found.get(name)
    return value if isinstance(value, str) else None


# ---------------------------------------------------------------- CSV


def from_csv(content: bytes) -> Iterator[PaymentResult]:
    """Reads columns for entitlement and status, and if present reason and amount; separated by comma, semicolon or tab."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    try:
        header = [re.sub(r"[^a-z]", "", name.lower()) for name in next(rows, [])]
        columns = {
            field: next((i for i, name in enumerate(header) if name in names), None)
            for field, names in _COLUMNS.items()
        }
        if columns["entitlement"] is None or columns["status"] is None:
            raise unreadable("status_unreadable.columns")
        for row in rows:
            cells = {f: row[i] if i is not None and i < len(row) else "" for f, i in columns.items()}
            if any(cells.values()):
                yield PaymentResult(
                    entitlement=cells["entitlement"],
                    outcome=outcome_of(cells["status"]),
                    reason=reason_of(cells["reason"]),
                    amount=amount_of(cells["amount"]),
                )
    except csv.Error:
        raise unreadable("status_unreadable.csv") from None
