"""Wires the reporting service; the only place that does."""

from functools import partial

from amanah.contracts.area_table import area_table
from amanah.runtime.bus.consumer import Consumer
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.bus.relay import Relay
from amanah.runtime.service import Periodic, Runtime, Service, rpc_route
from services.reporting.api import HANDLERS, prepare
from services.reporting.reactions import BATCHES
from services.reporting.reports.builder import ReportBuilder
from services.reporting.settings import ReportingSettings
from services.reporting.store import GROUP, Store

NAME = "reporting"

_POLL_REPORTS_S = 0.5


def build(runtime: Runtime) -> Service:
    """The service, from the stores, the bus and the keys of `runtime`."""
    db = runtime.database(NAME)
    store = Store(
        db=db,
        objects=runtime.objects,
        outbox=Outbox(db, NAME, runtime.rates),
        bus=runtime.bus,
        areas=area_table(),
        public_url=runtime.settings.public_url.rstrip("/"),
        settings=ReportingSettings(),
    )
    builder = Periodic("report builder", ReportBuilder(store).build_next, every=_POLL_REPORTS_S)
    store.wake_worker = builder.nudge

    return Service(
        name=NAME,
        prepare=partial(prepare, store),
        settings_audit=runtime.settings_audit(store.outbox, store.settings),
        pings=[db.ping, runtime.objects.ping],
        workers=[
            Relay(store.outbox, runtime.bus),
            Consumer(runtime.bus, db, group=GROUP, store=store, batches=BATCHES, outbox=store.outbox),
            builder,
        ],
        routes=[rpc_route(NAME, HANDLERS, store, runtime.signer, store.outbox.trail)],
    )
