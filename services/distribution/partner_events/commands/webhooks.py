"""Outcomes on their way to partners' webhooks: queued with the events' transaction, deleted when the partner has them."""

import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from amanah.contracts.ids import new_id
from amanah.contracts.partner_outcomes import PartnerEventDecided
from amanah.runtime.mongo import Tx
from services.distribution.partner_events.documents import WEBHOOK_DELIVERIES, WebhookDeliveryDocument
from services.distribution.partner_events.rules import retry_delay
from services.distribution.partners.commands import park_webhook
from services.distribution.store import Store

MOST = 100
"""Outcomes of one call."""

GIVE_UP = timedelta(days=3)
"""How long attempts may fail before the webhook is parked."""


async def queue_outcomes(store: Store, tx: Tx, partner: str, outcomes: Sequence[PartnerEventDecided]) -> None:
    """Queues outcomes to be posted to a partner, a document a call. The originals of rejected events are left out."""
    now, order = datetime.now(UTC), time.time_ns() // 1000
    made: list[WebhookDeliveryDocument] = [
        {
            "_id": new_id("evt"),
            "partner": partner,
            "order": order + start,
            "at": now,
            "failures": 0,
            "since": None,
            "due": now,
            "outcomes": [
                each.model_dump(mode="json", exclude={"partner_id", "original"})
                for each in outcomes[start : start + MOST]
            ],
        }
        for start in range(0, len(outcomes), MOST)
    ]
    await store[WEBHOOK_DELIVERIES].insert_many(made, tx=tx)


async def note_delivered(store: Store, delivery: WebhookDeliveryDocument) -> None:
    """Deletes outcomes that the partner has received."""
    await store[WEBHOOK_DELIVERIES].delete({"_id": delivery["_id"]})


async def note_failed(store: Store, delivery: WebhookDeliveryDocument) -> bool:
    """Notes a failed attempt and when the next is due; parks the webhook, and answers True, after three days of failures.

    What waits stays, and is posted when an administrator activates the webhook again.
    """
    now = datetime.now(UTC)
    since = delivery["since"] or now
    parks = now - since >= GIVE_UP
    failures = delivery["failures"] + 1
    due = now + retry_delay(failures, random.random())  # noqa: S311 - no secret
    change = {"failures": 0, "since": None, "due": now} if parks else {"failures": failures, "since": since, "due": due}

    async def work(tx: Tx) -> None:
        if await store[WEBHOOK_DELIVERIES].update({"_id": delivery["_id"]}, {"$set": change}, tx=tx) and parks:
            await park_webhook(store, tx, delivery["partner"])

    await store.db.transaction(work)
    return parks
