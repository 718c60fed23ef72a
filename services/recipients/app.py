"""Wires the recipients service; the only place that does."""

from functools import partial

from amanah.runtime.areas import area_table
from amanah.runtime.bus.outbox import Outbox, Relay
from amanah.runtime.service import House, Periodic, Service, rpc_route
from amanah.runtime.uploads import Uploads
from services.recipients.api import HANDLERS, prepare
from services.recipients.imports.importer import Importer
from services.recipients.settings import RecipientsSettings
from services.recipients.store import Store

NAME = "recipients"


def build(house: House) -> Service:
    """The recipients service on the stores and keys of `house`."""
    db = house.database(NAME)
    store = Store(
        db=db,
        objects=house.objects,
        keys=house.keys,
        outbox=Outbox(db, NAME, house.rates),
        uploads=Uploads(db, house.objects),
        areas=area_table(),
        settings=RecipientsSettings(),
    )
    importer = Periodic("imports", Importer(store).work)
    store.wake_worker = importer.nudge

    return Service(
        name=NAME,
        prepare=partial(prepare, store),
        effective=house.effective(store.outbox, store.settings),
        pings=[db.ping, house.objects.ping],
        workers=[importer, Relay(store.outbox, house.bus)],
        routes=[rpc_route(NAME, HANDLERS, store, house.signer, store.outbox.trail)],
    )
