"""Wires the recipients service; the only place that does."""

from datetime import timedelta
from functools import partial

from amanah.contracts.area_table import area_table
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.bus.relay import Relay
from amanah.runtime.service import Periodic, Runtime, Service, rpc_route
from amanah.runtime.uploads import Uploads
from services.recipients.api import HANDLERS, prepare
from services.recipients.imports.importer import Importer
from services.recipients.settings import RecipientsSettings
from services.recipients.store import Store

NAME = "recipients"


def build(runtime: Runtime) -> Service:
    """The recipients service on the stores and keys of `runtime`."""
    db = runtime.database(NAME)
    store = Store(
        db=db,
        objects=runtime.objects,
        keys=runtime.keys,
        outbox=Outbox(db, NAME, runtime.rates),
        uploads=Uploads(db, runtime.objects),
        areas=area_table(),
        settings=RecipientsSettings(),
    )
    unused = timedelta(hours=store.settings.unused_uploads_hours)
    importer = Periodic("imports", Importer(store).work)
    store.wake_worker = importer.nudge

    return Service(
        name=NAME,
        prepare=partial(prepare, store),
        settings_audit=runtime.settings_audit(store.outbox, store.settings),
        pings=[db.ping, runtime.objects.ping],
        workers=[
            importer,
            Relay(store.outbox, runtime.bus),
            Periodic("uploads", partial(store.uploads.sweep, unused), every=60.0),
        ],
        routes=[rpc_route(NAME, HANDLERS, store, runtime.signer, store.outbox.trail)],
    )
