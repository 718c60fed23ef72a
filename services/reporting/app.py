"""Where reporting is put together."""

from amanah.contracts.area_table import area_table
from amanah.runtime.bus.consumer import Consumer
from amanah.runtime.bus.outbox import Outbox, Relay
from amanah.runtime.service import Periodic, Runtime, Service, rpc_route
from services.reporting.api import HANDLERS
from services.reporting.reactions import BATCHES
from services.reporting.reports.building import Maker
from services.reporting.settings import ReportingSettings
from services.reporting.store import GROUP, Store

NAME = "reporting"

_LOOK_FOR_REPORTS_S = 0.5


def build(runtime: Runtime) -> Service:
    """The reporting service on the stores and keys of `runtime`."""
    db = runtime.database(NAME)
    outbox = Outbox(db, NAME, runtime.rates)
    store = Store(
        db, runtime.objects, outbox, runtime.bus, area_table(), runtime.settings.public_url, ReportingSettings()
    )
    maker = Periodic("report maker", Maker(store).make_next, every=_LOOK_FOR_REPORTS_S)
    store.queued = maker.nudge

    async def prepare() -> None:
        await outbox.prepare()
        await store.prepare()

    return Service(
        name=NAME,
        prepare=prepare,
        settings_audit=runtime.settings_audit(outbox, store.settings),
        pings=[db.ping, runtime.objects.ping],
        workers=[
            Relay(outbox, runtime.bus),
            Consumer(runtime.bus, db, group=GROUP, store=store, batches=BATCHES, outbox=outbox),
            maker,
        ],
        routes=[rpc_route(NAME, HANDLERS, store, runtime.signer, outbox.trail)],
    )
