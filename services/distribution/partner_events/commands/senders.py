"""Look-up of the partner that an actor sends events for."""

from amanah.contracts.actor import Actor
from amanah.contracts.partners import PartnerStatus
from amanah.runtime.mongo import Tx
from services.distribution.partner_events.rules import Sender
from services.distribution.partners.documents import PartnerDocument
from services.distribution.partners.lookup import ids_of, partner_record
from services.distribution.store import Store


async def find_sender(store: Store, actor: Actor, tx: Tx | None = None) -> Sender:
    """The partner that the actor is, or acts for, whatever became of the actor's token since it was accepted."""
    return sender_of(actor, await partner_record(store, actor, tx))


def sender_of(actor: Actor, partner: PartnerDocument | None) -> Sender:
    """The partner of this record; a user without a record is a partner of their own."""
    if partner is None:
        return Sender(actor.id, (actor.id,))
    webhook = partner.get("webhook")
    return Sender(
        partner["_id"],
        ids_of(actor, partner),
        packages=tuple(partner["packages"]),
        places=frozenset(partner["places"]),
        area=partner["area"],
        suspended=partner["status"] == PartnerStatus.SUSPENDED,
        sandbox=partner["sandbox"],
        webhook=bool(webhook and webhook["active"]),
    )
