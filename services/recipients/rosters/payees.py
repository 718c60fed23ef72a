"""Payees of a roster: names and bank accounts, encrypted for this roster alone, in an object beside it.

Services do not call each other, and the export of payments needs names and accounts. Only a roster that was proposed for
payment has this object; its format is defined in `amanah.contracts.payees`.
"""

import asyncio
import gzip
import hashlib
from collections.abc import AsyncIterator, Sequence

from amanah.contracts.audit.entry import canonical
from amanah.contracts.buckets import ROSTERS as ROSTERS_BUCKET
from amanah.contracts.message import encode
from amanah.contracts.payees import Payee, payee_context
from services.recipients.register.documents import RECIPIENTS, RecipientDocument
from services.recipients.register.personal_data import decrypt_account
from services.recipients.rosters.documents import PayeesDocument, RosterDocument
from services.recipients.rosters.rules import recipient_ids
from services.recipients.store import Store

_BATCH = 1000


async def store_payees(store: Store, roster: RosterDocument) -> PayeesDocument:
    """Encrypts and stores the payees of a roster, as the register has them now.

    The key follows from the content, which differs with each run: approvals at the same moment do not disturb each other.
    """
    content = b"".join([line async for batch in _lines(store, roster) for line in batch])
    digest = hashlib.sha256(content).hexdigest()
    key = f"{roster['_id']}.payees-{digest[:16]}.jsonl.gz"
    packed = await asyncio.to_thread(gzip.compress, content, mtime=0)
    await store.objects.put(ROSTERS_BUCKET, key, packed, "application/gzip")
    return {"key": key, "hash": digest}


async def delete_payees(store: Store, payees: PayeesDocument) -> None:
    """Deletes payees that no approval refers to."""
    await store.objects.delete(ROSTERS_BUCKET, payees["key"])


async def _lines(store: Store, roster: RosterDocument) -> AsyncIterator[Sequence[bytes]]:
    ids = recipient_ids(await store.objects.get(ROSTERS_BUCKET, roster["key"]))
    for start in range(0, len(ids), _BATCH):
        wanted = ids[start : start + _BATCH]
        # A range instead of a list, whose cost is quadratic on the embedded store; the roster is sorted.
        between = {"_id": {"$gte": wanted[0], "$lte": wanted[-1]}}
        found = await store[RECIPIENTS].list(between, projection={"name": 1, "bankAccount": 1}, sort=[("_id", 1)])
        on_roster = set(wanted)
        yield await asyncio.to_thread(_encrypt, store, roster["_id"], [r for r in found if r["_id"] in on_roster])


def _encrypt(store: Store, roster_id: str, recipients: Sequence[RecipientDocument]) -> list[bytes]:
    lines = []
    for recipient in recipients:
        owner = recipient["_id"]
        bank, number = decrypt_account(store.keys, owner, recipient.get("bankAccount"))
        payee = Payee(name=recipient["name"], bank=bank, account=number)
        sealed = store.keys.encrypt(encode(payee).decode(), payee_context(roster_id, owner))
        lines.append(canonical({"account": number is not None, "recipientId": owner, "sealed": sealed}) + b"\n")
    return lines
