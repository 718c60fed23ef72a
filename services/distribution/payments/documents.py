"""Stored payment batches and bank reports, with their indexes."""

from amanah.contracts.audit.entry import concerning
from amanah.runtime.tables import Document, Table, index
from services.distribution.store import Concerns

PAYMENT_BATCHES = Table(
    "payment_batches", Document, index("round", "_id"), index("status", "workedAt"), index("released")
)

BANK_REPORTS = Table("payment_reports", Document, index("upload", unique=True), index("status", "workedAt"))


def of_batch(batch: Document) -> Concerns:
    """A batch of payments and its round."""
    return concerning(batch["_id"], batch["round"])
