"""Wires the reporting service; the only place that does."""

from functools import partial

from amanah.runtime.areas import area_table
from amanah.runtime.bus.consumer import Consumer
from amanah.runtime.bus.outbox import Outbox, Relay
from amanah.runtime.service import House, Periodic, Service, rpc_route
from services.reporting.api import HANDLERS, prepare
from services.reporting.reactions import BATCHES
from services.reporting.reports.builder import ReportBuilder
from services.reporting.settings import ReportingSettings
from services.reporting.store import GROUP, Store

NAME = "reporting"

_POLL_REPORTS_S = 0.5


def build(house: House) -> Service:
    """The service, from the stores, the bus and the keys of `house`."""
    db = house.database(NAME)
    store = Store(
        db=db,
        objects=house.objects,
        outbox=Outbox(db, NAME, house.rates),
        bus=house.bus,
        areas=area_table(),
        public_url=house.settings.public_url.rstrip("/"),
        settings=ReportingSettings(),
    )
    builder = Periodic("report builder", ReportBuilder(store).build_next, every=_POLL_REPORTS_S)
    store.wake_worker = builder.nudge

    return Service(
        name=NAME,
        prepare=partial(prepare, store),
        effective=house.effective(store.outbox, store.settings),
        pings=[db.ping, house.objects.ping],
        workers=[
            Relay(store.outbox, house.bus),
            Consumer(house.bus, db, group=GROUP, store=store, batches=BATCHES, outbox=store.outbox),
            builder,
        ],
        routes=[rpc_route(NAME, HANDLERS, store, house.signer, store.outbox.trail)],
    )
