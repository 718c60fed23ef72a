"""Wires the audit service; the only place that does."""

from functools import partial

from amanah.contracts.topics import AUDIT_ENTRIES
from amanah.runtime.bus.consumer import Consumer
from amanah.runtime.bus.outbox import Relay
from amanah.runtime.service import Runtime, Service, rpc_route
from services.audit import log_keys
from services.audit.anchors.workers import Dating, Stamping
from services.audit.api import HANDLERS
from services.audit.log.publisher import Publisher
from services.audit.reactions import RAW
from services.audit.settings import AuditSettings
from services.audit.store import Store
from services.audit.witnesses.client import Witnesses
from services.audit.witnesses.rules import parse

NAME = "audit"


def build(runtime: Runtime) -> Service:
    """The audit service on the stores and keys of `runtime`."""
    settings, signers = AuditSettings(), log_keys.signers(runtime.settings)
    store = Store(runtime.database(NAME), runtime.objects, signers, settings, rates=runtime.rates)
    witnesses = Witnesses(parse(settings.witnesses), [signer.verifier for signer in signers])
    consumer = Consumer(runtime.bus, store.db, group=NAME, store=store, raw=RAW, outbox=store.outbox)
    dating = Dating(store)

    return Service(
        name=NAME,
        prepare=store.prepare,
        settings_audit=runtime.settings_audit(
            store.outbox, settings, {"log": [f"{s.verifier.name}+{s.verifier.key_id.hex()}" for s in signers]}
        ),
        pings=[store.db.ping, runtime.objects.ping],
        workers=[
            consumer,
            Publisher(store, witnesses, partial(consumer.holds, AUDIT_ENTRIES.name)),
            dating,
            Stamping(store, dating),
            Relay(store.outbox, runtime.bus),
        ],
        routes=[rpc_route(NAME, HANDLERS, store, runtime.signer, store.outbox.trail)],
    )
