"""The distribution service's nouns, lowest first, and the methods that they answer."""

from collections.abc import Mapping, Sequence
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
    partners,
    payments,
    rounds,
    sms,
)
from services.distribution.alerts import rules as log_rules
from services.distribution.alerts.rules import AlertRule
from services.distribution.cases.commands.alerts import open_case_of_alert
from services.distribution.custody import rules as custody_rules
from services.distribution.custody.commands.packages import adopt_packages
from services.distribution.custody.documents import PACKAGES
from services.distribution.evidence.photos import Photos
from services.distribution.handovers.documents import HANDOVERS
from services.distribution.handovers.rules import flags as handover_flags
from services.distribution.payments.rules import payments as payment_rules
from services.distribution.rounds.documents import ENTITLEMENTS
from services.distribution.store import Store

NOUNS = (
    rounds, alerts, partners, evidence, custody, partner_events, assignments, handovers, corrections, payments, messages, cases, sms,
)  # fmt: skip
ALERT_RULES: Mapping[str, AlertRule] = {
    **handover_flags.ALERT_RULES,
    **custody_rules.ALERT_RULES,
    **payment_rules.ALERT_RULES,
    **log_rules.ALERT_RULES,
}
"""All rules that raise alerts, in the order of docs/guide/alerts.md."""

_LOOKED_UP = 100


def handlers(*, photos: Photos) -> Handlers:
    """Returns the handler of each request; those that read pictures decode them with `photos`."""
    return handlers_of(*NOUNS, photos=photos, open_case=open_case_of_alert, adopt_packages=adopt_packages)


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
