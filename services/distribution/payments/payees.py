"""Payees of a roster, from its sealed object. Names and accounts are decrypted only while a file is written."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import NamedTuple

import orjson

from amanah.contracts.errors import Refused
from amanah.contracts.payees import Payee, payee_context
from amanah.runtime.crypto import CannotDecrypt
from amanah.runtime.mongo import Condition
from services.distribution.rounds import rosters
from services.distribution.rounds.documents import PayeesDocument, RosterDocument
from services.distribution.store import Store

_BATCH = 1000


class SealedPayee(NamedTuple):
    """A recipient; `account` says that there is one, `sealed` is the encrypted payee."""

    recipient_id: str
    account: bool
    sealed: str


def approved_payees(roster: RosterDocument | None) -> PayeesDocument:
    """Returns the payees of a roster. Refuses one that was not approved for payment (payees_missing)."""
    approved = roster.get("payees") if roster else None
    if not approved:
        raise Refused("payees_missing", "roundId")
    return approved


async def batches(
    store: Store, roster: RosterDocument | None, *, after: str = ""
) -> AsyncIterator[Sequence[SealedPayee]]:
    """Yields the payees behind the recipient `after`, a thousand at a time, in the order of recipients.

    At the end, refuses with roster_mismatch when the object is not the one that was approved.
    """
    approved, batch = approved_payees(roster), list[SealedPayee]()
    bucket = roster["bucket"] if roster else ""
    async for line in rosters.texts(store.objects, bucket, approved["key"], approved["hash"]):
        found = orjson.loads(line)
        if found["recipientId"] > after:
            batch.append(SealedPayee(found["recipientId"], found["account"], found["sealed"]))
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


def within(sealed: Sequence[SealedPayee], round_id: str) -> Condition:
    """Returns the condition for entitlements of the round from the first of the payees to the last.

    A range, because a list of a thousand ids takes quadratic time on the embedded store.
    """
    return {
        "round": round_id,
        "recipient": {"$gte": sealed[0].recipient_id, "$lte": sealed[-1].recipient_id},
    }


async def open_payees(store: Store, roster_id: str, sealed: Sequence[SealedPayee]) -> list[Payee]:
    """Decrypts names and accounts, off the event loop. Refuses with roster_mismatch what was not sealed for this roster."""

    def open_each() -> Iterator[Payee]:
        for each in sealed:
            text = store.keys.decrypt(each.sealed, payee_context(roster_id, each.recipient_id))
            yield Payee.model_validate_json(text)

    try:
        return await asyncio.to_thread(lambda: list(open_each()))
    except CannotDecrypt:
        raise Refused("roster_mismatch.payees", "batchId") from None
