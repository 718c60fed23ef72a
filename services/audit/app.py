"""Wires the audit service; the only place that does."""

from functools import partial

from amanah.contracts.topics import AUDIT_ENTRIES
from amanah.runtime.bus.consumer import Consumer
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.bus.relay import Relay
from amanah.runtime.service import Runtime, Service, rpc_route
from services.audit.anchors.workers import CheckpointDating, CheckpointStamping
from services.audit.api import handlers, prepare
from services.audit.log import keys
from services.audit.log.files import LogFiles
from services.audit.log.publisher import Publisher
from services.audit.reactions import RAW
from services.audit.settings import AuditSettings
from services.audit.store import Store
from services.audit.witnesses.client import Witnesses

NAME = "audit"


def build(runtime: Runtime) -> Service:
    """The audit service on the stores and keys of `runtime`."""
    db = runtime.database(NAME)
    settings = AuditSettings()
    signers = keys.signers(runtime.settings)
    store = Store(
        db=db,
        objects=runtime.objects,
        signers=signers,
        settings=settings,
        outbox=Outbox(db, NAME, runtime.rates),
    )
    files = LogFiles(store)
    witnesses = Witnesses(settings.parsed_witnesses, [signer.verifier for signer in signers])
    consumer = Consumer(runtime.bus, db, group=NAME, store=store, raw=RAW, outbox=store.outbox)
    dating = CheckpointDating(store, files)

    return Service(
        name=NAME,
        prepare=partial(prepare, store),
        settings_audit=runtime.settings_audit(
            store.outbox, settings, {"log": [f"{s.verifier.name}+{s.verifier.key_id.hex()}" for s in signers]}
        ),
        pings=[db.ping, runtime.objects.ping],
        workers=[
            consumer,
            Publisher(store, files, witnesses, partial(consumer.holds, AUDIT_ENTRIES.name)),
            dating,
            CheckpointStamping(store, dating),
            Relay(store.outbox, runtime.bus),
        ],
        routes=[rpc_route(NAME, handlers(files=files), store, runtime.signer, store.outbox.trail)],
    )
