"""Messages to telephones: queued in the transaction of their cause, sent afterwards, never to a number that opted out."""

from datetime import UTC, datetime, timedelta
from functools import partial

import structlog

from amanah.contracts.errors import AmanahError
from amanah.contracts.ids import new_id
from amanah.runtime.jobs import Job, Jobs
from amanah.runtime.mongo import Tx
from services.distribution.messages.documents import OUTGOING_MESSAGES, SMS_OPT_OUTS, OutgoingMessageDocument
from services.distribution.messages.rules import masked_number, normalise_number
from services.distribution.messages.sender import SmsSender
from services.distribution.store import Store

log = structlog.get_logger()

_LEASE = timedelta(minutes=1)


def number_hash(store: Store, number: str) -> str:
    """Returns the keyed hash by which a number is found again."""
    return store.keys.blind(normalise_number(number), "phone")


async def queue(store: Store, tx: Tx, number: str, text: str) -> None:
    """Queues a message, unless its number opted out."""
    hashed = number_hash(store, number)
    if await store[SMS_OPT_OUTS].get({"_id": hashed}, tx=tx):
        return
    message_id = new_id("evt")
    now = datetime.now(UTC)
    await store[OUTGOING_MESSAGES].insert(
        {
            "_id": message_id,
            "to": store.keys.encrypt(normalise_number(number), f"sms-outgoing:{message_id}"),
            "masked": masked_number(normalise_number(number)),
            "number": hashed,
            "text": text,
            "at": now,
            "until": now,
            "sent": False,
        },
        tx=tx,
    )


def message_jobs(store: Store) -> Jobs[OutgoingMessageDocument]:
    """Returns the messages that are not sent, the one that waits longest first."""
    return Jobs(store[OUTGOING_MESSAGES], {"sent": False}, lease=_LEASE, time_field="until", order=[("until", 1)])


async def send_waiting(store: Store, sender: SmsSender) -> bool:
    """Sends the message that waits longest; False when there is none. The work of a background worker.

    A message is sent again when an instance dies between sending it and noting that, and after a minute when the sender
    fails; a sender that is away does not make the service unready.
    """
    return await message_jobs(store).work(partial(_send, store, sender))


async def _send(store: Store, sender: SmsSender, job: Job[OutgoingMessageDocument]) -> None:
    message = job.document
    opted_out = await store[SMS_OPT_OUTS].get({"_id": message["number"]}) is not None
    try:
        if not opted_out:
            number = store.keys.decrypt(message["to"], f"sms-outgoing:{message['_id']}")
            await sender.send(number, message["text"])
    except AmanahError as error:
        log.warning("an SMS could not be sent; it is tried again", message=message["_id"], code=error.code)
        return
    await job.move({"sent": False}, {"$set": {"sent": True, "dropped": opted_out}, "$unset": {"to": ""}})
