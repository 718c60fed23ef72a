"""Stored payment batches and bank reports, with their indexes."""

from amanah.contracts.audit.entry import related_subjects
from amanah.runtime.tables import Document, Table, index
from services.distribution.store import RelatedSubjects

PAYMENT_BATCHES = Table(
    "payment_batches", Document, index("round", "_id"), index("status", "workedAt"), index("released")
)

BANK_REPORTS = Table("payment_reports", Document, index("upload", unique=True), index("status", "workedAt"))


def of_batch(batch: Document) -> RelatedSubjects:
    """A batch of payments and its round."""
    return related_subjects(batch["_id"], batch["round"])
