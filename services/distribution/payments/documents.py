"""Stored payment batches and bank reports, with their indexes. Money is whole rupiah, days are ISO dates."""

from datetime import datetime
from typing import NotRequired, TypedDict

from amanah.contracts.audit.entry import related_subjects
from amanah.runtime.tables import Table, index
from services.distribution.store import RelatedSubjects


class SignatureDocument(TypedDict):
    """A person in the role in which they decided."""

    id: str
    name: str
    role: str
    area: str


class DebtorDocument(TypedDict):
    """The account that pays."""

    name: str
    account: str
    bank: str


class VillagePaymentsDocument(TypedDict):
    """Number and sum of a village's payments."""

    area: str
    count: int
    total: int


class PaymentFileDocument(TypedDict):
    """A file for the bank. `last` is the last recipient in it: the next file begins behind."""

    number: int
    name: str
    key: str
    sha256: str
    size: int
    count: int
    total: int
    last: str


class PaymentBatchDocument(TypedDict):
    """A batch. `collectedTo` is the last recipient that was collected; `released` is False while payments are to be released.

    `reason` is encrypted.
    """

    _id: str
    round: str
    area: str
    format: str
    debtor: DebtorDocument
    executionDate: str
    status: str
    collectedTo: str
    count: int
    total: int
    atPost: int
    paid: int
    paidTotal: int
    rejected: int
    hash: str | None
    villages: list[VillagePaymentsDocument]
    files: list[PaymentFileDocument]
    filesGone: NotRequired[bool]
    failure: str | None
    released: bool | None
    proposedBy: SignatureDocument
    proposedAt: datetime
    decidedBy: SignatureDocument | None
    decidedAt: datetime | None
    authority: str | None
    reason: str | None
    workedAt: datetime


class ProblemDocument(TypedDict):
    """A line of a bank report that was not applied, with the code of its problem."""

    entitlement: str
    code: str


class BankReportDocument(TypedDict):
    """A bank report. `takenTo` is the number of lines that were applied."""

    _id: str
    batch: str
    area: str
    upload: str
    sha256: str
    by: SignatureDocument
    status: str
    failure: str | None
    takenTo: int
    paid: int
    rejected: int
    returned: int
    unchanged: int
    refused: int
    problems: list[ProblemDocument]
    workedAt: datetime


PAYMENT_BATCHES = Table(
    "payment_batches", PaymentBatchDocument, index("round", "_id"), index("status", "workedAt"), index("released")
)

BANK_REPORTS = Table("payment_reports", BankReportDocument, index("upload", unique=True), index("status", "workedAt"))


def related_to_batch(batch: PaymentBatchDocument) -> RelatedSubjects:
    """Returns a batch and its round."""
    return related_subjects(batch["_id"], batch["round"])
