"""Begin and end of the log's alarms; each is an event and an audit entry."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

import structlog

from amanah.contracts.actor import SYSTEM
from amanah.contracts.areas import NATION
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.audit.events import LogAlarmed
from amanah.contracts.message import rfc3339
from amanah.runtime.mongo import DuplicateKey, Tx
from services.audit.alarms.documents import ALARMS, AlarmDocument
from services.audit.store import Store

log = structlog.get_logger()

_LONGEST_DETAIL = 1000


async def raise_alarm(store: Store, rule: str, detail: str, evidence: Mapping[str, str] | None = None) -> None:
    """Raises the alarm of a rule with its evidence; does nothing while an alarm of the rule is open."""
    if await store[ALARMS].get({"open": rule}, projection={"_id": 1}) is not None:
        return
    now = datetime.now(UTC)
    alarm: AlarmDocument = {
        "_id": f"{rule}~{rfc3339(now)}",
        "open": rule,
        "rule": rule,
        "at": now,
        "detail": detail[:_LONGEST_DETAIL],
        "evidence": dict(evidence or {}),
    }

    async def work(tx: Tx) -> None:
        await store[ALARMS].insert(alarm, tx=tx)
        await _record(store, tx, alarm, now)

    try:
        await store.db.transaction(work)
    except DuplicateKey:  # another instance was quicker
        return
    log.critical("the log raises an alarm", rule=rule, detail=detail)


async def settle_alarms(store: Store) -> None:
    """Settles all open alarms, each in its own transaction."""
    for alarm in await store[ALARMS].list({"settledAt": None}):
        await store.db.transaction(partial(_settle, store, alarm))


async def _settle(store: Store, alarm: AlarmDocument, tx: Tx) -> None:
    now = datetime.now(UTC)
    change = {"$set": {"open": alarm["_id"], "settledAt": now}}
    if await store[ALARMS].update({"_id": alarm["_id"], "open": alarm["rule"]}, change, tx=tx):
        await _record(store, tx, alarm, now, settled=True)


async def _record(store: Store, tx: Tx, alarm: AlarmDocument, at: datetime, *, settled: bool = False) -> None:
    await store.outbox.record(
        tx,
        SYSTEM,
        action=AuditAction.LOG_SETTLE if settled else AuditAction.LOG_ALARM,
        subject=Subject(type="Log", id=store.origin),
        area=NATION,
        reason=alarm["rule"],
        event=LogAlarmed(
            origin=store.origin,
            rule=alarm["rule"],
            once=alarm["_id"],
            at=at,
            detail=alarm["detail"],
            settled=settled,
        ),
    )
