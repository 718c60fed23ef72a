"""Where reporting is put together."""

from amanah.runtime.areas import area_table
from amanah.runtime.bus.consumer import Consumer
from amanah.runtime.bus.outbox import Outbox, Relay
from amanah.runtime.service import House, Periodic, Service, rpc_route
from services.reporting.api import HANDLERS
from services.reporting.reactions import BATCHES
from services.reporting.reports.building import Maker
from services.reporting.settings import ReportingSettings
from services.reporting.store import GROUP, Store

NAME = "reporting"

_LOOK_FOR_REPORTS_S = 0.5


def build(house: House) -> Service:
    """The reporting service on the stores and keys of `house`."""
    db = house.database(NAME)
    outbox = Outbox(db, NAME, house.rates)
    store = Store(db, house.objects, outbox, house.bus, area_table(), house.settings.public_url, ReportingSettings())
    maker = Periodic("report maker", Maker(store).make_next, every=_LOOK_FOR_REPORTS_S)
    store.queued = maker.nudge

    async def prepare() -> None:
        await outbox.prepare()
        await store.prepare()

    return Service(
        name=NAME,
        prepare=prepare,
        effective=house.effective(outbox, store.settings),
        pings=[db.ping, house.objects.ping],
        workers=[
            Relay(outbox, house.bus),
            Consumer(house.bus, db, group=GROUP, store=store, batches=BATCHES, outbox=outbox),
            maker,
        ],
        routes=[rpc_route(NAME, HANDLERS, store, house.signer, outbox.trail)],
    )
