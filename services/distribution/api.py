"""The distribution service's nouns, lowest first, and the methods that they answer."""

from collections.abc import Sequence
from typing import Any

from amanah.contracts.audit.entry import Subject, related_subjects, subjects_in
from amanah.contracts.message import Request
from amanah.runtime.rpc import Handlers, handlers_of
from amanah.runtime.tables import Table, tables_of
from services.distribution import (
    alerts,
    assignments,
    cases,
    corrections,
    custody,
    evidence,
    handovers,
    messages,
    partner_events,
    payments,
    rounds,
    sms,
)
from services.distribution.custody.documents import PACKAGES
from services.distribution.evidence.photos import Photos
from services.distribution.handovers.documents import HANDOVERS
from services.distribution.rounds.documents import ENTITLEMENTS
from services.distribution.store import Store

NOUNS = (
    rounds, alerts, evidence, custody, partner_events, assignments, handovers, corrections, payments, messages, cases, sms,
)  # fmt: skip
_LOOKED_UP = 100


def handlers(*, photos: Photos) -> Handlers:
    """Returns the handler of each request; those that read pictures decode them with `photos`."""
    return handlers_of(*NOUNS, photos=photos)


async def prepare(store: Store) -> None:
    """Creates the collections and indexes that are missing."""
    await store.db.create(tables_of(*NOUNS))
    await store.uploads.prepare()
    await store.outbox.prepare()


async def find_related(store: Store, ask: Request[Any]) -> Sequence[Subject]:
    """Returns the ids in a refused request, with the recipients of its entitlements and handovers, and its package.

    So a refused handover is in the history of its recipient and of its package. A package code that does not exist may be
    any text, and is left out.
    """
    found = dict.fromkeys(subjects_in(ask))
    tables: tuple[tuple[str, Table[Any]], ...] = (("Entitlement", ENTITLEMENTS), ("Handover", HANDOVERS))
    for kind, table in tables:
        ids = [each.id for each in found if each.type == kind][:_LOOKED_UP]
        if ids:
            whose = await store[table].list({"_id": {"$in": ids}}, projection={"recipient": 1})
            found |= dict.fromkeys(related_subjects(*(document["recipient"] for document in whose)))
    code = getattr(ask, "package_code", None)
    if code is not None and (package := await store[PACKAGES].get({"code": code}, projection={"code": 1})):
        found |= dict.fromkeys(related_subjects(package["_id"], packages=[code]))
    return tuple(found)
