"""Messages to people's phones: queued in the transaction that calls for them, sent afterwards, to nobody who said stop."""

from datetime import UTC, datetime, timedelta

import structlog

from amanah.contracts.errors import AmanahError
from amanah.contracts.ids import new_id
from amanah.contracts.time_zones import local_zone
from amanah.runtime.mongo import Tx
from amanah.runtime.tables import Document
from services.distribution.messages.documents import OUTGOING_MESSAGES, SMS_OPT_OUTS
from services.distribution.messages.sender import SmsSender
from services.distribution.sms.rules import Answer, is_number, masked_number, normalised
from services.distribution.store import Store

log = structlog.get_logger()

# Whoever claimed a message so long ago was stopped before it had sent it.
_ABANDONED_AFTER = timedelta(minutes=1)


def number_hash(store: Store, number: str) -> str:
    """What is kept of a number to know it again."""
    return store.keys.blind(normalised(number), "phone")


def due_text(case: Document) -> str:
    """The day by which a case is to be answered, as people there write it."""
    return f"{case['dueAt'].astimezone(local_zone(case['area'])):%d-%m-%Y}"


async def acknowledge(store: Store, tx: Tx, case: Document) -> None:
    """Tells who complained that the complaint was received, when they left a number."""
    await _to_author(store, tx, case, Answer.OPENED.format(reference=case["reference"], due=due_text(case)))


async def tell_resolved(store: Store, tx: Tx, case: Document) -> None:
    """Tells who complained that the case is resolved, when they left a number."""
    await _to_author(store, tx, case, Answer.RESOLVED.format(reference=case["reference"]))


async def _to_author(store: Store, tx: Tx, case: Document, text: str) -> None:
    contact = case["contact"] and store.keys.decrypt(case["contact"], f"case:{case['_id']}:contact")
    if is_number(contact):
        await queue(store, tx, contact, text)


async def queue(store: Store, tx: Tx, number: str, text: str) -> None:
    """Queues a message, unless its number said stop."""
    hashed = number_hash(store, number)
    if await store[SMS_OPT_OUTS].get({"_id": hashed}, tx=tx):
        return
    message_id = new_id("evt")
    now = datetime.now(UTC)
    await store[OUTGOING_MESSAGES].insert(
        {
            "_id": message_id,
            "to": store.keys.encrypt(normalised(number), f"sms-outgoing:{message_id}"),
            "masked": masked_number(normalised(number)),
            "number": hashed,
            "text": text,
            "at": now,
            "until": now,
            "sent": False,
        },
        tx=tx,
    )


async def send_waiting(store: Store, sender: SmsSender) -> bool:
    """Sends the message that waits longest; whether there was one. The work of a background worker.

    A message is sent again when an instance is stopped between sending it and noting that, and a minute after the sender
    could not take it: that is no reason for the service to take no traffic.
    """
    now = datetime.now(UTC)
    waiting = await store[OUTGOING_MESSAGES].change(
        {"sent": False, "until": {"$lte": now}}, {"$set": {"until": now + _ABANDONED_AFTER}}, sort=[("until", 1)]
    )
    if waiting is None:
        return False
    stopped = await store[SMS_OPT_OUTS].get({"_id": waiting["number"]}) is not None
    try:
        if not stopped:
            number = store.keys.decrypt(waiting["to"], f"sms-outgoing:{waiting['_id']}")
            await sender.send(number, waiting["text"])
    except AmanahError as error:
        log.warning("an SMS could not be sent; it is tried again", message=waiting["_id"], code=error.code)
        return True
    await store[OUTGOING_MESSAGES].update(
        {"_id": waiting["_id"]}, {"$set": {"sent": True, "dropped": stopped}, "$unset": {"to": ""}}
    )
    return True
