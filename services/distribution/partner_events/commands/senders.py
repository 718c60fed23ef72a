"""Look-up of the partner that an actor sends events for."""

from amanah.contracts.actor import Actor
from amanah.runtime.mongo import Tx
from services.distribution.partner_events.rules import Sender
from services.distribution.store import Store


async def find_sender(store: Store, actor: Actor, tx: Tx | None = None) -> Sender:
    """The partner that the actor is, or acts for; a user without a record is a partner of their own."""
    return Sender(actor.id, (actor.id, actor.name))
