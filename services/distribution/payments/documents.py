"""Stored payment batches and bank reports, with their indexes."""

from amanah.contracts.audit.entry import concerning
from amanah.runtime.mongo import Document
from services.distribution.store import Concerns


def of_batch(batch: Document) -> Concerns:
    """A batch of payments and its round."""
    return concerning(batch["_id"], batch["round"])
