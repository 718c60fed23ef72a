"""Whom a roster pays: names and bank accounts, sealed for this roster alone, in an object beside it.

Services do not call each other, and who exports payments must know names and accounts. Only a roster that was proposed for
payment has this object; its form stands in `amanah.contracts.payees`.
"""

import asyncio
import gzip
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from amanah.contracts.audit.entry import canonical
from amanah.contracts.message import encode
from amanah.contracts.payees import Payee, payee_context
from amanah.runtime.objects import ROSTERS
from amanah.runtime.tables import Document
from services.recipients.register.documents import account
from services.recipients.rosters.rules import recipients_of
from services.recipients.store import Store

_BATCH = 1000


@dataclass(frozen=True)
class Kept:
    """Where the payees lie, and the SHA-256 of their uncompressed lines."""

    key: str
    hash: str


async def keep(store: Store, roster: Document) -> Kept:
    """Seals and stores the payees of a roster, as the register has them now.

    The key follows from the content, which no two runs have alike: who approves at the same moment disturbs nobody.
    """
    content = b"".join([line async for batch in _lines(store, roster) for line in batch])
    digest = hashlib.sha256(content).hexdigest()
    kept = Kept(f"{roster['_id']}.payees-{digest[:16]}.jsonl.gz", digest)
    packed = await asyncio.to_thread(gzip.compress, content, mtime=0)
    await store.objects.put(ROSTERS, kept.key, packed, "application/gzip")
    return kept


async def forget(store: Store, kept: Kept) -> None:
    """Deletes payees that no approval refers to."""
    await store.objects.delete(ROSTERS, kept.key)


async def _lines(store: Store, roster: Document) -> AsyncIterator[Sequence[bytes]]:
    ids = recipients_of(await store.objects.get(ROSTERS, roster["key"]))
    for start in range(0, len(ids), _BATCH):
        wanted = ids[start : start + _BATCH]
        # A range, not a list, which costs its square on the embedded store; the roster is sorted.
        between = {"_id": {"$gte": wanted[0], "$lte": wanted[-1]}}
        found = await store.recipients.list(between, projection={"name": 1, "bankAccount": 1}, sort=[("_id", 1)])
        on_roster = set(wanted)
        yield await asyncio.to_thread(_sealed, store, roster["_id"], [r for r in found if r["_id"] in on_roster])


def _sealed(store: Store, roster_id: str, recipients: Sequence[Document]) -> list[bytes]:
    lines = []
    for recipient in recipients:
        owner = recipient["_id"]
        bank, number = account(store.keys, owner, recipient.get("bankAccount"))
        payee = Payee(name=recipient["name"], bank=bank, account=number)
        sealed = store.keys.encrypt(encode(payee).decode(), payee_context(roster_id, owner))
        lines.append(canonical({"account": number is not None, "recipientId": owner, "sealed": sealed}) + b"\n")
    return lines
