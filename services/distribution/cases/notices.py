"""Notices to authors of cases who left a telephone number."""

from amanah.runtime.mongo import Tx
from services.distribution.cases.documents import CaseDocument
from services.distribution.cases.rules.notices import opened_text, resolved_text
from services.distribution.messages.commands import queue
from services.distribution.messages.rules import is_number
from services.distribution.store import Store


async def acknowledge(store: Store, tx: Tx, case: CaseDocument) -> None:
    """Notifies the author that the complaint is received."""
    await _notify(store, tx, case, opened_text(case["reference"], case["dueAt"], case["area"]))


async def notify_resolved(store: Store, tx: Tx, case: CaseDocument) -> None:
    """Notifies the author that the case is resolved."""
    await _notify(store, tx, case, resolved_text(case["reference"]))


async def _notify(store: Store, tx: Tx, case: CaseDocument, text: str) -> None:
    contact = case["contact"] and store.keys.decrypt(case["contact"], f"case:{case['_id']}:contact")
    if is_number(contact):
        await queue(store, tx, contact, text)
