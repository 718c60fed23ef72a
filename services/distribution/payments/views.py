"""Batches and payments as the contract shows them."""

from datetime import date, datetime

from amanah.contracts.errors import error_text
from amanah.contracts.payments.payments import (
    PaymentBatchView,
    PaymentFile,
    PaymentFormat,
    PaymentStatusImport,
    PaymentView,
    Signatory,
    StatusProblem,
)
from amanah.runtime.crypto import Keyring
from services.distribution.payments.documents import BankReportDocument, PaymentBatchDocument, PaymentFileDocument
from services.distribution.payments.rules.payments import explanation
from services.distribution.rounds.documents import EntitlementDocument


def reason_context(batch_id: str) -> str:
    """Returns the encryption context of a batch's reason, which is a person's free text."""
    return f"payment-batch:{batch_id}"


def batch(keys: Keyring, found: PaymentBatchDocument) -> PaymentBatchView:
    """Shows a batch, without the addresses of its files."""
    return PaymentBatchView(
        id=found["_id"],
        round_id=found["round"],
        area=found["area"],
        format=PaymentFormat(found["format"]),
        status=found["status"],
        execution_date=date.fromisoformat(found["executionDate"]),
        count=found["count"],
        total=found["total"],
        at_post=found["atPost"],
        paid=found["paid"],
        paid_total=found["paidTotal"],
        rejected=found["rejected"],
        hash=found["hash"],
        failure=found["failure"],
        proposed_at=found["proposedAt"],
        proposed_by=Signatory.model_validate(found["proposedBy"]),
        decided_at=found["decidedAt"],
        decided_by=Signatory.model_validate(found["decidedBy"]) if found["decidedBy"] else None,
        authority=found["authority"],
        reason=keys.decrypt(found["reason"], reason_context(found["_id"])) if found["reason"] else None,
        files=tuple(file(f) for f in found["files"]),
    )


def file(found: PaymentFileDocument, *, url: str | None = None, expires_at: datetime | None = None) -> PaymentFile:
    """Shows a file of a batch."""
    return PaymentFile(
        number=found["number"],
        name=found["name"],
        sha256=found["sha256"],
        size=found["size"],
        count=found["count"],
        total=found["total"],
        url=url,
        expires_at=expires_at,
    )


def payment(entitlement: EntitlementDocument) -> PaymentView:
    """Shows the payment of an entitlement that has one."""
    found = entitlement["payment"]
    return PaymentView(
        entitlement_id=entitlement["_id"],
        recipient_id=entitlement["recipient"],
        area=entitlement["area"],
        amount=found["amount"],
        way=found["way"],
        status=found["status"],
        reason=found["reason"],
        explanation=explanation(found["reason"]),
        at=found["at"],
        confirmed_at=found["confirmedAt"],
    )


def status_import(found: BankReportDocument) -> PaymentStatusImport:
    """Shows a bank report with the counts of the lines applied so far."""
    return PaymentStatusImport(
        id=found["_id"],
        batch_id=found["batch"],
        status=found["status"],
        failure=found["failure"],
        paid=found["paid"],
        rejected=found["rejected"],
        returned=found["returned"],
        unchanged=found["unchanged"],
        refused=found["refused"],
        problems=tuple(
            StatusProblem(entitlement_id=p["entitlement"], code=p["code"], message=error_text(p["code"]).en)
            for p in found["problems"]
        ),
    )
