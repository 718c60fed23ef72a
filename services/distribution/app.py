"""Wires the distribution service; the only place that does."""

from datetime import timedelta
from functools import partial

from amanah.runtime.bus.consumer import Consumer
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.bus.relay import Relay
from amanah.runtime.service import Periodic, Runtime, Service, rpc_route
from amanah.runtime.uploads import Uploads
from services.distribution.api import find_related, handlers, prepare
from services.distribution.cases.commands.cases import escalate_overdue
from services.distribution.custody.commands.balances import post_balances
from services.distribution.custody.commands.routes import raise_overdue_alerts
from services.distribution.evidence.intake import retain_due
from services.distribution.evidence.photos import Photos
from services.distribution.messages.commands import send_waiting
from services.distribution.messages.sender import NullSmsSender
from services.distribution.partner_events.bus_intake import Intake
from services.distribution.partner_events.webhooks import Webhooks
from services.distribution.partner_events.worker import LaneServers
from services.distribution.payments.commands.bank_reports import apply_waiting
from services.distribution.payments.commands.export import forget_files
from services.distribution.payments.commands.workers import watch_paid, work_on_batches
from services.distribution.reactions import REACTIONS, raw_reactions
from services.distribution.rounds.commands.rounds import open_waiting
from services.distribution.settings import DistributionSettings
from services.distribution.sms.commands import confirm_early
from services.distribution.store import Store

NAME = "distribution"


def build(runtime: Runtime) -> Service:
    """The service, from the stores, the bus and the keys of `runtime`."""
    db = runtime.database(NAME)
    settings = DistributionSettings()
    store = Store(
        db=db,
        objects=runtime.objects,
        keys=runtime.keys,
        outbox=Outbox(db, NAME, runtime.rates),
        uploads=Uploads(db, runtime.objects),
        settings=settings,
        trial_issuer=runtime.settings.issuer_jwks is None,
    )
    photos = Photos(settings.photo_workers)
    sender = NullSmsSender()
    sender.warn()
    store.outbox.trail.find_related = partial(find_related, store)
    intake = Intake(runtime.verifier, lambda: lanes.nudge())
    lanes = LaneServers(store, intake_is_behind=intake.is_behind)

    return Service(
        name=NAME,
        prepare=partial(prepare, store),
        settings_audit=runtime.settings_audit(store.outbox, settings),
        pings=(db.ping, runtime.objects.ping),
        workers=(
            Relay(store.outbox, runtime.bus),
            Consumer(
                runtime.bus,
                db,
                group=NAME,
                store=store,
                reactions=REACTIONS,
                raw=raw_reactions(intake),
                outbox=store.outbox,
                # The intake sorts a flood of a partner within a second or two.
                batch=1_000,
            ),
            lanes,
            Webhooks(store),
            Periodic("rounds", partial(open_waiting, store)),
            Periodic("balances", partial(post_balances, store), every=2.0),
            Periodic("overdue legs", partial(raise_overdue_alerts, store), every=30.0),
            Periodic("escalation", partial(escalate_overdue, store), every=5.0),
            Periodic("messages", partial(send_waiting, store, sender)),
            Periodic("confirmations", partial(confirm_early, store), every=5.0),
            Periodic("payments", partial(work_on_batches, store)),
            Periodic("payment reports", partial(apply_waiting, store)),
            Periodic("paid", partial(watch_paid, store), every=10.0),
            Periodic("payment files", partial(forget_files, store), every=60.0),
            Periodic("originals", partial(retain_due, store)),
            Periodic(
                "uploads", partial(store.uploads.sweep, timedelta(hours=settings.unused_uploads_hours)), every=60.0
            ),
        ),
        routes=(rpc_route(NAME, handlers(photos=photos), store, runtime.signer, store.outbox.trail),),
    )
