"""What a bank's report says of payments, whatever its form: pain.002 XML, G2P Connect JSON, or CSV.

A report comes from outside and is believed in nothing: its size was bounded when it was uploaded, its text is taken as codes
of a known shape or dropped (free text may name people), and what cannot be understood is told line by line.
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
    """What a status means for us. PENDING: nothing yet. UNKNOWN: no status that we know."""

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
    """One payment's outcome. `entitlement` is what the report calls it, `message` the file it says it answers."""

    entitlement: str
    outcome: Outcome
    reason: str | None = None
    amount: Decimal | None = None
    message: str | None = None


@dataclass(frozen=True)
class FileResult:
    """The outcome of every payment of the file `message` that the report says nothing else about."""

    message: str
    outcome: Outcome
    reason: str | None = None


def outcome_of(status: str) -> Outcome:
    """What a status means."""
    return _OUTCOME_OF.get(status.strip().upper(), Outcome.UNKNOWN)


def reason_of(said: str | None) -> str | None:
    """A reason's code; NARR where something else than a code stands there. None for nothing."""
    text = (said or "").strip()
    if not text:
        return None
    return text.upper() if _REASON.fullmatch(text) else NO_REASON


def amount_of(said: str | None) -> Decimal | None:
    """A sum of money; -1, which is never right, where none can be read. None for nothing."""
    text = (said or "").strip()
    if not text:
        return None
    return Decimal(text) if _AMOUNT.fullmatch(text) else Decimal(-1)


def unreadable(key: str) -> Refused:
    """The refusal of a report as a whole."""
    return Refused(key, "uploadId")


# ---------------------------------------------------------------- G2P Connect


def from_g2p(content: bytes) -> Iterator[PaymentResult]:
    """A DisburseResponse, or a TxnStatusResponse that holds one."""
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
    """Columns for entitlement and status, if need be reason and amount; separated by comma, semicolon or tab."""
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
