"""Wires the audit service: the only place that knows all of its parts."""

from amanah import logkeys
from amanah.bus.consumer import Consumer
from amanah.bus.outbox import Relay
from amanah.service import House, Service, rpc_route
from services.audit.api import HANDLERS
from services.audit.publisher import Publisher
from services.audit.reactions import RAW
from services.audit.settings import AuditSettings
from services.audit.store import Store

NAME = "audit"


def build(house: House) -> Service:
    """The audit service on the stores and keys of `house`."""
    store = Store(house.database(NAME), house.objects, logkeys.signers(house.settings), AuditSettings())

    return Service(
        name=NAME,
        prepare=store.prepare,
        pings=[store.db.ping, house.objects.ping],
        workers=[
            Consumer(house.bus, store.db, group=NAME, store=store, raw=RAW),
            Publisher(store),
            Relay(store.outbox, house.bus),
        ],
        routes=[rpc_route(NAME, HANDLERS, store, house.signer, store.outbox)],
    )
