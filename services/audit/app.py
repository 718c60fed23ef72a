"""Wires the audit service: the only place that knows all of its parts."""

import base64
import binascii
import os

from amanah.bus.consumer import Consumer
from amanah.bus.outbox import Relay
from amanah.identity import written_once
from amanah.service import House, Service, rpc_route
from amanah.settings import BadSettings, Settings
from amanah.tlog.checkpoint import Signer
from services.audit.api import HANDLERS
from services.audit.publisher import Publisher
from services.audit.reactions import RAW
from services.audit.settings import AuditSettings
from services.audit.store import Store

NAME = "audit"


def build(house: House) -> Service:
    """The audit service on the stores and keys of `house`."""
    store = Store(house.database(NAME), house.objects, signer(house.settings), AuditSettings())

    return Service(
        name=NAME,
        prepare=store.prepare,
        pings=[store.db.ping, house.objects.ping],
        workers=[
            Consumer(house.bus, store.db, group=NAME, store=store, raw=RAW),
            Publisher(store),
            Relay(store.outbox, house.bus),
        ],
        routes=[rpc_route(NAME, HANDLERS, store, house.signer, store.outbox.denied)],
    )


def signer(settings: Settings) -> Signer:
    """The log's signing key: AMANAH_AUDIT_KEY, or `keys/audit.key` below the data folder, made on first use."""
    text = settings.audit_key or written_once(
        settings.data / "keys" / "audit.key", lambda: base64.b64encode(os.urandom(32)).decode()
    )
    try:
        return Signer(settings.audit_origin, base64.b64decode(text.strip(), validate=True))
    except (binascii.Error, ValueError) as error:
        raise BadSettings("AMANAH_AUDIT_KEY: the log's signing key must be base64 of 32 bytes") from error
